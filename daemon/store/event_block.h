/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: details of events that came one after the other, compressed together. */
#ifndef STORE_EVENT_BLOCK_H
#define STORE_EVENT_BLOCK_H

#include "base/buf.h"

#include <stdint.h>

/* One that is being filled is closed once its details have so many bytes. */
enum { BLOCK_BYTES = 128 << 10 };

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
/* Appends to `out`. */
void block_pack(struct block *block, struct buf *out);
/* -1: malformed; then it is empty. */
int block_unpack(struct block *block, const void *bytes, size_t size);
/* NULL where there is none. */
const struct block_entry *block_find(const struct block *block, uint64_t position);

#endif
