/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tool.h"
#include "forms.h"
#include "limesurvey.h"
#include "qualtrics.h"
#include "surveymonkey.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- a tool of which nothing is known: the first row is the heading --------------------------------------
 */

static bool is_plain(const struct first_rows *first)
{
    (void)first;
    return true;
}

static void name_plain(const struct first_rows *first, struct heading *heading)
{
    for (size_t i = 0; i < heading->width; i++) {
        heading->names[i] = tool_name_at(first, i);
        heading->texts[i] = mem_copy_text(heading->names[i]);
    }
}

static const struct tool plain = {.is = is_plain, .heading_rows = 1, .name_columns = name_plain};

/* ---- a document that names its columns itself ---------------------------------------------------------- */

static bool is_named(const struct first_rows *first)
{
    return first->rows[0].texts != NULL;
}

static void name_named(const struct first_rows *first, struct heading *heading)
{
    const struct row *row = &first->rows[0];
    heading->called = "the list of variables";
    for (size_t i = 0; i < heading->width; i++) {
        heading->names[i] = tool_name_of(&row->fields[i]);
        heading->texts[i] = row->texts[i].text[0] ? mem_copy_text(row->texts[i].text) : NULL;
    }
}

static const struct tool named = {.is = is_named, .heading_rows = 1, .name_columns = name_named};

/* What names its columns itself is nothing else, and anything may be plain. */
static const struct tool *const tools[] = {
    &named,
    &tool_qualtrics,
    &tool_qualtrics_legacy,
    &tool_qualtrics_bare,
    &tool_surveymonkey,
    &tool_microsoft_forms,
    &tool_google_forms,
    &tool_limesurvey,
    &plain,
};

char *tool_name_of(const struct field *field)
{
    return mem_copy_text(field->text[0] || !field->length ? field->text : "?");
}

char *tool_name_at(const struct first_rows *first, size_t column)
{
    return column < first->rows[0].count ? tool_name_of(&first->rows[0].fields[column]) : mem_copy_text("");
}

const char *tool_field(const struct first_rows *first, size_t row, size_t column)
{
    return row < first->count && column < first->rows[row].count ? first->rows[row].fields[column].text : "";
}

void tool_add_key(struct heading *heading, size_t column)
{
    heading->keys[heading->key_count++] = column;
}

/* ---- the first rows --------------------------------------------------------------------------------------
 */

static struct field *copy_fields(const struct field *fields, size_t count)
{
    struct field *copies = mem_alloc(count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = (struct field){mem_copy_text(fields[i].text), fields[i].length, fields[i].kind};
    return copies;
}

static void free_fields(const struct field *fields, size_t count)
{
    for (size_t i = 0; fields && i < count; i++)
        free((char *)fields[i].text);
    free((struct field *)fields);
}

static void keep_row(struct first_rows *first, const struct row *row)
{
    struct row *kept = &first->rows[first->count++];
    *kept = *row;
    kept->fields = copy_fields(row->fields, row->count);
    kept->texts = row->texts ? copy_fields(row->texts, row->count) : NULL;
}

static void free_row(struct row *row)
{
    free_fields(row->fields, row->count);
    free_fields(row->texts, row->count);
}

/* ---- all rows --------------------------------------------------------------------------------------------
 */

static bool give_row(struct tool_reader *reader, const struct row *row)
{
    const enum row_kind kind = reader->tool->kind ? reader->tool->kind(&reader->heading, row) : ROW_ANSWERS;
    if (kind != ROW_LEFT_OUT)
        return reader->taker.row(reader->taker.data, row, kind);
    reader->left_out++;
    return true;
}

/* Of the longest row: what is empty at the end of one may have been left out there. */
static size_t width_of(const struct first_rows *first, size_t heading_rows)
{
    size_t width = 0;
    for (size_t i = 0; i < heading_rows; i++)
        width = first->rows[i].count > width ? first->rows[i].count : width;
    return width;
}

static struct heading make_heading(size_t width)
{
    struct heading heading = {.width = width};
    heading.names = mem_alloc(width * sizeof *heading.names);
    heading.texts = mem_alloc(width * sizeof *heading.texts);
    heading.codes = mem_alloc(width * sizeof *heading.codes);
    heading.parts = mem_alloc(width * sizeof *heading.parts);
    heading.questions = mem_alloc(width * sizeof *heading.questions);
    heading.keys = mem_alloc(width * sizeof *heading.keys);
    heading.is_choice = mem_alloc(width * sizeof *heading.is_choice);
    for (size_t i = 0; i < MOST_MARKS; i++)
        heading.marks[i] = -1;
    return heading;
}

static void free_heading(struct heading *heading)
{
    char **const lists[] = {heading->names, heading->texts, heading->codes, heading->parts};
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++) {
        for (size_t i = 0; i < heading->width; i++)
            free(lists[list][i]);
        free(lists[list]);
    }
    free(heading->questions);
    free(heading->keys);
    free(heading->is_choice);
    free(heading->zone);
}

/* By the first rows. */
static bool begin(struct tool_reader *reader, const struct tool *tool)
{
    reader->tool = tool;
    reader->heading = make_heading(width_of(&reader->first, tool->heading_rows));
    reader->heading.row = reader->first.rows[0].number;
    tool->name_columns(&reader->first, &reader->heading);
    return reader->taker.heading(reader->taker.data, &reader->heading, tool);
}

static bool decide(struct tool_reader *reader)
{
    const struct first_rows *first = &reader->first;
    size_t i = 0;
    while (!tools[i]->is(first))
        i++;
    if (!begin(reader, tools[i]))
        return false;
    for (size_t row = reader->tool->heading_rows; row < first->count; row++)
        if (!give_row(reader, &first->rows[row]))
            return false;
    return true;
}

/* A tool has a name, or none, and one form a number of rows; what is not known any more is as good as plain.
 */
static const struct tool *tool_of(const struct first_rows *heading, const char *name)
{
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (name && tools[i]->name && strcmp(tools[i]->name, name) == 0 &&
            tools[i]->heading_rows == heading->count)
            return tools[i];
    return is_named(heading) ? &named : &plain;
}

bool tool_resume(struct tool_reader *reader, const struct first_rows *heading, const char *tool)
{
    for (size_t i = 0; i < heading->count; i++)
        keep_row(&reader->first, &heading->rows[i]);
    return begin(reader, tool_of(&reader->first, tool));
}

bool tool_take(struct tool_reader *reader, const struct row *row)
{
    if (reader->tool)
        return give_row(reader, row);
    keep_row(&reader->first, row);
    return reader->first.count < MOST_HEADING_ROWS || decide(reader);
}

bool tool_end(struct tool_reader *reader)
{
    return reader->tool || reader->first.count == 0 || decide(reader);
}

void tool_reader_free(struct tool_reader *reader)
{
    for (size_t i = 0; i < reader->first.count; i++)
        free_row(&reader->first.rows[i]);
    free_heading(&reader->heading);
}
