/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/posting.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void posting_free(struct posting *posting)
{
    free(posting->at);
    *posting = (struct posting){0};
}

void posting_add(struct posting *posting, uint32_t at)
{
    if (posting->count == posting->capacity) {
        posting->capacity = posting->capacity ? 2 * posting->capacity : 64;
        posting->at = mem_resize(posting->at, posting->capacity, sizeof *posting->at);
    }
    posting->at[posting->count++] = at;
}

static size_t steps_of_one(const uint32_t *at, size_t from, size_t count)
{
    size_t end = from;
    while (end < count && (end ? at[end] - at[end - 1] : at[0] + 1) == 1)
        end++;
    return end - from;
}

/* The steps between them (from -1), each as a varint; of steps of 1 in a row a 0 and how many. */
void posting_encode(const uint32_t *at, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count;) {
        const size_t ones = steps_of_one(at, i, count);
        if (ones > 2) {
            buf_put_varint(out, 0);
            buf_put_varint(out, ones);
            i += ones;
        } else {
            buf_put_varint(out, i ? at[i] - at[i - 1] : (uint64_t)at[0] + 1);
            i++;
        }
    }
}

int posting_decode(struct posting *posting, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    uint64_t next = 0; /* the last one, plus 1 */
    posting->count = 0;
    while (reader_left(&reader) && !reader.failed) {
        uint64_t step = read_varint(&reader);
        const uint64_t times = step ? 1 : read_varint(&reader);
        step += !step;
        if (times > SEGMENT_EVENTS || step > UINT32_MAX)
            return -1;
        for (uint64_t i = 0; i < times; i++) {
            next += step;
            if (next > UINT32_MAX || posting->count == SEGMENT_EVENTS)
                return -1;
            posting_add(posting, (uint32_t)(next - 1));
        }
    }
    return reader.failed ? -1 : 0;
}

void posting_intersect(struct posting *posting, const struct posting *other)
{
    size_t kept = 0, j = 0;
    for (size_t i = 0; i < posting->count; i++) {
        while (j < other->count && other->at[j] < posting->at[i])
            j++;
        if (j < other->count && other->at[j] == posting->at[i])
            posting->at[kept++] = posting->at[i];
    }
    posting->count = kept;
}

void posting_remove(struct posting *posting, uint32_t at)
{
    for (size_t i = 0; i < posting->count; i++)
        if (posting->at[i] == at) {
            memmove(posting->at + i, posting->at + i + 1, (--posting->count - i) * sizeof *posting->at);
            return;
        }
}
