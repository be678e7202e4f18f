/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/tally.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { SHORTEST_TAIL = 32 };

void tally_free(struct tally *tally)
{
    free(tally->entries);
    *tally = (struct tally){0};
}

/* The first place in the sorted part whose value is not below `value`. Without a branch on what is compared:
 * of answers nobody can guess how it ends, and guessing wrong took a sixth of catching up with an import. */
static size_t lower_bound(const struct tally *tally, double value)
{
    size_t low = 0;
    for (size_t count = tally->sorted, half; count > 0; count -= half) {
        half = (count + 1) / 2;
        low += half * (size_t)(tally->entries[low + half - 1].value < value);
    }
    return low;
}

static void append(struct tally *tally, double value, int64_t count)
{
    if (tally->size == tally->capacity) {
        tally->capacity = tally->capacity ? 2 * tally->capacity : 8;
        tally->entries = mem_resize(tally->entries, tally->capacity, sizeof *tally->entries);
    }
    tally->entries[tally->size++] = (struct tally_entry){value, count};
}

/* A new value waits in a tail, so that a million of them do not each move all the others; the tail is sorted
 * in when it has grown in proportion. */
void tally_add(struct tally *tally, double value, int64_t count)
{
    const double normal = value == 0 ? 0.0 : value; /* -0.0 is 0.0 */
    const size_t at = lower_bound(tally, normal);
    if (at < tally->sorted && tally->entries[at].value == normal) {
        tally->entries[at].count += count;
        return;
    }
    append(tally, normal, count);
    const size_t tail = tally->size - tally->sorted;
    if (tail >= SHORTEST_TAIL && tail >= tally->sorted / 4)
        tally_settle(tally);
}

static int by_value(const void *left, const void *right)
{
    const struct tally_entry *a = left, *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

void tally_settle(struct tally *tally)
{
    if (tally->sorted < tally->size && tally->size > 1)
        qsort(tally->entries, tally->size, sizeof *tally->entries, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < tally->size;) {
        struct tally_entry sum = {tally->entries[i].value, 0};
        for (; i < tally->size && tally->entries[i].value == sum.value; i++)
            sum.count += tally->entries[i].count;
        if (sum.count != 0)
            tally->entries[kept++] = sum;
    }
    tally->size = tally->sorted = kept;
}

void tally_merge(struct tally *tally, const struct tally *change)
{
    if (change->size == 0)
        return;
    const size_t room = tally->size + change->size;
    struct tally_entry *merged = mem_resize(NULL, room, sizeof *merged);
    size_t a = 0, b = 0, size = 0;
    while (a < tally->size || b < change->size) {
        struct tally_entry next;
        if (b == change->size || (a < tally->size && tally->entries[a].value < change->entries[b].value)) {
            next = tally->entries[a++];
        } else if (a == tally->size || change->entries[b].value < tally->entries[a].value) {
            next = change->entries[b++];
        } else {
            next = tally->entries[a++];
            next.count += change->entries[b++].count;
        }
        if (next.count != 0)
            merged[size++] = next;
    }
    free(tally->entries);
    *tally = (struct tally){.entries = merged, .size = size, .sorted = size, .capacity = room};
}

bool tally_sound(const struct tally *tally)
{
    for (size_t i = 0; i < tally->size; i++)
        if (tally->entries[i].count < 0)
            return false;
    return true;
}

/* Whole numbers, which answers mostly are, take one or two bytes: twice the number as a signed varint, and
 * for anything else an odd mark with the eight bytes behind it. */
static bool is_short(double value)
{
    return value == trunc(value) && fabs(value) < 1e15;
}

void tally_encode(const struct tally *tally, struct buf *out)
{
    buf_put_varint(out, tally->size);
    for (size_t i = 0; i < tally->size; i++) {
        const double value = tally->entries[i].value;
        if (is_short(value)) {
            buf_put_signed(out, 2 * (int64_t)value);
        } else {
            buf_put_signed(out, 1);
            buf_put_f64(out, value);
        }
        buf_put_signed(out, tally->entries[i].count);
    }
}

static double decode_value(struct reader *reader)
{
    const int64_t head = read_signed(reader);
    if (head % 2 == 0)
        return (double)(head / 2);
    const double value = read_f64(reader);
    if (head != 1 || !isfinite(value))
        reader->failed = true;
    return value;
}

void tally_decode(struct tally *tally, struct reader *reader)
{
    const uint64_t size = read_varint(reader);
    if (size > reader_left(reader)) /* an entry takes more than a byte: do not believe it before allocating */
        reader->failed = true;
    for (uint64_t i = 0; i < size && !reader->failed; i++) {
        const double value = decode_value(reader);
        const int64_t count = read_signed(reader);
        if (count == 0 || (i > 0 && value <= tally->entries[i - 1].value))
            reader->failed = true;
        append(tally, value, count);
    }
    if (reader->failed)
        tally_free(tally);
    else
        tally->sorted = tally->size;
}
