/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kept.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_DOCUMENT = 64 << 20 };

/* What every heading begins with; a later form gets another number. */
static const char mark[] = "{\"survey_rows\":1,";

static const char kinds[] = {
    [FIELD_TEXT] = 't', [FIELD_NUMBER] = 'n', [FIELD_ERROR] = 'e', [FIELD_UNCOMPUTED] = 'u'};

static const char *const orders[] = {
    [ORDER_UNKNOWN] = "", [DAY_FIRST] = "day-first", [MONTH_FIRST] = "month-first"};

/* ---- writing ------------------------------------------------------------------------------------------- */

/* A field that could not be read is null. */
static cJSON *texts_of(const struct field *fields, size_t count)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, fields[i].text[0] || !fields[i].length
                                        ? cJSON_CreateString(fields[i].text)
                                        : cJSON_CreateNull());
    return array;
}

static char *print(cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

static void add_rows(cJSON *json, const struct tool_reader *rows)
{
    const struct row *first = &rows->first.rows[0];
    cJSON_AddNumberToObject(json, "heading_row", (double)rows->heading.row);
    cJSON *heading = cJSON_AddArrayToObject(json, "heading");
    for (size_t i = 0; i < rows->tool->heading_rows && i < rows->first.count; i++)
        cJSON_AddItemToArray(heading, texts_of(rows->first.rows[i].fields, rows->first.rows[i].count));
    if (first->texts)
        cJSON_AddItemToObject(json, "texts", texts_of(first->texts, first->count));
}

static bool has_numbers(const struct document *document)
{
    const struct format *format = document->format;
    return format->known ? format->known(document)->has_numbers : !format->peek;
}

/* `columns` is for people. */
char *kept_heading(const struct document *document, const struct tool_reader *rows, enum date_order dates)
{
    const char sign[] = {document->decimal.sign, '\0'};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "survey_rows", 1);
    if (rows->tool->name)
        cJSON_AddStringToObject(json, "tool", rows->tool->name);
    cJSON_AddStringToObject(json, "decimal", has_numbers(document) ? "" : sign);
    cJSON_AddStringToObject(json, "dates", orders[dates]);
    cJSON *columns = cJSON_AddArrayToObject(json, "columns");
    for (size_t i = 0; i < rows->heading.width; i++)
        cJSON_AddItemToArray(columns, cJSON_CreateString(rows->heading.names[i]));
    add_rows(json, rows);
    return print(json);
}

/* A letter a field, where one of them is no text. */
static void add_kinds(cJSON *json, const struct field *fields, size_t count)
{
    char *letters = mem_alloc(count + 1);
    bool are_texts = true;
    for (size_t i = 0; i < count; i++) {
        letters[i] = kinds[fields[i].kind];
        are_texts &= fields[i].kind == FIELD_TEXT;
    }
    if (!are_texts)
        cJSON_AddStringToObject(json, "kinds", letters);
    free(letters);
}

char *kept_body(const struct row *row, size_t width)
{
    if (row->fault)
        return NULL;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "row", (double)row->number);
    const size_t count = width && width < row->count ? width : row->count;
    cJSON *cells = texts_of(row->fields, count);
    for (size_t i = count; i < width; i++)
        cJSON_AddItemToArray(cells, cJSON_CreateString(""));
    cJSON_AddItemToObject(json, "cells", cells);
    add_kinds(json, row->fields, count);
    return print(json);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

struct kept {
    char *text, *rows; /* the whole document; what follows its heading */
    cJSON *json;       /* the heading */
    struct known known;
};

static bool is_kept(const char *head, size_t size)
{
    return size >= sizeof mark - 1 && memcmp(head, mark, sizeof mark - 1) == 0;
}

