/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event as the log keeps it, which is all that is counted: names replaced by numbers, the actor by that of
 * a pseudonym. Its time stands beside it; what it was like when it came, elsewhere (store/events.h). */
#ifndef STORE_EVENT_H
#define STORE_EVENT_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

struct event {
    uint32_t group; /* the innermost one, see store_group; 0: none */
    uint32_t actor, verb, object;
    /* What it measures, by number of an item ("duration"). */
    size_t count, capacity;
    uint32_t *items;
    double *values;
};

void event_free(struct event *event);
void event_add(struct event *event, uint32_t item, double value);
/* NaN where it does not measure that. */
double event_value(const struct event *event, uint32_t item);
void event_encode(const struct event *event, struct buf *out);
/* Reuses the memory that `event` has. -1: malformed. */
int event_decode(struct event *event, const void *bytes, size_t size);

#endif
