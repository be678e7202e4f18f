/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/event_digest.h"

#include <wijzer/record.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = WZ_PERSON_MARK;

/* Little-endian. */
static uint64_t number_of(const uint8_t bytes[sizeof(uint64_t)])
{
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; i++)
        number |= (uint64_t)bytes[i] << (8 * i);
    return number;
}

/* Where the number of a mark ends, which begins with its first byte. */
static const char *mark_end(const char *open, const char *end)
{
    const char *close = memchr(open + 1, mark[0], (size_t)(end - open) - 1);
    return close ? close + 1 : end;
}

/* Of marks only that they are there. */
static void hash_piece(crypto_generichash_state *hash, const char *text, const char *end)
{
    for (const char *open; (open = memchr(text, mark[0], (size_t)(end - text))) != NULL;) {
        crypto_generichash_update(hash, (const uint8_t *)text, (size_t)(open + 1 - text));
        text = mark_end(open, end);
    }
    crypto_generichash_update(hash, (const uint8_t *)text, (size_t)(end - text));
}

void event_fingerprint(const struct event_content *content, uint8_t out[FINGERPRINT_SIZE])
{
    const char *text = content->text, *time = text + content->time_at;
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, FINGERPRINT_SIZE);
    hash_piece(&hash, text, time);
    hash_piece(&hash, time + content->time_size, text + strlen(text));
    crypto_generichash_final(&hash, out, FINGERPRINT_SIZE);
}

static uint32_t person_of(const char *open, const uint32_t *people)
{
    return people[strtoul(open + 1, NULL, 10)];
}

uint64_t event_digest(const struct event_content *content, const uint8_t fingerprint[FINGERPRINT_SIZE],
                      const uint32_t *people, bool with_time, struct buf *room)
{
    uint8_t digest[crypto_shorthash_BYTES];
    _Static_assert(FINGERPRINT_SIZE == crypto_shorthash_KEYBYTES, "it is the key");
    const char *end = content->text + strlen(content->text);
    buf_clear(room);
    for (const char *open = content->text; (open = memchr(open, mark[0], (size_t)(end - open))) != NULL;
         open = mark_end(open, end))
        buf_put_u32(room, person_of(open, people));
    if (with_time)
        buf_put(room, content->text + content->time_at, content->time_size);
    crypto_shorthash(digest, room->size ? room->data : digest, room->size, fingerprint);
    return number_of(digest);
}

/* ---- as it was ----------------------------------------------------------------------------------------- */

static void hash_piece_of_before(crypto_generichash_state *hash, const char *text, const char *end,
                                 const uint32_t *people)
{
    for (const char *open; (open = memchr(text, mark[0], (size_t)(end - text))) != NULL;) {
        const uint32_t person = person_of(open, people);
        const uint8_t number[] = {(uint8_t)mark[0], (uint8_t)person, (uint8_t)(person >> 8),
                                  (uint8_t)(person >> 16), (uint8_t)(person >> 24)};
        crypto_generichash_update(hash, (const uint8_t *)text, (size_t)(open - text));
        crypto_generichash_update(hash, number, sizeof number);
        text = mark_end(open, end);
    }
    crypto_generichash_update(hash, (const uint8_t *)text, (size_t)(end - text));
}

uint64_t event_digest_of_before(const struct event_content *content, const uint32_t *people, bool with_time)
{
    const char *text = content->text, *time = text + content->time_at;
    const char *behind = with_time ? time : time + content->time_size;
    uint8_t bytes[crypto_generichash_BYTES_MIN];
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, sizeof bytes);
    hash_piece_of_before(&hash, text, time, people);
    hash_piece_of_before(&hash, behind, text + strlen(text), people);
    crypto_generichash_final(&hash, bytes, sizeof bytes);
    return number_of(bytes);
}
