/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: how the cells of events are kept.
 *
 * The cell itself (store_cell_get) is a *head*: the summary (stats/event_summary.h), and behind it, for each
 * tally, how many entries it has and how it is divided; a small one stands there whole. One that has grown is
 * kept in *members*: parts of some hundred entries, by a hash of the value. What an event changes is the head
 * and one part of each tally, however many others there are. Results, and who is to be shown, follow from the
 * head alone.
 *
 * Tally 0 is of actors, tally 1 of what the input tells apart or makes of each event, where it does.
 */
#ifndef ENGINE_EVENT_MEMBERS_H
#define ENGINE_EVENT_MEMBERS_H

#include "engine/event_cells.h"
#include "engine/known_cells.h"
#include "stats/event_summary.h"

/* The cell of an input. */
struct event_place {
    const struct input *input;
    uint32_t period, group;
};

/* Adds a settled change to it, and tells what is known of it. 1: it did not add up, and some of it may have
 * been written: the input is to be reset. */
int event_members_apply(const struct event_place *place, const struct cell *change, struct known_cells *known,
                        struct store_tx *tx, struct error *error);

/* Several days of a cell, put together. */
struct event_days {
    struct event_summary summary;
    struct roaring_bitmap_s *sets[2]; /* of people, and of kinds */
    bool has_kinds;
};

void event_days_init(struct event_days *days, const struct input *input);
void event_days_free(struct event_days *days);
/* Puts the cells of these periods together. */
int event_days_read(struct event_days *whole, const struct input *input, const uint32_t *days,
                    size_t day_count, uint32_t group, struct store_view *view, struct error *error);
/* Adds a settled change of one of the days. false: something is taken back, which cannot be told from what is
 * put together; nothing is added then. */
bool event_days_add(struct event_days *days, const struct cell *change);
/* Appends the summary; nothing where there is no event. */
void event_days_encode(const struct event_days *days, struct buf *out);
/* About how many bytes its sets take. */
size_t event_days_bytes(const struct event_days *days);

/* Is it, with the head of these bytes (size 0: there is none), what a settled cell says? */
int event_members_compare(const struct event_place *place, const void *bytes, size_t size,
                          const struct cell *expected, struct store_view *view, bool *same,
                          struct error *error);

#endif