/* The line at *at, without its end; *at goes on to the next. NULL: there is none. */
static char *next_line(char **at)
{
    char *line = *at;
    if (!*line)
        return NULL;
    const size_t length = strcspn(line, "\n");
    *at = line + length + (line[length] != '\0');
    line[length] = '\0';
    return line;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* NULL: it is no array of texts, or of too many. They live as long as the array. */
static struct field *read_fields(const cJSON *array, size_t *count)
{
    const cJSON *text;
    const int size = cJSON_GetArraySize(array);
    if (!cJSON_IsArray(array) || size < 1 || size > MOST_COLUMNS)
        return NULL;
    struct field *fields = mem_alloc((size_t)size * sizeof *fields);
    *count = 0;
    cJSON_ArrayForEach(text, array)
    {
        const bool is_text = cJSON_IsString(text);
        fields[(*count)++] = (struct field){.text = is_text ? text->valuestring : "",
                                            .length = is_text ? strlen(text->valuestring) : 1};
    }
    return fields;
}

static bool read_rows(struct first_rows *heading, const cJSON *json)
{
    const cJSON *array;
    const double begin = cJSON_GetNumberValue(member(json, "heading_row"));
    const uint64_t base = begin >= 0 && begin < 0x1p53 ? (uint64_t)begin : 1;
    cJSON_ArrayForEach(array, member(json, "heading"))
    {
        if (heading->count == MOST_HEADING_ROWS)
            return false;
        struct row *row = &heading->rows[heading->count];
        row->fields = read_fields(array, &row->count);
        if (!row->fields)
            return false;
        row->number = base + heading->count++;
    }
    return heading->count > 0;
}

static bool read_heading(struct kept *kept)
{
    const cJSON *texts = member(kept->json, "texts");
    struct row *first = &kept->known.heading.rows[0];
    size_t count = 0;
    if (!read_rows(&kept->known.heading, kept->json))
        return false;
    first->texts = read_fields(texts, &count);
    return !texts || (first->texts && count == first->count);
}

/* NULL: it cannot be, or is no text. */
static char *read_whole(const struct document *document)
{
    const uint64_t size = document->decode->size;
    char *text = size <= LARGEST_DOCUMENT ? mem_alloc((size_t)size + 1) : NULL;
    const ssize_t read = text ? document_read_at(document, text, (size_t)size, 0) : -1;
    if (read >= 0 && strlen(text) == (size_t)read && utf8_valid(text, (size_t)read))
        return text;
    free(text);
    return NULL;
}

static void set_decimal(struct document *document, const struct kept *kept)
{
    const char *known = cJSON_GetStringValue(member(kept->json, "decimal"));
    const char told = kept->known.has_numbers ? 0 : document->job->decimal;
    document->decimal.is_told = told != 0;
    document->decimal.sign = told ? told : known && *known == ',' ? ',' : '.';
}

static enum date_order order_named(const char *name)
{
    for (size_t i = 0; name && i < sizeof orders / sizeof *orders; i++)
        if (strcmp(orders[i], name) == 0)
            return (enum date_order)i;
    return ORDER_UNKNOWN;
}

static const char *open_kept(struct document *document, const char *head, size_t size,
                             char why[LONGEST_REASON])
{
    struct kept *kept = mem_alloc(sizeof *kept);
    document->state = kept;
    (void)head;
    (void)size;
    kept->text = kept->rows = read_whole(document);
    kept->json = kept->text ? cJSON_Parse(next_line(&kept->rows)) : NULL;
    kept->known.tool = cJSON_GetStringValue(member(kept->json, "tool"));
    kept->known.dates = order_named(cJSON_GetStringValue(member(kept->json, "dates")));
    const char *decimal = cJSON_GetStringValue(member(kept->json, "decimal"));
    kept->known.has_numbers = decimal && !*decimal;
    set_decimal(document, kept);
    if (kept->json && read_heading(kept))
        return NULL;
    snprintf(why, LONGEST_REASON,
             "the rows that were kept cannot be understood; import their document again");
    return why;
}

static void close_kept(struct document *document)
{
    struct kept *kept = document->state;
    for (size_t i = 0; i < MOST_HEADING_ROWS; i++) {
        free((struct field *)kept->known.heading.rows[i].fields);
        free((struct field *)kept->known.heading.rows[i].texts);
    }
    cJSON_Delete(kept->json);
    free(kept->text);
    free(kept);
}

static const struct known *known_of_kept(const struct document *document)
{
    const struct kept *kept = document->state;
    return &kept->known;
}

static enum field_kind kind_of(char letter)
{
    for (size_t i = 0; i < sizeof kinds; i++)
        if (kinds[i] == letter)
            return (enum field_kind)i;
    return FIELD_TEXT;
}

/* A cell that is no text is an empty one. */
static void add_cells(struct row_builder *builder, const cJSON *cells, const char *letters)
{
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells)
    {
        const char *text = cJSON_IsString(cell) ? cell->valuestring : "";
        const size_t length = strlen(text);
        const enum field_kind kind = *letters ? kind_of(*letters++) : FIELD_TEXT;
        if (kind == FIELD_TEXT || length > LONGEST_FIELD)
            row_add(builder, text, length, length > LONGEST_FIELD ? FIELD_TOO_LONG : NO_FAULT);
        else
            row_add_kind(builder, text, length, kind);
    }
}

/* false: the line is no row. */
static bool give_line(const char *line, struct row_builder *builder, const struct row_taker *taker,
                      bool *more)
{
    cJSON *json = cJSON_Parse(line);
    const double number = cJSON_GetNumberValue(member(json, "row"));
    const cJSON *cells = member(json, "cells");
    const char *letters = cJSON_GetStringValue(member(json, "kinds"));
    const bool good = cJSON_IsArray(cells) && number >= 1 && number < 0x1p53;
    if (good) {
        add_cells(builder, cells, letters ? letters : "");
        *more = row_give(builder, (uint64_t)number, taker);
    }
    cJSON_Delete(json);
    return good;
}

static const char *read_kept(const struct document *document, const struct row_taker *taker,
                             char why[LONGEST_REASON])
{
    const struct wz_decode *decode = document->decode;
    const struct kept *kept = document->state;
    struct row_builder builder = {0};
    char *at = kept->rows;
    const char *line;
    bool good = true, more = true;
    while (good && more && (line = next_line(&at))) {
        good = give_line(line, &builder, taker, &more);
        decode->progress(decode->handle, (uint64_t)(at - kept->text));
    }
    row_builder_free(&builder);
    if (good)
        return NULL;
    snprintf(why, LONGEST_REASON, "a row that was kept cannot be understood; import its document again");
    return why;
}

static void note_kept(const struct document *document)
{
    (void)document;
}

static const char *kept_fault(const struct document *document, enum fault fault, char why[LONGEST_REASON])
{
    (void)document;
    (void)fault;
    snprintf(why, LONGEST_REASON, "the field cannot be read; import its document again");
    return why;
}

/* Without a `peek`: it was done when the document was whole. */
const struct format format_kept = {
    .name = "kept",
    .is = is_kept,
    .open = open_kept,
    .close = close_kept,
    .read = read_kept,
    .known = known_of_kept,
    .note = note_kept,
    .fault = kept_fault,
};
