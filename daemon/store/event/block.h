/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: events that came one after the other, their details compressed together, as rows of
 * the table event_block. */
#ifndef STORE_EVENT_BLOCK_H
#define STORE_EVENT_BLOCK_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* One that is being filled is full once it has so many bytes of details, or so many events. */
enum { BLOCK_BYTES = 128 << 10, BLOCK_EVENTS = 1024 };

struct block_entry {
    uint64_t position;
    int64_t stored;
    uint8_t id[16];
    size_t offset, size; /* of the detail, in `details` */
};

/* Zeroed is empty. In ascending order of positions. */
struct block {
    struct block_entry *entries;
    size_t count, capacity;
    struct buf details;
    struct buf scratch;
    void *compressor, *decompressor; /* zstd's, made when they are needed */
};

void block_free(struct block *block);
void block_clear(struct block *block);
void block_add(struct block *block, const struct block_entry *entry, const void *detail, size_t size);
/* Without one of its entries. */
void block_remove(struct block *block, size_t index);
bool block_is_full(const struct block *block);
/* Appends to `ids` those of its events, 16 bytes each, and to `body` all else. */
void block_pack(struct block *block, struct buf *ids, struct buf *body);
/* -1: malformed; then it is empty. Without ids it is of a store of before: they are in the body. */
int block_unpack(struct block *block, const void *ids, size_t ids_size, const void *body, size_t size);
/* How many bytes it has before it is compressed; 0: malformed. */
size_t block_plain_size(const void *body, size_t size);
/* NULL where there is none. */
const struct block_entry *block_find(const struct block *block, uint64_t position);

/* Puts a row, whose key is `first`: no later than its first event. It is not empty. */
int block_put_row(struct store_tx *tx, struct block *block, uint64_t first, struct error *error);
int block_remove_row(struct store_tx *tx, uint64_t first, struct error *error);
/* Puts what is left of a row's events in its place. Its key and its end stay, so that what is in it is found
 * as before. */
int block_rewrite_row(struct store_tx *tx, struct block *block, uint64_t first, struct error *error);

#endif
