/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the store room: the newest events, which are in no segment yet. They are the rows of event_block
 * behind the last segment, and in the writer's transaction a block that is still open: it becomes a row when
 * it is full, and before anybody else can see the transaction.
 */
#ifndef STORE_EVENT_TAIL_H
#define STORE_EVENT_TAIL_H

#include "store/event/block.h"
#include "store/event/runs.h"

/* Zeroed is empty. */
struct event_tail {
    struct block open;
    /* Where which id is, by its hash: open addressing, and a position of 0 is a free slot. An entry's
     * position is that of the event or of another one of its block. Some say what is packed now, or gone. */
    struct run_entry *slots;
    size_t slot_count, used;
    uint64_t secret; /* by which a hash has its slot: whoever sends events chooses their ids */
    uint64_t newest; /* the last position of them */
};

/* What of the tail is undone with a transaction. The last rows of it may be small ones, one behind the other,
 * which are joined once together they make a full one. */
struct tail_counts {
    uint64_t events, bytes; /* of details, before they are compressed */
    uint64_t small_first;   /* the key of the first small one; 0: there is none */
    uint64_t small_events, small_bytes;
    uint64_t packed;    /* what is up to this position is in segments */
    bool may_be_merged; /* a run of ids was added since it was seen that there are few */
};

void tail_free(struct event_tail *tail);
/* Learns the ids that are in the rows behind `packed`. */
int tail_load(struct event_tail *tail, uint64_t packed, struct store_view *view, struct error *error);
/* Counts what is in the rows; on failure *counts stays as it was. */
int tail_count(struct tail_counts *counts, struct store_view *view, struct error *error);
/* Gives back what is only kept at hand, between transactions. */
void tail_rest(struct event_tail *tail, uint64_t packed);
/* Adds an event to the open block of the transaction; its offset and size are not looked at. */
int tail_add(struct store_tx *tx, const struct block_entry *entry, const void *detail, size_t size,
             struct error *error);
/* The open block becomes a row, if anything is in it. */
int tail_close(struct store_tx *tx, struct error *error);
/* What came behind `position` was undone. */
void tail_undone(struct event_tail *tail, uint64_t position);
/* So many of its events are no longer of it. */
void tail_lost(struct tail_counts *counts, uint64_t events, uint64_t bytes);
/* The one at a position is gone. */
void tail_lost_event(struct tail_counts *counts, uint64_t position, uint64_t bytes);
/* Calls `visit` with the position of each block that an event of this hash may be in; non-zero ends it, and
 * is returned. */
int tail_find(const struct event_tail *tail, uint64_t hash,
              int (*visit)(void *data, uint64_t position, struct error *error), void *data,
              struct error *error);
/* Whether there may be an event of this hash. */
bool tail_has(const struct event_tail *tail, uint64_t hash);

bool tail_wants_joining(const struct tail_counts *counts);
/* Makes full blocks of the small ones at the end, in a transaction; the last stays open. */
int tail_join(struct store_tx *tx, struct error *error);

#endif
