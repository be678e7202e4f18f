/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event_sort.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_VALUES = 256 };

struct record {
    uint64_t number, rest;
};
_Static_assert(sizeof(struct record) == SORTED_BYTES, "records are sorted by copying them");

static unsigned digit_of(uint64_t number, int digit)
{
    return (unsigned)(number >> (8 * digit)) & (DIGIT_VALUES - 1);
}

static void sort_by_digit(const struct record *from, struct record *to, size_t count, int digit)
{
    size_t ends[DIGIT_VALUES + 1] = {0};
    for (size_t i = 0; i < count; i++)
        ends[digit_of(from[i].number, digit) + 1]++;
    for (size_t value = 1; value < DIGIT_VALUES; value++)
        ends[value] += ends[value - 1];
    for (size_t i = 0; i < count; i++)
        to[ends[digit_of(from[i].number, digit)]++] = from[i];
}

/* One digit after the other, from the lowest on, each time leaving in order what is equal in it (Knuth, The
 * Art of Computer Programming 3, 5.2.5). */
void sort_records(void *records, size_t count, int bytes)
{
    struct record *from = mem_alloc((count + 1) * sizeof *from), *to = mem_alloc((count + 1) * sizeof *to);
    if (count)
        memcpy(from, records, count * sizeof *from);
    for (int digit = 0; digit < bytes; digit++) {
        sort_by_digit(from, to, count, digit);
        struct record *const sorted = to;
        to = from;
        from = sorted;
    }
    if (count)
        memcpy(records, from, count * sizeof *from);
    free(from);
    free(to);
}
