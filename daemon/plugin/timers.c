/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/timers.h"

#include "base/mem.h"

#include <stdlib.h>

struct wz_timer {
    struct wz_timer *next;
    struct timers *timers;
    void (*release)(void *owner); /* the timers may be gone when it is closed */
    void *owner;
    uv_timer_t timer;
    wz_timer_fn fire;
};

static void on_fire(uv_timer_t *handle)
{
    struct wz_timer *timer = handle->data;
    timer->fire(*timer->timers->state, timer);
}

static void timer_closed(uv_handle_t *handle)
{
    const struct wz_timer timer = *(struct wz_timer *)handle->data;
    free(handle->data);
    timer.release(timer.owner);
}

struct wz_timer *timers_start(struct timers *timers, uint64_t first_ms, uint64_t repeat_ms, wz_timer_fn fire)
{
    struct wz_timer *timer = mem_alloc(sizeof *timer);
    *timer = (struct wz_timer){.next = timers->first,
                               .timers = timers,
                               .release = timers->release,
                               .owner = timers->owner,
                               .fire = fire};
    uv_timer_init(timers->loop, &timer->timer);
    timer->timer.data = timer;
    uv_timer_start(&timer->timer, on_fire, first_ms, repeat_ms);
    timers->first = timer;
    timers->hold(timers->owner);
    return timer;
}

void timers_stop_one(struct timers *timers, struct wz_timer *timer)
{
    struct wz_timer **link = &timers->first;
    while (*link && *link != timer)
        link = &(*link)->next;
    if (!*link)
        return;
    *link = timer->next;
    uv_close((uv_handle_t *)&timer->timer, timer_closed);
}

void timers_stop(struct timers *timers)
{
    while (timers->first)
        timers_stop_one(timers, timers->first);
}
