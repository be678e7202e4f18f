/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: events one by one, wherever they are kept. */
#ifndef STORE_EVENT_READER_H
#define STORE_EVENT_READER_H

#include "store/database.h"
#include "store/event/block.h"
#include "store/event/detail.h"
#include "store/event/runs.h"

/* Zeroed is ready. What was read last stays at hand, for what is asked next is often beside it. */
struct event_reader {
    struct runs runs;
    struct block block;
    uint64_t block_first;               /* the key of the one at hand; 0: none */
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
/* The block that a position would be in, NULL where there is none: the reader's, unless it is the open one of
 * the writer. Lives until something else is read. */
int event_block_at(struct event_reader *reader, struct store_view *view, uint64_t position,
                   const struct block **block, struct error *error);
/* Brings to hand the block of a row that has been read: its first, ids and body. */
int event_take_block(struct event_reader *reader, sqlite3_stmt *row, struct error *error);
struct kept_event event_of_entry(const struct block *block, const struct block_entry *entry);
/* The block of events that are no row yet, which come after all others; NULL: there are none. */
const struct block *event_open_block(const struct store_view *view);
int event_damaged(uint64_t position, struct error *error);

#endif
