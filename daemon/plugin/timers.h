/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The timers of an instance of a plugin. */
#ifndef PLUGIN_TIMERS_H
#define PLUGIN_TIMERS_H

#include <uv.h>
#include <wijzer/plugin.h>

/* Of one instance. `state` is what its plugin made, and is there before the first timer fires. */
struct timers {
    uv_loop_t *loop;
    void *const *state;
    /* Each timer holds the owner from its start until it is closed on the loop. */
    void (*hold)(void *owner), (*release)(void *owner);
    void *owner;
    struct wz_timer *first;
};

struct wz_timer *timers_start(struct timers *timers, uint64_t first_ms, uint64_t repeat_ms, wz_timer_fn fire);
/* One that has been stopped already is let be. */
void timers_stop_one(struct timers *timers, struct wz_timer *timer);
void timers_stop(struct timers *timers);

#endif
