/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: what windows put together of days, kept in memory.
 *
 * A window of 28 days is made of 28 cells for each group and input; an event changes one of them. So what was
 * put together once is kept, and events that come are added to it as they are added to their cells. Where one
 * is taken back, or the days of the window are others than before, it is put together anew. Nothing depends
 * on it but time: without room for more, windows are read from their days.
 *
 * Steps of the engine use it one at a time.
 */
#ifndef ENGINE_WINDOW_SUMS_H
#define ENGINE_WINDOW_SUMS_H

#include "engine/event/days.h"

struct window_sums;

struct window_sums *window_sums_new(void);
void window_sums_free(struct window_sums *sums);
/* Nothing is known any more: cells were changed in other ways than window_sums_add tells. */
void window_sums_clear(struct window_sums *sums);

/* Days that are put together. */
struct window_days {
    uint32_t window;      /* the period of its results: windows of one length have the same */
    const uint32_t *days; /* periods */
    size_t count;
};

/* Appends the summary of an input's days in a group; nothing where there is no event. `sums` may be NULL. */
int window_sums_read(struct window_sums *sums, const struct input *input, const struct window_days *days,
                     uint32_t group, struct store_view *view, struct buf *out, struct error *error);

/* A settled change has been added to a cell, and committed. */
void window_sums_add(struct window_sums *sums, const struct event_place *place, const struct cell *change);

#endif
