/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tool.h"
#include "limesurvey.h"

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
        heading->names[i] = tool_name_of(&first->rows[0].fields[i]);
        heading->texts[i] = mem_copy_text(heading->names[i]);
    }
}

static const struct tool plain = {.is = is_plain, .heading_rows = 1, .name_columns = name_plain};

/* ---- a document that names its columns itself ------------------------------------------------------------
 */

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
static const struct tool *const tools[] = {&named, &tool_limesurvey, &plain};

char *tool_name_of(const struct field *field)
{
    return mem_copy_text(field->text[0] || !field->length ? field->text : "?");
}

/* ---- the first rows --------------------------------------------------------------------------------------
 */

static struct field *copy_fields(const struct field *fields, size_t count)
{
    struct field *copies = mem_alloc(count * sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = (struct field){mem_copy_text(fields[i].text), fields[i].length};
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

static bool decide(struct tool_reader *reader)
{
    struct heading *heading = &reader->heading;
    const struct first_rows *first = &reader->first;
    size_t i = 0;
    while (!tools[i]->is(first))
        i++;
    reader->tool = tools[i];
    heading->width = first->rows[0].count;
    heading->names = mem_alloc(heading->width * sizeof *heading->names);
    heading->texts = mem_alloc(heading->width * sizeof *heading->texts);
    heading->parts = mem_alloc(heading->width * sizeof *heading->parts);
    reader->tool->name_columns(first, heading);
    if (!reader->taker.heading(reader->taker.data, heading, reader->tool))
        return false;
    for (size_t row = reader->tool->heading_rows; row < first->count; row++)
        if (!give_row(reader, &first->rows[row]))
            return false;
    return true;
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
    for (size_t i = 0; i < reader->heading.width; i++) {
        free(reader->heading.names[i]);
        free(reader->heading.texts[i]);
        free(reader->heading.parts[i]);
    }
    free(reader->heading.names);
    free(reader->heading.texts);
    free(reader->heading.parts);
}
