/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"
#include "engine/known_cells.h"
#include "engine/window_sums.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 5000, JUDGE_EVERY_MS = 5000, MOST_KEEPING = 2 };

/* ---- steps --------------------------------------------------------------------------------------------- */

/* Do inputs that were at the log's end fall behind, as in an import? Then what is computed now is computed
 * again soon. Those that wait for a script hold back nobody else's results. */
static bool is_importing(const struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->caught_up && !engine->inputs[i]->blocked && !engine->inputs[i]->lane &&
            engine->inputs[i]->position < engine->log_end)
            return true;
    return false;
}

/* Computing and catching up take turns, so that neither a long backfill nor a slow script holds up the other;
 * while much comes in, results follow once a second. */
static bool begin_turn(struct engine *engine)
{
    const bool hold_back =
        is_importing(engine) && uv_now(engine->loop) - engine->computed_at < COMPUTE_EVERY_MS;
    if (!engine->computed_last && !hold_back && compute_begin(engine)) {
        engine->computed_last = true;
        engine->computed_at = uv_now(engine->loop);
        return true;
    }
    engine->computed_last = false;
    return catch_up_begin(engine) || compute_begin(engine);
}

/* Alerts are judged once the results have come to rest; where they never do, every few seconds. */
static bool begin_judging(struct engine *engine, uint64_t after_ms)
{
    if (uv_now(engine->loop) - engine->judged_at < after_ms || !alerts_begin(engine))
        return false;
    engine->judged_at = uv_now(engine->loop);
    return true;
}

static bool is_catching_up(const struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (!engine->inputs[i]->blocked && engine->inputs[i]->position < engine->log_end)
            return true;
    return false;
}

/* Where results are on their way to the store, is computing what comes next all the same? */
static bool may_compute_meanwhile(const struct engine *engine)
{
    const bool judging = engine->alert_count && uv_now(engine->loop) - engine->judged_at >= JUDGE_EVERY_MS;
    return engine->keeping < MOST_KEEPING && engine->keep_failed.kind == ERROR_NONE &&
           !engine->scripts_changed && !engine->log_grew && !engine->day_passed &&
           !engine->releasing.is_due && !judging && !check_is_under_way(engine) && !is_catching_up(engine);
}

void engine_step(struct engine *engine)
{
    if (engine->busy || engine->stopping || !engine->ready)
        return;
    if (engine->keeping) {
        engine->busy = may_compute_meanwhile(engine) && compute_begin(engine);
        return;
    }
    engine->busy = true;
    if (check_is_under_way(engine) && check_begin(engine))
        return;
    if (engine->scripts_changed) {
        engine->scripts_changed = false;
        registry_update(engine);
    } else if (engine->log_grew) {
        engine->log_grew = false;
        engine->log_end = store_position(engine->store);
        engine_step_done(engine);
    } else if (!windows_begin(engine) && !begin_judging(engine, JUDGE_EVERY_MS) && !releasing_begin(engine) &&
               !begin_turn(engine) && !begin_judging(engine, 0) && !purge_begin(engine) &&
               !check_begin(engine)) {
        engine->busy = false;
        engine->published = engine->log_end;
        trouble_is_over(&engine->trouble, "the engine is done with what it waited for");
    }
}

void forget_kept(const struct engine *engine)
{
    window_sums_clear(engine->window_sums);
    known_cells_clear(engine->known_cells);
}

static void finish_stop(struct engine *engine);

/* Between two steps, for in some of them the store's thread gives inputs their positions. */
static void note_backfill(struct engine *engine)
{
    engine->backfilling = 0;
    engine->backfilled = 1;
    for (size_t i = 0; i < engine->input_count; i++) {
        const struct input *input = engine->inputs[i];
        if (input->caught_up || input->blocked || input->position >= engine->log_end)
            continue;
        engine->backfilling++;
        const double done = (double)input->position / (double)engine->log_end;
        if (done < engine->backfilled)
            engine->backfilled = done;
    }
}

/* Nothing is under way, or it waits to be tried again. */
static bool is_at_rest(const struct engine *engine)
{
    return !engine->keeping && (!engine->busy || uv_is_active((const uv_handle_t *)&engine->retry));
}

void engine_step_done(struct engine *engine)
{
    engine->busy = false;
    note_backfill(engine);
    if (engine->stopping) {
        if (is_at_rest(engine))
            finish_stop(engine);
    } else if (!engine->keeping && engine->keep_failed.kind != ERROR_NONE) {
        const struct error error = engine->keep_failed;
        engine->busy = true;
        engine_step_failed(engine, &error);
    } else {
        engine_step(engine);
    }
}

void engine_step_keeps(struct engine *engine)
{
    engine->keeping++;
    engine_step_done(engine);
}

void engine_step_kept(struct engine *engine, const struct error *error)
{
    const bool is_tried_again = uv_is_active((const uv_handle_t *)&engine->retry);
    engine->keeping--;
    if (error && !is_tried_again)
        engine->keep_failed = *error;
    if (!engine->busy)
        engine_step_done(engine);
    else if (engine->stopping && is_at_rest(engine))
        finish_stop(engine);
}

static void on_retry(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    engine->busy = false;
    engine_step(engine);
}

void engine_step_failed(struct engine *engine, const struct error *error)
{
    if (engine->stopping) {
        engine_step_done(engine);
        return;
    }
    check_fail(engine, error);
    forget_kept(engine);
    engine->keep_failed.kind = ERROR_NONE;
    trouble_begins(&engine->trouble, "the engine tries again every 5 seconds", error->text);
    engine->log_grew = true;
    uv_timer_start(&engine->retry, on_retry, RETRY_MS, 0); /* it stays busy until then */
}

