/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: cells of several days of events, put together. */
#ifndef ENGINE_EVENT_DAYS_H
#define ENGINE_EVENT_DAYS_H

#include "engine/event/head.h"

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

#endif
