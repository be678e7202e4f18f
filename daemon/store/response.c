/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/response.h"

#include "base/mem.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void response_free(struct response *response)
{
    free(response->items);
    free(response->values);
    *response = (struct response){0};
}

void response_add(struct response *response, uint32_t item, double value)
{
    if (response->count == response->capacity) {
        response->capacity = response->capacity ? 2 * response->capacity : 64;
        response->items = mem_resize(response->items, response->capacity, sizeof *response->items);
        response->values = mem_resize(response->values, response->capacity, sizeof *response->values);
    }
    response->items[response->count] = item;
    response->values[response->count++] = value;
}

/* How many answers at the front are in order already. */
static size_t sorted_front(const struct response *response)
{
    size_t count = response->count ? 1 : 0;
    while (count < response->count && response->items[count - 1] < response->items[count])
        count++;
    return count;
}

/* By insertion: answers come in the order of their columns, which mostly is that of their numbers. */
void response_sort(struct response *response)
{
    size_t kept = sorted_front(response);
    for (size_t i = kept; i < response->count; i++) {
        const uint32_t item = response->items[i];
        const double value = response->values[i];
        size_t at = kept;
        while (at > 0 && response->items[at - 1] > item)
            at--;
        if (at > 0 && response->items[at - 1] == item) {
            response->values[at - 1] = value;
            continue;
        }
        memmove(response->items + at + 1, response->items + at, (kept - at) * sizeof *response->items);
        memmove(response->values + at + 1, response->values + at, (kept - at) * sizeof *response->values);
        response->items[at] = item;
        response->values[at] = value;
        kept++;
    }
    response->count = kept;
}

double response_value(const struct response *response, uint32_t item)
{
    size_t low = 0, high = response->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (response->items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < response->count && response->items[low] == item ? response->values[low] : NAN;
}

/* Answers are mostly small whole numbers: a byte each (value 0..253), else a mark with the eight bytes of the
 * double. */
enum { ANY_VALUE = 255, LARGEST_SHORT = 253 };

static bool is_short(double value)
{
    return value >= 0 && value <= LARGEST_SHORT && value == trunc(value) && !signbit(value);
}

/* The most bytes that a varint and a value take. */
enum { LONGEST_ANSWER = 5 + 1 + 8 };

static uint8_t *put_item(uint8_t *at, uint32_t step)
{
    for (; step >= 0x80; step >>= 7)
        *at++ = (uint8_t)(step | 0x80);
    *at++ = (uint8_t)step;
    return at;
}

static uint8_t *put_value(uint8_t *at, double value)
{
    if (is_short(value)) {
        *at++ = (uint8_t)value;
        return at;
    }
    uint64_t bits;
    *at++ = ANY_VALUE;
    memcpy(&bits, &value, sizeof bits);
    bits = htole64(bits);
    memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
}

void response_encode(const struct response *response, struct buf *out)
{
    buf_put_varint(out, response->period);
    buf_put_varint(out, response->group);
    buf_put(out, response->respondent, PSEUDONYM_SIZE);
    buf_put_signed(out, response->submitted);
    buf_put_u8(out, response->partial);
    buf_put_varint(out, response->count);
    /* Room for all answers at once: this runs forty times a row. */
    const size_t begin = out->size;
    uint8_t *const room = buf_extend(out, response->count * LONGEST_ANSWER), *at = room;
    uint32_t last = 0;
    for (size_t i = 0; i < response->count; i++) {
        at = put_item(at, response->items[i] - last);
        at = put_value(at, response->values[i]);
        last = response->items[i];
    }
    out->size = begin + (size_t)(at - room);
}

static double decode_value(struct reader *reader)
{
    const uint8_t head = read_u8(reader);
    if (head <= LARGEST_SHORT)
        return head;
    const double value = read_f64(reader);
    if (head != ANY_VALUE || !isfinite(value))
        reader->failed = true;
    return value;
}

/* All but the answers. */
static void decode_head(struct response *response, struct reader *reader)
{
    response->period = (uint32_t)read_varint(reader);
    response->group = (uint32_t)read_varint(reader);
    for (size_t i = 0; i < PSEUDONYM_SIZE; i++)
        response->respondent[i] = read_u8(reader);
    response->submitted = read_signed(reader);
    response->partial = read_u8(reader) != 0;
}

int response_decode(struct response *response, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    decode_head(response, &reader);
    response->count = 0;
    const uint64_t count = read_varint(&reader);
    uint64_t item = 0;
    for (uint64_t i = 0; i < count && !reader.failed; i++) {
        const uint64_t step = read_varint(&reader);
        item += step;
        if (item > UINT32_MAX || (i > 0 && step == 0))
            reader.failed = true;
        response_add(response, (uint32_t)item, decode_value(&reader));
    }
    return reader.failed || reader_left(&reader) ? -1 : 0;
}

enum response_rank response_rank(const void *bytes, size_t size, const void *there, size_t there_size)
{
    struct response one = {0}, other = {0};
    struct reader reader = reader_of(bytes, size), other_reader = reader_of(there, there_size);
    if (size == there_size && (size == 0 || memcmp(bytes, there, size) == 0))
        return RESPONSE_SAME;
    decode_head(&one, &reader);
    decode_head(&other, &other_reader);
    if (reader.failed || other_reader.failed)
        return RESPONSE_COUNTS;
    if (one.partial != other.partial)
        return one.partial ? RESPONSE_UNFINISHED : RESPONSE_COUNTS;
    const bool has_times = one.submitted != INT64_MIN && other.submitted != INT64_MIN;
    return has_times && one.submitted < other.submitted ? RESPONSE_OLDER : RESPONSE_COUNTS;
}
