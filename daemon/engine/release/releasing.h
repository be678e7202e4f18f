/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: when answers that wait are let into the cells (engine/release/release.h says
 * which). */
#ifndef ENGINE_RELEASING_H
#define ENGINE_RELEASING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct engine;

/* An instrument that something came in for since the start. */
struct delivered_instrument {
    char *instrument;
    unsigned deliveries; /* that are under way */
    uint64_t held_until; /* uv_now; after one that was cut short */
};

struct releasing {
    bool is_due;      /* something may have to be released */
    bool has_started; /* what waited at the start has been looked at */
    size_t waiting;   /* groups, as of the last look */
    struct delivered_instrument *instruments;
    size_t instrument_count;
    uv_timer_t timer; /* until nothing is held any more */
};

/* Begins a step, where there may be something to release. false: there is not. */
bool releasing_begin(struct engine *engine);
void releasing_free(struct releasing *releasing);

#endif
