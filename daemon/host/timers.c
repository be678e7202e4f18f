/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/mem.h"

#include <stdlib.h>

static void on_fire(uv_timer_t *handle)
{
    struct wz_timer *timer = handle->data;
    timer->fire(timer->instance->state, timer);
}

static void timer_closed(uv_handle_t *handle)
{
    struct wz_timer *timer = handle->data;
    struct host *host = timer->instance->host;
    free(timer);
    host_release(host);
}

struct wz_timer *timers_start(struct wz_instance *instance, uint64_t first_ms, uint64_t repeat_ms,
                              wz_timer_fn fire)
{
    struct wz_timer *timer = mem_alloc(sizeof *timer);
    *timer = (struct wz_timer){.next = instance->timers, .instance = instance, .fire = fire};
    uv_timer_init(instance->host->parts.loop, &timer->timer);
    timer->timer.data = timer;
    uv_timer_start(&timer->timer, on_fire, first_ms, repeat_ms);
    instance->timers = timer;
    host_hold(instance->host);
    return timer;
}

void timers_stop_one(struct wz_instance *instance, struct wz_timer *timer)
{
    struct wz_timer **link = &instance->timers;
    while (*link && *link != timer)
        link = &(*link)->next;
    if (!*link)
        return; /* stopped already */
    *link = timer->next;
    uv_close((uv_handle_t *)&timer->timer, timer_closed);
}

void timers_stop(struct wz_instance *instance)
{
    while (instance->timers)
        timers_stop_one(instance, instance->timers);
}
