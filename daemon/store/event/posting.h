/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: the positions, within a segment, of the events that a key finds. */
#ifndef STORE_EVENT_POSTING_H
#define STORE_EVENT_POSTING_H

#include "base/buf.h"

/* So many positions a list has at most: a segment has no more events. */
enum { SEGMENT_EVENTS = 8192 };

/* Zeroed is empty. Positions count from that of the segment's first event, and ascend. */
struct posting {
    uint32_t *at;
    size_t count, capacity;
};

void posting_free(struct posting *posting);
void posting_add(struct posting *posting, uint32_t at);
/* Appends to `out`. */
void posting_encode(const uint32_t *at, size_t count, struct buf *out);
/* -1: malformed. */
int posting_decode(struct posting *posting, const void *bytes, size_t size);
/* Leaves those that `other` has, too. */
void posting_intersect(struct posting *posting, const struct posting *other);
void posting_remove(struct posting *posting, uint32_t at);

#endif