/* ---- life ---------------------------------------------------------------------------------------------- */

struct engine *engine_start(uv_loop_t *loop, const struct engine_options *options)
{
    struct engine *engine = mem_alloc(sizeof *engine);
    *engine = (struct engine){.loop = loop,
                              .store = options->store,
                              .scripts = options->scripts,
                              .clock = options->clock,
                              .min_group_size = options->min_group_size,
                              .min_change = options->min_change,
                              .backfilled = 1,
                              .alerts_grew = options->alerts_grew,
                              .alerts_grew_data = options->data,
                              .log_grew = true,
                              .alert_deadline = INT64_MAX,
                              .day_passed = true,
                              .releasing = {.is_due = true},
                              .window_sums = window_sums_new(),
                              .known_cells = known_cells_new(),
                              .open_timers = 4};
    uv_timer_init(loop, &engine->retry);
    uv_timer_init(loop, &engine->alert_timer);
    uv_timer_init(loop, &engine->day_timer);
    uv_timer_init(loop, &engine->releasing.timer);
    engine->retry.data = engine->alert_timer.data = engine->day_timer.data = engine;
    engine->releasing.timer.data = engine;
    return engine;
}

static void on_closed(uv_handle_t *handle)
{
    struct engine *engine = handle->data;
    if (--engine->open_timers)
        return;
    void (*closed)(void *data) = engine->closed;
    void *data = engine->closed_data;
    registry_free(engine);
    least_free(engine);
    window_sums_free(engine->window_sums);
    known_cells_free(engine->known_cells);
    group_names_free(&engine->groups);
    period_names_free(&engine->periods);
    releasing_free(&engine->releasing);
    trouble_free(&engine->trouble);
    free(engine);
    closed(data);
}

static void finish_stop(struct engine *engine)
{
    check_abandon(engine);
    uv_close((uv_handle_t *)&engine->retry, on_closed);
    uv_close((uv_handle_t *)&engine->alert_timer, on_closed);
    uv_close((uv_handle_t *)&engine->day_timer, on_closed);
    uv_close((uv_handle_t *)&engine->releasing.timer, on_closed);
}

void engine_stop(struct engine *engine, void (*closed)(void *data), void *data)
{
    engine->stopping = true;
    engine->closed = closed;
    engine->closed_data = data;
    if (is_at_rest(engine))
        finish_stop(engine);
}

void engine_wake(struct engine *engine)
{
    engine->log_grew = true;
    engine_step(engine);
}

void engine_alerts_grew(const struct engine *engine)
{
    if (engine->alerts_grew && !engine->stopping)
        engine->alerts_grew(engine->alerts_grew_data);
}

void engine_clock_was_set(struct engine *engine)
{
    engine->day_passed = true;
    engine->releasing.is_due = true;
    engine->alert_time_passed = true;
    engine_step(engine);
}

void engine_scripts_changed(struct engine *engine)
{
    engine->scripts_changed = true;
    engine_step(engine);
}

void engine_scripts_ready(struct engine *engine)
{
    engine->ready = true;
    engine_step(engine);
}

/* ---- questions ----------------------------------------------------------------------------------------- */

void engine_status(const struct engine *engine, struct engine_status *status)
{
    const bool idle = engine->ready && !engine->busy && !engine->keeping && !engine->log_grew &&
                      !engine->scripts_changed && !engine->releasing.is_due;
    *status = (struct engine_status){.position = engine->published,
                                     .log_end = engine->log_end,
                                     .lag = engine->log_end - engine->published,
                                     .inputs = engine->input_count,
                                     .indicators = engine->indicator_count,
                                     .waiting = engine->releasing.waiting,
                                     .backfilling = engine->backfilling,
                                     .backfilled = engine->backfilled,
                                     .idle = idle,
                                     .error = engine->trouble.text};
}

void engine_indicators(const struct engine *engine,
                       void (*visit)(void *data, const struct engine_indicator *indicator), void *data)
{
    for (size_t i = 0; i < engine->indicator_count; i++)
        visit(data, &engine->indicators[i]->shown);
}

const struct engine_indicator *engine_indicator(const struct engine *engine, const char *id)
{
    const struct indicator *indicator = registry_find(engine, id);
    return indicator ? &indicator->shown : NULL;
}

enum gate_lag engine_lag(const struct engine *engine, const char *id)
{
    const struct indicator *indicator = registry_find(engine, id);
    if (!indicator)
        return LAG_NONE;
    for (size_t i = 0; indicator->inputs && i < indicator->declaration.input_count; i++)
        if (indicator->inputs[i]->behind && indicator->inputs[i]->position < engine->log_end)
            return LAG_ALL;
    return indicator->behind ? LAG_MARKED : LAG_NONE;
}

int64_t engine_latest_begins(const struct engine *engine, const char *id)
{
    const struct indicator *indicator = registry_find(engine, id);
    return indicator ? latest_begins(engine, indicator) : INT64_MAX;
}

int engine_least(const struct engine *engine, const char *id)
{
    const struct indicator *indicator = registry_find(engine, id);
    return indicator ? indicator->least : engine->min_group_size;
}

void engine_alerts(const struct engine *engine, void (*visit)(void *data, const struct engine_alert *alert),
                   void *data)
{
    for (size_t i = 0; i < engine->alert_count; i++) {
        const struct alert *alert = engine->alerts[i];
        const struct engine_alert shown = {&alert->declaration,
                                           alert->error ? alert->error : alert->contradiction};
        visit(data, &shown);
    }
}
