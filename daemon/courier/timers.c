/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "courier/internal.h"

#include "base/mem.h"

#include <stdlib.h>

struct wz_timer {
    struct wz_timer *next;
    struct wz_instance *instance;
    uv_timer_t timer;
    wz_timer_fn fire;
};

static void on_fire(uv_timer_t *handle)
{
    struct wz_timer *timer = handle->data;
    timer->fire(timer->instance->state, timer);
}

static void timer_closed(uv_handle_t *handle)
{
    struct wz_timer *timer = handle->data;
    struct courier *courier = timer->instance->courier;
    free(timer);
    courier_release(courier);
}

struct wz_timer *courier_timer_start(struct wz_instance *instance, uint64_t first_ms, uint64_t repeat_ms,
                                     wz_timer_fn fire)
{
    struct wz_timer *timer = mem_alloc(sizeof *timer);
    *timer = (struct wz_timer){.next = instance->timers, .instance = instance, .fire = fire};
    uv_timer_init(instance->courier->options.loop, &timer->timer);
    timer->timer.data = timer;
    uv_timer_start(&timer->timer, on_fire, first_ms, repeat_ms);
    instance->timers = timer;
    courier_hold(instance->courier);
    return timer;
}

void courier_timer_stop(struct wz_instance *instance, struct wz_timer *timer)
{
    struct wz_timer **link = &instance->timers;
    while (*link && *link != timer)
        link = &(*link)->next;
    if (!*link)
        return; /* stopped already */
    *link = timer->next;
    uv_close((uv_handle_t *)&timer->timer, timer_closed);
}

void courier_timers_stop(struct wz_instance *instance)
{
    while (instance->timers)
        courier_timer_stop(instance, instance->timers);
}
