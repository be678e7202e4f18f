/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: events one by one, wherever they are kept. */
#ifndef STORE_EVENT_READER_H
#define STORE_EVENT_READER_H

#include "store/database.h"
#include "store/event_block.h"
#include "store/event_detail.h"
#include "store/event_runs.h"

/* Zeroed is ready. What was read last stays at hand, for what is asked next is often beside it. */
struct event_reader {
    struct runs runs;
    struct block block;
    uint64_t block_first; /* the key of the one at hand; 0: none */
    struct buf tail;
    uint64_t closed_first, closed_last; /* of a segment whose texts name nobody but by marks */
};

struct kept_event {
    uint64_t position;
    int64_t stored;
    uint8_t id[16];
    const uint8_t *bytes; /* the detail, which lives until something else is read */
    size_t size;
};

void event_reader_free(struct event_reader *reader);
/* What is at hand may no longer be so. */
void event_reader_forget(struct event_reader *reader);

int event_read(struct event_reader *reader, struct store_view *view, uint64_t position,
               struct kept_event *event, bool *found, struct error *error);
int event_read_by_id(struct event_reader *reader, struct store_view *view, const uint8_t id[16],
                     struct kept_event *event, bool *found, struct error *error);
/* Brings to hand the block that a position would be in; *found is false where there is none. */
int event_read_block(struct event_reader *reader, struct store_view *view, uint64_t position, bool *found,
                     struct error *error);
int event_damaged(uint64_t position, struct error *error);

/* Of the tail: seq, stored, id and body. */
void event_of_row(sqlite3_stmt *row, struct kept_event *event);

#endif
