/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/release/round.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* As long as it takes to send a file once more that was cut short, or to go on with it after a start. */
enum { HOLD_MS = 5 * 60 * 1000, DAY_MS = 24 * 3600 * 1000 };

/* ---- what is held -------------------------------------------------------------------------------------- */

static struct delivered_instrument *find(const struct releasing *releasing, const char *instrument)
{
    for (size_t i = 0; i < releasing->instrument_count; i++)
        if (strcmp(releasing->instruments[i].instrument, instrument) == 0)
            return &releasing->instruments[i];
    return NULL;
}

static struct delivered_instrument *find_or_add(struct releasing *releasing, const char *instrument)
{
    struct delivered_instrument *known = find(releasing, instrument);
    if (known)
        return known;
    releasing->instruments =
        mem_resize(releasing->instruments, releasing->instrument_count + 1, sizeof *releasing->instruments);
    known = &releasing->instruments[releasing->instrument_count++];
    *known = (struct delivered_instrument){.instrument = mem_copy_text(instrument)};
    return known;
}

static void on_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    engine->releasing.is_due = true;
    engine_step(engine);
}

static void hold(struct engine *engine, const char *instrument)
{
    find_or_add(&engine->releasing, instrument)->held_until = uv_now(engine->loop) + HOLD_MS;
    uv_timer_start(&engine->releasing.timer, on_timer, HOLD_MS, 0);
}

/* What waited at the start may be half a file. */
static bool is_held(const struct engine *engine, const char *instrument)
{
    const struct delivered_instrument *known = find(&engine->releasing, instrument);
    if (engine->min_change == 1)
        return false;
    if (!known)
        return !engine->releasing.has_started;
    return known->deliveries || known->held_until > uv_now(engine->loop);
}

void engine_delivery_began(struct engine *engine, const char *instrument)
{
    find_or_add(&engine->releasing, instrument)->deliveries++;
}

void engine_delivery_ended(struct engine *engine, const char *instrument, bool whole)
{
    struct delivered_instrument *known = find_or_add(&engine->releasing, instrument);
    known->deliveries -= known->deliveries > 0;
    known->held_until = 0;
    if (!whole)
        hold(engine, instrument);
    engine->releasing.is_due = true;
    engine_step(engine);
}

void releasing_free(struct releasing *releasing)
{
    for (size_t i = 0; i < releasing->instrument_count; i++)
        free(releasing->instruments[i].instrument);
    free(releasing->instruments);
}

/* ---- the step ------------------------------------------------------------------------------------------ */

/* What scripts are still being called for may be half a file too. */
static bool is_all_read(const struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++) {
        const struct input *input = engine->inputs[i];
        if (!input->blocked && !input->caught_up && input->position < engine->log_end)
            return false;
    }
    return true;
}

static void hold_what_waited(const struct release_round *round)
{
    struct engine *engine = round->engine;
    if (engine->releasing.has_started || !is_all_read(engine))
        return;
    engine->releasing.has_started = true;
    for (size_t i = 0; i < round->instrument_count; i++) {
        const struct round_instrument *instrument = &round->instruments[i];
        if (instrument->has_pending && instrument->held && !find(&engine->releasing, instrument->name))
            hold(engine, instrument->name);
    }
}

static void finish(struct release_round *round, const struct error *error)
{
    struct engine *engine = round->engine;
    if (error) {
        engine->releasing.is_due = true;
    } else {
        engine->releasing.waiting = round->waiting;
        hold_what_waited(round);
    }
    release_round_free(round);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

/* What an input that is behind still brings of the groups that are released goes into its cells bit by bit.
 */
static void await_what_is_behind(const struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->instrument && engine->inputs[i]->position < engine->log_end)
            engine->inputs[i]->caught_up = false;
}

static void on_kept(void *data, const struct error *error)
{
    struct release_round *round = data;
    struct engine *engine = round->engine;
    if (!error && engine->min_change > 1)
        await_what_is_behind(engine);
    for (size_t i = 0; i < engine->input_count && !error; i++)
        if (round->unsound[i])
            catch_up_anew(engine, engine->inputs[i]);
    for (size_t i = 0; i < engine->indicator_count; i++)
        engine->indicators[i]->maybe_stale = true;
    finish(round, error);
}

static void on_read(void *data, const struct error *error)
{
    struct release_round *round = data;
    if (!error && round->released_count)
        store_write(round->engine->store, release_round_keep, on_kept, round);
    else
        finish(round, error);
}

static void take_instrument(struct release_round *round, const struct indicator *indicator)
{
    const char *name = indicator->declaration.instrument;
    for (size_t i = 0; i < round->instrument_count; i++)
        if (strcmp(round->instruments[i].name, name) == 0)
            return;
    const struct instrument_declaration *declaration = scripts_instrument(round->engine->scripts, name);
    round->instruments =
        mem_resize(round->instruments, round->instrument_count + 1, sizeof *round->instruments);
    round->instruments[round->instrument_count++] = (struct round_instrument){
        .name = name,
        .calendar = indicator->calendar,
        .closes_after = declaration ? (int64_t)declaration->closes_after_days * DAY_MS : INT64_MAX,
        .held = is_held(round->engine, name)};
}

bool releasing_begin(struct engine *engine)
{
    if (!engine->releasing.is_due || catch_up_is_due(engine))
        return false;
    engine->releasing.is_due = false;
    struct release_round *round = release_round_new(engine);
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (engine->indicators[i]->inputs && engine->indicators[i]->declaration.instrument)
            take_instrument(round, engine->indicators[i]);
    store_read(engine->store, release_round_read, on_read, round);
    return true;
}
