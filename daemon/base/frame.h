/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages on a pipe: a 4-byte little-endian length of what follows, one byte that names the kind, and a
 * payload in the notation of base/buf.h.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include "base/buf.h"

enum { FRAME_LONGEST = 64 << 20 };

/* Starts a frame at the end of `out`; returns where, for frame_end to fill in the length. */
size_t frame_begin(struct buf *out, uint8_t kind);
void frame_end(struct buf *out, size_t begin);

/* Is a whole frame at the front of the bytes? 1: *kind, *payload and *size (of the whole frame, to consume)
 * are set; 0: more is needed; -1: it is not one. */
int frame_next(const void *bytes, size_t available, uint8_t *kind, struct reader *payload, size_t *size);

#endif
