/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: what is kept of an event beside what the log says of it, as bytes. */
#ifndef STORE_EVENT_DETAIL_H
#define STORE_EVENT_DETAIL_H

#include "store/events.h"

/* The longest text of an event. */
enum { LONGEST_TEXT = 16 << 20 };

/* Of the keys of what an event speaks about it is found by so many: of events that speak about one another,
 * each would else be larger than the one before. */
enum { MOST_INHERITED_KEYS = 256 };

struct detail {
    int64_t time;
    uint64_t digest;
    bool has_digest_of_before; /* as in struct store_event */
    bool voids;
    bool names_openly; /* somebody among its people has no mark in the text */
    size_t attachment_count;
    /* Belong to the detail, and are used again by the next decoding. */
    uint32_t *people;
    size_t people_count, people_capacity;
    uint64_t *keys; /* in ascending order, each once */
    size_t key_count, key_capacity;
    /* Into the bytes that were decoded; not NUL-terminated. */
    const char *raw;
    size_t raw_size;
};

void detail_free(struct detail *detail);
/* `keys`, in ascending order, take the place of the event's. */
void detail_encode(const struct store_event *event, const uint64_t *keys, size_t key_count, struct buf *out);
/* -1: malformed. */
int detail_decode(struct detail *detail, const void *bytes, size_t size);
/* Only the keys. */
int detail_decode_keys(struct detail *detail, const void *bytes, size_t size);
bool detail_has_keys(const struct detail *detail, const uint64_t *keys, size_t count);
bool detail_names(const struct detail *detail, uint32_t person);

/* A piece of the text: bytes as they are, or a mark. */
struct text_piece {
    const char *bytes;
    size_t size;
    bool is_mark;
    size_t person; /* of a mark; SIZE_MAX where it has no number */
};
/* The next one from *at on, which is moved behind it; false at the end. */
bool text_next_piece(const char *raw, size_t size, size_t *at, struct text_piece *piece);

#endif
