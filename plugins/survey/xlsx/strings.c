/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "strings.h"
#include "cell_text.h"
#include "xml.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How a text is read that holds a NUL: it has none of its bytes, and a length that no other has. */
static const uint32_t has_nul = UINT32_MAX;

/* Runs of rich text are one text; phonetic runs (rPh) say how it sounds, and are none. */
enum place { TABLE = 1, ITEM, ITEM_TEXT, RUN, RUN_TEXT };

struct strings_reader {
    struct strings *strings;
    struct cell_text cell;
    bool is_full;
};

static bool enter_item(void *data, int place, const char **attributes)
{
    struct strings_reader *reader = data;
    (void)attributes;
    if (place == ITEM)
        cell_text_begin(&reader->cell);
    return true;
}

static void add_item_text(void *data, int place, const char *text, size_t length)
{
    struct strings_reader *reader = data;
    if (place == ITEM_TEXT || place == RUN_TEXT)
        cell_text_add(&reader->cell, text, length);
}

static void keep(struct strings *strings, const struct cell_text *cell)
{
    const size_t kept = cell->fault ? 0 : cell->length;
    while (strings->capacity - strings->size < kept) {
        strings->capacity = strings->capacity ? 2 * strings->capacity : PIECE_SIZE;
        strings->text = mem_resize(strings->text, strings->capacity, 1);
    }
    if (strings->count == strings->all_capacity) {
        strings->all_capacity = strings->all_capacity ? 2 * strings->all_capacity : 1024;
        strings->all = mem_resize(strings->all, strings->all_capacity, sizeof *strings->all);
    }
    if (kept)
        memcpy(strings->text + strings->size, cell->text, kept);
    strings->all[strings->count++] =
        (struct string){(uint32_t)strings->size, cell->fault == HAS_NUL          ? has_nul
                                                 : cell->length > UINT32_MAX - 1 ? UINT32_MAX - 1
                                                                                 : (uint32_t)cell->length};
    strings->size += kept;
}

static bool leave_item(void *data, int place)
{
    struct strings_reader *reader = data;
    struct strings *strings = reader->strings;
    if (place != ITEM)
        return true;
    cell_text_end(&reader->cell);
    reader->is_full =
        strings->count == MOST_STRINGS || strings->size + reader->cell.length > MOST_STRING_BYTES;
    if (!reader->is_full)
        keep(strings, &reader->cell);
    return !reader->is_full;
}

const char *strings_read(struct strings *strings, struct package *package, const char *part,
                         char why[LONGEST_REASON])
{
    static const struct xml_step steps[] = {{XML_OUTSIDE, "sst", TABLE}, {TABLE, "si", ITEM},
                                            {ITEM, "t", ITEM_TEXT},      {ITEM, "r", RUN},
                                            {RUN, "t", RUN_TEXT},        {0, NULL, 0}};
    struct strings_reader reader = {.strings = strings};
    *strings = (struct strings){0};
    if (!part)
        return NULL;
    const char *failed = xml_read(
        package, part, &(struct xml_grammar){steps, xml_spreadsheet},
        &(struct xml_taker){.enter = enter_item, .text = add_item_text, .leave = leave_item, .data = &reader},
        0, why);
    cell_text_free(&reader.cell);
    if (!failed && reader.is_full) {
        snprintf(why, LONGEST_REASON,
                 "the workbook has more than %d different texts, or more than %d MiB of them; save the sheet "
                 "alone without its open answers, or export it as CSV",
                 MOST_STRINGS, MOST_STRING_BYTES >> 20);
        return why;
    }
    return failed;
}

void strings_free(struct strings *strings)
{
    free(strings->text);
    free(strings->all);
    *strings = (struct strings){0};
}

void strings_add(const struct strings *strings, size_t number, struct row_builder *row)
{
    const struct string string = strings->all[number];
    const enum fault fault = string.length == has_nul        ? HAS_NUL
                             : string.length > LONGEST_FIELD ? FIELD_TOO_LONG
                                                             : NO_FAULT;
    row_add(row, strings->text + string.at, string.length, fault);
}
