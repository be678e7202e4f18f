/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: how the cells of events are kept.
 *
 * The cell itself (store_cell_get) is a *head*: the summary (stats/event_summary.h), and behind it, for each
 * tally, how many entries it has and how it is divided; a small one stands there whole. One that has grown is
 * kept in *members*: parts of some hundred entries, by a hash of the value. What comes waits in the head, in
 * a *tail* of its tally, until there is enough for the parts: an event changes the head, and now and then one
 * part of each tally, however many others there are. What is taken back goes to the parts at once. Results,
 * and who is to be shown, follow from the summary alone.
 *
 * Tally 0 is of actors, tally 1 of what the input tells apart or makes of each event, where it does.
 */
#ifndef ENGINE_EVENT_MEMBERS_H
#define ENGINE_EVENT_MEMBERS_H

#include "engine/event/head.h"
#include "engine/known_cells.h"

/* Adds a settled change to it, and tells what is known of it. 1: it did not add up, and some of it may have
 * been written: the input is to be reset. */
int event_members_apply(const struct event_place *place, const struct cell *change, struct known_cells *known,
                        struct store_tx *tx, struct error *error);

/* Is it, with the head of these bytes (size 0: there is none), what a settled cell says? */
int event_members_compare(const struct event_place *place, const void *bytes, size_t size,
                          const struct cell *expected, struct store_view *view, bool *same,
                          struct error *error);

#endif
