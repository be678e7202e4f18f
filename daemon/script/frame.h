/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frames of script/PROTOCOL.md, for both ends. */
#ifndef SCRIPT_FRAME_H
#define SCRIPT_FRAME_H

#include "base/buf.h"

enum frame_kind {
    FRAME_LOAD = 'L',
    FRAME_UNLOAD = 'U',
    FRAME_DERIVE = 'D',
    FRAME_COMPUTE = 'C',
    FRAME_LOADED = 'l',
    FRAME_DERIVED = 'd',
    FRAME_COMPUTED = 'c',
    FRAME_FAILED = 'f',
    FRAME_LOG = 'p',
};

enum { FRAME_LONGEST = 64 << 20 };

/* Starts a frame at the end of `out`; returns where, for frame_end to fill in the length. */
size_t frame_begin(struct buf *out, enum frame_kind kind);
void frame_end(struct buf *out, size_t begin);

/* Is a whole frame at the front of the bytes? 1: *kind, *payload and *size (of the whole frame, to consume)
 * are set; 0: more is needed; -1: it is not one. */
int frame_next(const void *bytes, size_t available, enum frame_kind *kind, struct reader *payload,
               size_t *size);

#endif
