/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Indicators over a sliding window: their cells are kept by days, and their result is of the last so many,
 * today among them. At midnight, and at a start on another day than the last, all of them are computed anew.
 * Every hour it is also looked whether a wave is closed by now.
 */
#include "engine/calendar.h"
#include "engine/internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char owner[] = "engine", key[] = "window-day";

int window_register(struct store_tx *tx, struct indicator *indicator, struct error *error)
{
    char label[16];
    if (indicator->declaration.period != PERIOD_WINDOW)
        return 0;
    snprintf(label, sizeof label, "%dd", indicator->declaration.window_days);
    return store_period_intern(tx, indicator->calendar, label, INT64_MIN, &indicator->window, error);
}

/* ---- a new day ----------------------------------------------------------------------------------------- */

struct new_day {
    struct engine *engine;
    struct calendar_period day;
    bool is_new;
};

static int mark_indicators(struct store_tx *tx, const struct engine *engine, struct error *error)
{
    for (size_t i = 0; i < engine->indicator_count; i++) {
        const struct indicator *indicator = engine->indicators[i];
        for (size_t k = 0; indicator->window && indicator->id && k < indicator->declaration.input_count; k++)
            if (store_stale_mark_groups(tx, indicator->id, indicator->window, indicator->inputs[k]->id,
                                        error) != 0)
                return -1;
    }
    return 0;
}

static int take_day(struct store_tx *tx, void *data, struct error *error)
{
    struct new_day *today = data;
    struct buf known = {0};
    bool found;
    if (store_document_get(store_tx_view(tx), owner, key, &known, &found, error) != 0)
        return -1;
    const char *label = today->day.label;
    today->is_new = !found || known.size != strlen(label) || memcmp(known.data, label, known.size) != 0;
    buf_free(&known);
    if (!today->is_new)
        return 0;
    if (mark_indicators(tx, today->engine, error) != 0)
        return -1;
    return store_document_put(tx, owner, key, label, strlen(label), error);
}

static void sleep_through(struct engine *engine);

/* Mostly it is the same day still. */
static void on_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    const int64_t now = clock_read(engine->clock);
    engine->releasing.is_due = true; /* a wave may be closed */
    if (now >= engine->day_starts && now < engine->day_ends)
        sleep_through(engine);
    else
        engine->day_passed = true;
    engine_step(engine);
}

/* A clock that was set while we slept is noticed within the hour. */
static void sleep_through(struct engine *engine)
{
    enum { LONGEST_SLEEP_MS = 3600 * 1000 };
    const int64_t left = engine->day_ends - clock_read(engine->clock);
    uv_timer_start(&engine->day_timer, on_timer,
                   left < 0                  ? 0
                   : left > LONGEST_SLEEP_MS ? LONGEST_SLEEP_MS
                                             : (uint64_t)left,
                   0);
}

static void on_taken(void *data, const struct error *error)
{
    struct new_day *today = data;
    struct engine *engine = today->engine;
    if (error) {
        engine->day_passed = true;
        free(today);
        engine_step_failed(engine, error);
        return;
    }
    for (size_t i = 0; i < engine->indicator_count && today->is_new; i++)
        engine->indicators[i]->maybe_stale = true;
    engine->day_starts = today->day.starts;
    engine->day_ends = today->day.ends;
    sleep_through(engine);
    free(today);
    engine_step_done(engine);
}

/* Is it of a window, or of waves that may be closed by then? */
static bool goes_by_days(const struct engine *engine, const struct indicator *indicator)
{
    return indicator->window || (indicator->declaration.instrument && engine->min_change > 1);
}

static bool has_anything_by_days(const struct engine *engine)
{
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (goes_by_days(engine, engine->indicators[i]))
            return true;
    return false;
}

/* Without any of these there is nothing to wake up for. */
bool windows_begin(struct engine *engine)
{
    if (!engine->day_passed)
        return false;
    engine->day_passed = false;
    uv_timer_stop(&engine->day_timer);
    if (!has_anything_by_days(engine))
        return false;
    struct new_day *today = mem_alloc(sizeof *today);
    *today = (struct new_day){.engine = engine, .day = calendar_find(PERIOD_DAY, clock_read(engine->clock))};
    store_write(engine->store, take_day, on_taken, today);
    return true;
}
