/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "encoding.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SIZE = 176,
    LAYOUT_AT = 64, /* 2 or 3; of another byte order: neither */
    LINE_OF_DOCUMENT = 80,
    VALUE_SIZE = 8,
    ENCODING_SUBTYPE = 20
};

enum record { OF_VARIABLE = 2, OF_LABELS = 3, OF_LABELLED = 4, OF_DOCUMENT = 6, OF_EXTENSION = 7 };

struct walk {
    struct source *source;
    bool is_swapped;
    char *name;
};

static int32_t in_order(const struct walk *walk, uint32_t number)
{
    return (int32_t)(walk->is_swapped ? __builtin_bswap32(number) : number);
}

static bool take_numbers(const struct walk *walk, int32_t *numbers, size_t count)
{
    if (!source_take(walk->source, numbers, count * sizeof *numbers))
        return false;
    for (size_t i = 0; i < count; i++)
        numbers[i] = in_order(walk, (uint32_t)numbers[i]);
    return true;
}

/* So many of a size, neither of which is negative in a file that is whole. */
static bool skip(const struct walk *walk, int64_t count, int64_t size)
{
    return count >= 0 && size >= 0 && source_skip(walk->source, count * size);
}

static bool skip_variable(const struct walk *walk)
{
    enum { TYPE, HAS_LABEL, MISSING_COUNT, PRINT, WRITE, NAME, NUMBERS = NAME + 2 };
    int32_t variable[NUMBERS], length;
    if (!take_numbers(walk, variable, NUMBERS))
        return false;
    if (variable[HAS_LABEL] && !(take_numbers(walk, &length, 1) && skip(walk, ((int64_t)length + 3) / 4, 4)))
        return false;
    return skip(walk, llabs((long long)variable[MISSING_COUNT]), VALUE_SIZE);
}

static bool skip_labels(const struct walk *walk)
{
    int32_t count;
    uint8_t length;
    if (!take_numbers(walk, &count, 1))
        return false;
    for (int32_t i = 0; i < count; i++)
        if (!skip(walk, 1, VALUE_SIZE) || !source_take(walk->source, &length, 1) ||
            !skip(walk, 1, ((int64_t)length + 8) / 8 * 8 - 1))
            return false;
    return true;
}

static bool skip_counted(const struct walk *walk, int64_t size)
{
    int32_t count;
    return take_numbers(walk, &count, 1) && skip(walk, count, size);
}

static bool take_extension(const struct walk *walk)
{
    enum { SUBTYPE, SIZE, COUNT, NUMBERS };
    int32_t extension[NUMBERS];
    if (!take_numbers(walk, extension, NUMBERS))
        return false;
    const int64_t length = (int64_t)extension[SIZE] * extension[COUNT];
    if (extension[SUBTYPE] != ENCODING_SUBTYPE)
        return skip(walk, extension[COUNT], extension[SIZE]);
    if (length > 0 && length < ENCODING_ROOM && !source_take(walk->source, walk->name, (size_t)length))
        walk->name[0] = '\0';
    return false; /* that was enough */
}

static bool take_record(const struct walk *walk)
{
    int32_t kind;
    if (!take_numbers(walk, &kind, 1))
        return false;
    switch ((enum record)kind) {
    case OF_VARIABLE:
        return skip_variable(walk);
    case OF_LABELS:
        return skip_labels(walk);
    case OF_LABELLED:
        return skip_counted(walk, sizeof kind);
    case OF_DOCUMENT:
        return skip_counted(walk, LINE_OF_DOCUMENT);
    case OF_EXTENSION:
        return take_extension(walk);
    default:
        return false;
    }
}

void encoding_find(struct source *source, char name[ENCODING_ROOM])
{
    char header[HEADER_SIZE];
    struct walk walk = {.source = source, .name = name};
    uint32_t layout;
    memset(name, 0, ENCODING_ROOM);
    source_begin(source);
    if (!source_take(source, header, sizeof header))
        return;
    memcpy(&layout, header + LAYOUT_AT, sizeof layout);
    walk.is_swapped = layout != 2 && layout != 3;
    while (take_record(&walk))
        ;
    utf8_mend(name);
}
