/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A field that is longer than libcsv may keep means a quote that is not closed, more often than not. */
enum { READ_SIZE = 64 * 1024, LONGEST_KEPT = 16 << 20, LARGEST_ROW = 8 << 20 };

struct table {
    struct csv_parser parser;
    bool (*take)(void *data, const struct row *row);
    void *data;
    uint64_t number;
    char delimiter;
    bool at_end; /* nothing more will be read */
    bool over;   /* `take` has had enough */
    char *text;  /* of the row: field after field, each with its NUL */
    size_t text_size, text_capacity;
    struct field *fields;
    size_t *offsets;
    size_t count, capacity;
};

/* ---- memory of libcsv
 * -------------------------------------------------------------------------------------- */

static void *limited_realloc(void *block, size_t size)
{
    return size > LONGEST_KEPT ? NULL : realloc(block, size);
}

static void *grow(void *block, size_t count, size_t size)
{
    void *grown = realloc(block, count * size);
    if (!grown)
        abort();
    return grown;
}

/* ---- fields and rows
 * --------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Blanks around a field say nothing, in quotes or not. */
static void on_field(void *bytes, size_t length, void *data)
{
    struct table *table = data;
    if (table->count == MOST_COLUMNS)
        return;
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        table->fields = grow(table->fields, table->capacity, sizeof *table->fields);
        table->offsets = grow(table->offsets, table->capacity, sizeof *table->offsets);
    }
    const char *text = bytes;
    for (; length && is_blank(text[0]); text++, length--)
        ;
    while (length && is_blank(text[length - 1]))
        length--;
    const size_t kept = length > LONGEST_FIELD || table->text_size > LARGEST_ROW ? 0 : length;
    if (table->text_capacity - table->text_size < kept + 1) {
        table->text_capacity = 2 * (table->text_capacity + kept + 1);
        table->text = grow(table->text, table->text_capacity, 1);
    }
    table->offsets[table->count] = table->text_size;
    table->fields[table->count++].length = length;
    if (kept)
        memcpy(table->text + table->text_size, text, kept);
    table->text[table->text_size + kept] = '\0';
    table->text_size += kept + 1;
}

static void on_row(int terminator, void *data)
{
    (void)terminator;
    struct table *table = data;
    for (size_t i = 0; i < table->count; i++)
        table->fields[i].text = table->text + table->offsets[i];
    const struct row row = {++table->number, table->fields, table->count, table->delimiter};
    if (!table->over)
        table->over = !table->take(table->data, &row);
    table->count = table->text_size = 0;
}

/* ---- the file
 * ---------------------------------------------------------------------------------------------- */

/* Counts what stands outside quotes in the first line. */
static char detect_delimiter(const char *text, size_t length)
{
    size_t commas = 0, semicolons = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '\n' || text[i] == '\r'))
            break;
        commas += !quoted && text[i] == ',';
        semicolons += !quoted && text[i] == ';';
    }
    return semicolons > commas ? ';' : ',';
}

/* What a file is by its first bytes, where that is no CSV that could be read here; or NULL. */
static const char *foreign_format(const char *text, size_t length)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *what;
    } known[] = {
        {"\xff\xfe", 2, "the file is UTF-16; export it as UTF-8"},
        {"\xfe\xff", 2, "the file is UTF-16; export it as UTF-8"},
        {"PK\x03\x04", 4, "the file is a spreadsheet (XLSX or ODS) or another archive; export it as CSV"},
        {"\xd0\xcf\x11\xe0", 4, "the file is an old Excel spreadsheet (XLS); export it as CSV"},
        {"\x1f\x8b", 2, "the file is compressed (gzip); unpack it first"},
        {"$FL", 3, "the file is one of SPSS; export it as CSV"},
        {"sep=", 4, "the first line is 'sep=', which is for Excel alone; remove it"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (length >= known[i].length && memcmp(text, known[i].bytes, known[i].length) == 0)
            return known[i].what;
    const bool wide = length >= 2 && !text[0] != !text[1]; /* as Latin letters are in UTF-16 */
    return wide ? known[0].what : NULL;
}

static ssize_t read_some(int document, char *buffer, size_t size)
{
    ssize_t count;
    do
        count = read(document, buffer, size);
    while (count < 0 && errno == EINTR);
    return count;
}

static const char *broken(struct table *table, char *why, size_t size)
{
    if (csv_error(&table->parser) == CSV_ENOMEM || csv_error(&table->parser) == CSV_ETOOBIG)
        snprintf(why, size, "row %llu has a field that is longer than 16 MiB; is a quote not closed?",
                 (unsigned long long)table->number + 1);
    else if (!table->at_end)
        snprintf(why, size,
                 "row %llu has a quote in the middle of a field; such a field stands in quotes, and the "
                 "quote is doubled; "
                 "nothing from there on was read",
                 (unsigned long long)table->number + 1);
    else
        snprintf(why, size, "row %llu has a quote that is not closed, which takes in the rest of the file",
                 (unsigned long long)table->number + 1);
    return why;
}

static const char *read_all(struct table *table, const struct wz_decode *decode, char *buffer, char *why,
                            size_t size)
{
    uint64_t done = 0;
    ssize_t count = 0;
    while (!table->over && (count = read_some(decode->document, buffer, READ_SIZE)) > 0) {
        const char *text = buffer;
        size_t length = (size_t)count;
        if (done == 0) {
            if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                length -= 3;
            }
            const char *foreign = foreign_format(text, length);
            if (foreign)
                return foreign;
            if (!table->delimiter)
                table->delimiter = detect_delimiter(text, length);
            csv_set_delim(&table->parser, (unsigned char)table->delimiter);
        }
        done += (uint64_t)count;
        if (csv_parse(&table->parser, text, length, on_field, on_row, table) != length)
            return table->over ? NULL : broken(table, why, size);
        decode->progress(decode->handle, done);
    }
    if (!table->over && count < 0) {
        snprintf(why, size, "the file could not be read on after row %llu: %s",
                 (unsigned long long)table->number, strerror(errno));
        return why;
    }
    if (table->over)
        return NULL;
    table->at_end = true;
    return csv_fini(&table->parser, on_field, on_row, table) == 0 ? NULL : broken(table, why, size);
}

const char *table_read(const struct wz_decode *decode, char delimiter,
                       bool (*take)(void *data, const struct row *row), void *data, char *why, size_t size)
{
    struct table table = {.take = take, .data = data, .delimiter = delimiter};
    char *buffer = grow(NULL, READ_SIZE, 1);
    /* Strict: otherwise a stray quote joins rows together, and one person gets another's answers. */
    csv_init(&table.parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&table.parser, limited_realloc);
    csv_set_blk_size(&table.parser, READ_SIZE);
    const char *failed = read_all(&table, decode, buffer, why, size);
    csv_free(&table.parser);
    free(table.text);
    free(table.fields);
    free(table.offsets);
    free(buffer);
    return failed;
}
