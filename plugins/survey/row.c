/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "row.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct row_builder *builder, size_t length)
{
    if (builder->count == builder->capacity) {
        builder->capacity = builder->capacity ? 2 * builder->capacity : 64;
        builder->fields = mem_resize(builder->fields, builder->capacity, sizeof *builder->fields);
        builder->offsets = mem_resize(builder->offsets, builder->capacity, sizeof *builder->offsets);
    }
    if (builder->text_capacity - builder->text_size < length + 1) {
        builder->text_capacity = 2 * (builder->text_capacity + length + 1);
        builder->text = mem_resize(builder->text, builder->text_capacity, 1);
    }
}

/* `length` is the field's own, `kept` how much of its text is kept. */
static void add(struct row_builder *builder, const char *text, size_t length, size_t kept,
                enum field_kind kind)
{
    make_room(builder, kept);
    builder->offsets[builder->count] = builder->text_size;
    builder->fields[builder->count++] = (struct field){.length = length, .kind = kind};
    if (kept == 1)
        builder->text[builder->text_size] = *text; /* as nearly all answers: not worth a call */
    else if (kept)
        memcpy(builder->text + builder->text_size, text, kept);
    builder->text[builder->text_size + kept] = '\0';
    builder->text_size += kept + 1;
}

/* White space, and the blank that does not break (U+00A0), which comes from web pages: how long the one is
 * that a text begins or ends with. */
static size_t blank_at(const char *text, size_t length)
{
    const bool is_unbreakable = length > 1 && memcmp(text, "\xc2\xa0", 2) == 0;
    return is_unbreakable ? 2 : length > 0 && (*text == ' ' || (*text >= '\t' && *text <= '\r'));
}

static size_t blank_before(const char *end, size_t length)
{
    const bool is_unbreakable = length > 1 && memcmp(end - 2, "\xc2\xa0", 2) == 0;
    return is_unbreakable ? 2 : length > 0 ? blank_at(end - 1, 1) : 0;
}

/* Whether it is worth a look: nearly no field begins or ends with one. */
static bool may_be_blank(char byte)
{
    return (uint8_t)byte <= ' ' || (uint8_t)byte >= 0x80;
}

static void trim(const char **text, size_t *length)
{
    size_t blank;
    while ((blank = blank_at(*text, *length))) {
        *text += blank;
        *length -= blank;
    }
    while ((blank = blank_before(*text + *length, *length)))
        *length -= blank;
}

void row_add(struct row_builder *builder, const char *text, size_t length, enum fault fault)
{
    if (builder->count == MOST_COLUMNS)
        return;
    if (fault && !builder->fault) {
        builder->fault = fault;
        builder->faulty = builder->count;
    }
    if (!fault && length && (may_be_blank(text[0]) || may_be_blank(text[length - 1])))
        trim(&text, &length);
    add(builder, text, length, fault ? 0 : length, FIELD_TEXT);
}

void row_add_kind(struct row_builder *builder, const char *text, size_t length, enum field_kind kind)
{
    if (builder->count < MOST_COLUMNS)
        add(builder, text, length, length, kind);
}

bool row_give(struct row_builder *builder, uint64_t number, const struct row_taker *taker)
{
    for (size_t i = 0; i < builder->count; i++)
        builder->fields[i].text = builder->text + builder->offsets[i];
    const struct row row = {.number = number,
                            .fields = builder->fields,
                            .count = builder->count,
                            .fault = builder->fault,
                            .faulty = builder->faulty};
    const bool more = taker->take(taker->data, &row);
    builder->count = builder->text_size = 0;
    builder->fault = NO_FAULT;
    return more;
}

void row_builder_free(struct row_builder *builder)
{
    free(builder->text);
    free(builder->fields);
    free(builder->offsets);
}
