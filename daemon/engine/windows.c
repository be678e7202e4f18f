/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a new day changes, at midnight and at a start on another day than the last. Indicators over a sliding
 * window have their cells by days, and their result is of the last so many, today among them: all of them are
 * computed anew. Where there are results of a period that begins, of events that were dated ahead, they are
 * the latest now: their alerts are judged again. Every hour it is also looked whether a wave is closed by
 * now.
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

/* The groups of an alert whose latest period is another one now. */
struct moving {
    struct store_tx *tx;
    uint32_t alert;
    const char *from, *to; /* days, of which the later one is among those that matter */
    bool failed;
    struct error *error;
};

static int mark_group(void *data, const struct store_result *result)
{
    struct moving *moving = data;
    moving->failed = store_alert_due_mark(moving->tx, moving->alert, result->group, moving->error) != 0;
    return moving->failed;
}

/* Days that are written as 2026-11-26 come in the order of their texts. */
static bool begins_meanwhile(const struct moving *moving, int64_t starts)
{
    const struct calendar_period day = calendar_find(PERIOD_DAY, starts);
    return strcmp(day.label, moving->from) > 0 && strcmp(day.label, moving->to) <= 0;
}

static int mark_moved(struct moving *moving, const struct indicator *indicator,
                      const struct period_names *periods)
{
    struct store_view *view = store_tx_view(moving->tx);
    for (uint32_t i = 0; i < periods->count; i++) {
        if (!periods->calendars[i] || strcmp(periods->calendars[i], indicator->calendar) != 0 ||
            !begins_meanwhile(moving, periods->starts[i]))
            continue;
        if (store_results(view, indicator->id, i, mark_group, moving, moving->error) != 0 || moving->failed)
            return -1;
    }
    return 0;
}

/* Is what is its latest a matter of time? */
static bool has_dated_periods(const struct indicator *indicator)
{
    return indicator && indicator->id && !indicator->declaration.instrument && !indicator->window;
}

/* `known`: the day that was looked at last, or "", which is before any. A clock that is set back moves them,
 * too.
 */
static int mark_alerts(struct store_tx *tx, const struct engine *engine, const char *known, const char *today,
                       struct error *error)
{
    const bool is_back = strcmp(known, today) > 0;
    struct moving moving = {
        .tx = tx, .from = is_back ? today : known, .to = is_back ? known : today, .error = error};
    struct period_names periods = {0};
    int result = period_names_read(&periods, store_tx_view(tx), error);
    for (size_t i = 0; i < engine->alert_count && result == 0; i++) {
        const struct indicator *indicator = registry_find(engine, engine->alerts[i]->declaration.indicator);
        moving.alert = engine->alerts[i]->id;
        if (!moving.alert || !has_dated_periods(indicator))
            continue;
        result = mark_moved(&moving, indicator, &periods);
    }
    period_names_free(&periods);
    return result;
}

static int take_day(struct store_tx *tx, void *data, struct error *error)
{
    struct new_day *today = data;
    struct buf known = {0};
    bool found;
    const char *label = today->day.label;
    int result = store_document_get(store_tx_view(tx), owner, key, &known, &found, error);
    buf_put_u8(&known, 0);
    today->is_new = result == 0 && strcmp((const char *)known.data, label) != 0;
    if (today->is_new)
        result = mark_indicators(tx, today->engine, error) != 0 ||
                         mark_alerts(tx, today->engine, (const char *)known.data, label, error) != 0
                     ? -1
                     : store_document_put(tx, owner, key, label, strlen(label), error);
    buf_free(&known);
    return result;
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
    if (today->is_new)
        alerts_look(engine);
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
    for (size_t i = 0; i < engine->alert_count; i++)
        if (has_dated_periods(registry_find(engine, engine->alerts[i]->declaration.indicator)))
            return true;
    return false;
}

int64_t latest_begins(const struct engine *engine, const struct indicator *indicator)
{
    return indicator->declaration.instrument ? INT64_MAX : clock_read(engine->clock);
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
