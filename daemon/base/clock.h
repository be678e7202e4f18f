/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z, by the clock on the wall: it can be set back. */
int64_t clock_now(void);

/* Milliseconds since some moment, by a clock that is never set. */
int64_t clock_ticks(void);

/* Milliseconds that a processor has spent on the calling thread: others on the machine do not make it longer.
 */
int64_t clock_of_thread(void);

/* What time it is for whoever is given one: an indicator's calendar can be tried on another day than today.
 */
struct clock {
    int64_t (*now)(void *data); /* milliseconds since 1970-01-01T00:00:00Z; from any thread */
    void *data;
};
extern const struct clock clock_on_the_wall;

static inline int64_t clock_read(const struct clock *clock)
{
    return clock->now(clock->data);
}

#endif
