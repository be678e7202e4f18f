/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: who is in cells of events, kept in memory.
 *
 * What comes in falls into the same few periods, today and this week. Who of them is new to a cell that is
 * kept in parts could only be told by reading the part that each would be in; so its members are read once.
 * Nothing depends on it but time, and there is room for so many only: the others are looked for in the store.
 *
 * As with known_cells, steps of the engine use it one at a time, and after one that failed it has to be
 * cleared.
 */
#ifndef ENGINE_EVENT_KNOWN_MEMBERS_H
#define ENGINE_EVENT_KNOWN_MEMBERS_H

#include "engine/event/head.h"

#include "base/map.h"

/* Zeroed is empty. */
struct known_members {
    struct known_set *sets;
    size_t count, capacity, bytes;
    struct map numbers;   /* in `sets`, of an input, period, group and tally */
    size_t found, missed; /* of what was asked for since there is no room */
};

void known_members_clear(struct known_members *known);

/* Adds those of a settled change in which nothing is taken away, and says how many of them are new to the
 * tally; its head is of before. *are_known false: there is no room for them, and nothing is added. */
int known_members_add(struct known_members *known, const struct event_place *place, const struct head *head,
                      size_t tally, const struct tally *change, struct store_view *view, bool *are_known,
                      size_t *added, struct error *error);
/* The tally was changed in another way. */
void known_members_forget(struct known_members *known, const struct event_place *place, size_t tally);

#endif
