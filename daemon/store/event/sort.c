/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/sort.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT_VALUES = 256 };

/* Of a record: the number, and what goes with it. */
enum { WORDS = SORTED_BYTES / sizeof(uint64_t) };

static unsigned digit_of(uint64_t number, int digit)
{
    return (unsigned)(number >> (8 * digit)) & (DIGIT_VALUES - 1);
}

static void sort_by_digit(const uint64_t *from, uint64_t *to, size_t count, int digit)
{
    size_t ends[DIGIT_VALUES + 1] = {0};
    for (size_t i = 0; i < count; i++)
        ends[digit_of(from[WORDS * i], digit) + 1]++;
    for (size_t value = 1; value < DIGIT_VALUES; value++)
        ends[value] += ends[value - 1];
    for (size_t i = 0; i < count; i++) {
        uint64_t *record = to + WORDS * ends[digit_of(from[WORDS * i], digit)]++;
        record[0] = from[WORDS * i];
        record[1] = from[WORDS * i + 1];
    }
}

/* One digit after the other, from the lowest on, each time leaving in order what is equal in it (Knuth, The
 * Art of Computer Programming 3, 5.2.5). */
void sort_records(void *records, size_t count, int bytes)
{
    uint64_t *const other = mem_alloc((count + 1) * SORTED_BYTES);
    uint64_t *from = records, *to = other;
    for (int digit = 0; digit < bytes; digit++) {
        sort_by_digit(from, to, count, digit);
        uint64_t *const sorted = to;
        to = from;
        from = sorted;
    }
    if (from == other && count)
        memcpy(records, other, count * SORTED_BYTES);
    free(other);
}
