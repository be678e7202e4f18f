/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/detail.h"

#include "base/mem.h"

#include <wijzer/record.h>

#include <stdlib.h>
#include <string.h>

enum { FLAG_VOIDS = 1, FLAG_NAMES_OPENLY = 2, FLAG_FINGERPRINTED = 4 };

void detail_free(struct detail *detail)
{
    free(detail->people);
    free(detail->keys);
    *detail = (struct detail){0};
}

/* ---- texts --------------------------------------------------------------------------------------------- */

bool text_next_piece(const char *raw, size_t size, size_t *at, struct text_piece *piece)
{
    if (*at >= size)
        return false;
    const char *start = raw + *at, *end = raw + size;
    const char *mark = memchr(start, WZ_PERSON_MARK[0], (size_t)(end - start));
    if (mark != start) {
        const char *stop = mark ? mark : end;
        *piece = (struct text_piece){.bytes = start, .size = (size_t)(stop - start)};
        *at += piece->size;
        return true;
    }
    const char *close = memchr(start + 1, WZ_PERSON_MARK[0], (size_t)(end - start) - 1);
    size_t person = close && close > start + 1 ? 0 : SIZE_MAX;
    for (const char *c = start + 1; close && c < close && person != SIZE_MAX; c++)
        person = *c >= '0' && *c <= '9' && person < MOST_EVENT_PEOPLE ? 10 * person + (size_t)(*c - '0')
                                                                      : SIZE_MAX;
    *piece = (struct text_piece){.bytes = start,
                                 .size = close ? (size_t)(close - start) + 1 : (size_t)(end - start),
                                 .is_mark = true,
                                 .person = person};
    *at += piece->size;
    return true;
}

static bool names_openly(const struct store_event *event)
{
    enum { FEW = 64 };
    bool open = false;
    uint8_t few[FEW] = {0}, *marked = event->people_count <= FEW ? few : mem_alloc(event->people_count);
    struct text_piece piece;
    size_t at = 0;
    while (text_next_piece(event->raw, event->raw_size, &at, &piece))
        if (piece.is_mark && piece.person < event->people_count)
            marked[piece.person] = 1;
    for (size_t i = 0; i < event->people_count; i++)
        open |= !marked[i];
    if (marked != few)
        free(marked);
    return open;
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

/* The keys come first, so that who looks for some reads nothing else. */
void detail_encode(const struct store_event *event, const uint64_t *keys, size_t key_count, struct buf *out)
{
    const int flags = (event->voids ? FLAG_VOIDS : 0) | (names_openly(event) ? FLAG_NAMES_OPENLY : 0) |
                      (event->has_digest_of_before ? 0 : FLAG_FINGERPRINTED);
    buf_put_varint(out, key_count);
    for (size_t i = 0; i < key_count; i++)
        buf_put_u64(out, keys[i]);
    buf_put_u8(out, (uint8_t)flags);
    buf_put_signed(out, event->time);
    buf_put_u64(out, event->digest);
    buf_put_varint(out, event->people_count);
    for (size_t i = 0; i < event->people_count; i++)
        buf_put_varint(out, event->people[i]);
    buf_put_varint(out, event->attachment_count);
    buf_put_bytes(out, event->raw, event->raw_size);
}

static void read_keys(struct reader *reader, struct detail *detail)
{
    const uint64_t count = read_varint(reader);
    detail->key_count = 0;
    if (count > MOST_EVENT_KEYS || count > reader_left(reader) / 8)
        reader->failed = true;
    if (reader->failed)
        return;
    if (count > detail->key_capacity) {
        detail->key_capacity = count;
        detail->keys = mem_resize(detail->keys, count, sizeof *detail->keys);
    }
    for (uint64_t i = 0; i < count; i++)
        detail->keys[detail->key_count++] = read_u64(reader);
}

static void read_people(struct reader *reader, struct detail *detail)
{
    const uint64_t count = read_varint(reader);
    detail->people_count = 0;
    if (count > MOST_EVENT_PEOPLE || count > reader_left(reader))
        reader->failed = true;
    if (reader->failed)
        return;
    if (count > detail->people_capacity) {
        detail->people_capacity = count;
        detail->people = mem_resize(detail->people, count, sizeof *detail->people);
    }
    for (uint64_t i = 0; i < count; i++)
        detail->people[detail->people_count++] = (uint32_t)read_varint(reader);
}

int detail_decode_keys(struct detail *detail, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    read_keys(&reader, detail);
    return reader.failed ? -1 : 0;
}

int detail_decode(struct detail *detail, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    read_keys(&reader, detail);
    const uint8_t flags = read_u8(&reader);
    detail->voids = flags & FLAG_VOIDS;
    detail->names_openly = flags & FLAG_NAMES_OPENLY;
    detail->has_digest_of_before = !(flags & FLAG_FINGERPRINTED);
    detail->time = read_signed(&reader);
    detail->digest = read_u64(&reader);
    read_people(&reader, detail);
    detail->attachment_count = (size_t)read_varint(&reader);
    detail->raw = (const char *)read_bytes(&reader, &detail->raw_size);
    return reader.failed || reader_left(&reader) ? -1 : 0;
}

/* Both are in ascending order, but few are looked for. */
bool detail_has_keys(const struct detail *detail, const uint64_t *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = detail->key_count;
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (detail->keys[middle] < keys[i])
                low = middle + 1;
            else
                high = middle;
        }
        if (low == detail->key_count || detail->keys[low] != keys[i])
            return false;
    }
    return true;
}

bool detail_names(const struct detail *detail, uint32_t person)
{
    for (size_t i = 0; i < detail->people_count; i++)
        if (detail->people[i] == person)
            return true;
    return false;
}
