/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the store room: for each key of a segment the list of the positions that it finds, as they are kept:
 * some hundred bytes of them to a row, in the order of their keys as signed numbers. Most keys find one event
 * or two, which a row each would cost more than the list.
 */
#ifndef STORE_EVENT_LISTS_H
#define STORE_EVENT_LISTS_H

#include "store/event/posting.h"
#include "store/store.h"

/* On the way to the table; zeroed but for the first two. */
struct lists_writer {
    struct store_tx *tx;
    uint64_t segment;
    uint64_t first, last; /* keys in the row that is being filled */
    struct buf row, list;
};

/* Keys come in ascending order, as signed numbers. */
int lists_put(struct lists_writer *writer, uint64_t key, const struct posting *posting, struct error *error);
/* Puts the last row, where `result` is 0, and frees what the writer has. Returns -1 where either failed. */
int lists_end(struct lists_writer *writer, int result, struct error *error);

/* What a key finds in a segment, which may be nothing. */
int lists_read(struct store_view *view, uint64_t segment, uint64_t key, struct posting *posting,
               struct error *error);
/* Takes a position out of a key's list. */
int lists_remove(struct store_tx *tx, uint64_t segment, uint64_t key, uint32_t at, struct error *error);

#endif
