/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: what the writer knows of the events there are. */
#ifndef STORE_EVENT_WRITER_H
#define STORE_EVENT_WRITER_H

#include "store/event/reader.h"

#include <stdatomic.h>

/* Since when a transaction that is not on disk yet stores events: what was stored before is on disk. Written
 * by the writer, read by all. */
struct event_clock {
    _Atomic int64_t since;
};
enum { NOTHING_STORES = 0, SOMETHING_STORES = 1 };

struct event_writer;

/* Makes that of a transaction. `clock` lives as long as this does. */
int event_writer_make(struct store_tx *tx, struct event_clock *clock, struct error *error);
void event_writer_free(struct event_writer *writer);
/* The transaction is over, kept or not. */
void event_writer_committed(struct event_writer *writer);
/* What came behind a position of the log was undone. */
void event_writer_undone(struct event_writer *writer, uint64_t position);
/* Where events are kept has changed. */
void event_writer_moved(struct event_writer *writer);
/* Gives back what is only kept at hand. */
void event_writer_rest(struct store_tx *tx);

/* Whether an id may be that of an event there is, or of one that was taken back before it came. */
bool event_writer_may_know(const struct event_writer *writer, const uint8_t id[16]);
/* It may be so from now on: of one that is awaited, and of those that are packed, in ascending order. */
void event_writer_know(struct event_writer *writer, const uint8_t id[16]);
void event_writer_know_packed(struct event_writer *writer, const struct run_entry *entries, size_t count);
/* The time at which an event is stored now. */
int64_t event_writer_stamp(struct event_writer *writer);
struct event_reader *event_writer_reader(struct event_writer *writer);
struct event_tail *event_writer_tail(struct event_writer *writer);

/* Up to when all that was stored is on disk, for a view that is taken after this; INT64_MIN: not known. */
int64_t event_clock_through(struct event_clock *clock);
/* When the last event of the view was stored; 0: there is none. */
int event_last_stored(struct store_view *view, int64_t *stored, struct error *error);

/* A segment has no more than SEGMENT_EVENTS events, and about so many bytes of them. */
enum { SEGMENT_BYTES = 32 << 20 };

/* Does the tail have as much as so many segments? */
bool events_fill(const struct store_tx *tx, size_t segments);
/* Packs the oldest segment of the tail, in a transaction; ERROR_NOT_FOUND where that is not full. */
int events_pack(struct store_tx *tx, struct error *error);
/* Removes for good the events that a forgetting has noted (see store/forget.h); the log's entries stay. */
int events_remove_forgotten(struct store_tx *tx, uint64_t forgetting, struct error *error);
/* An event was taken back by the entry at `gone`; no other entry will do so. */
int events_mark_gone(struct store_tx *tx, uint64_t position, uint64_t gone, struct error *error);
/* *gone is 0 where it was not. */
int events_gone(struct store_view *view, uint64_t position, uint64_t *gone, struct error *error);
/* Whether the event's text names the person, and not by a mark. */
int events_name_openly(struct event_reader *reader, struct store_view *view, uint64_t position,
                       uint32_t person, bool *openly, struct error *error);

#endif
