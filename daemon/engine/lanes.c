/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fair turns among the scripts. An indicator that is slow, or a file with hundreds of them, keeps its
 * neighbours from the worker for one call, not until all its groups are done.
 */
#include "engine/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct lane *lanes_of_file(struct engine *engine, const char *file)
{
    for (size_t i = 0; i < engine->lane_count; i++)
        if (strcmp(engine->lanes[i]->file, file) == 0)
            return engine->lanes[i];
    struct lane *lane = mem_alloc(sizeof *lane);
    *lane = (struct lane){
        .file = mem_copy_text(file), .computes = turn_of_a_newcomer(), .derives = turn_of_a_newcomer()};
    engine->lanes = mem_resize(engine->lanes, engine->lane_count + 1, sizeof(struct lane *));
    return engine->lanes[engine->lane_count++] = lane;
}

void lanes_free(struct engine *engine)
{
    for (size_t i = 0; i < engine->lane_count; i++) {
        free(engine->lanes[i]->file);
        free(engine->lanes[i]);
    }
    free(engine->lanes);
}

/* ---- inputs -------------------------------------------------------------------------------------------- */

static bool has_derived(const struct indicator *indicator)
{
    for (size_t i = 0; indicator->inputs && i < indicator->declaration.input_count; i++)
        if (input_is_derived(indicator->inputs[i]->kind))
            return true;
    return false;
}

/* What an indicator with a derived input looks at goes forward together, so that no result is half of today
 * and half of yesterday; but what others look at too does not wait for a script of which they know nothing.
 */
void lanes_give_inputs(struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        engine->inputs[i]->lane = NULL;
    for (size_t i = 0; i < engine->indicator_count; i++) {
        const struct indicator *indicator = engine->indicators[i];
        for (size_t k = 0; has_derived(indicator) && k < indicator->declaration.input_count; k++)
            if (!indicator->inputs[k]->lane)
                indicator->inputs[k]->lane = indicator->lane;
    }
    for (size_t i = 0; i < engine->indicator_count; i++) {
        const struct indicator *indicator = engine->indicators[i];
        const struct lane *lane = has_derived(indicator) ? indicator->lane : NULL;
        for (size_t k = 0; indicator->inputs && k < indicator->declaration.input_count; k++)
            if (!input_is_derived(indicator->inputs[k]->kind) && indicator->inputs[k]->lane != lane)
                indicator->inputs[k]->lane = NULL;
    }
}

/* While an input of it is behind, results follow once a second: what is computed now is computed again soon.
 */
bool lanes_hold_back(const struct engine *engine, const struct indicator *indicator)
{
    if (!indicator->computed || uv_now(engine->loop) - indicator->computed_at >= COMPUTE_EVERY_MS)
        return false;
    for (size_t i = 0; i < indicator->declaration.input_count; i++) {
        const struct input *input = indicator->inputs[i];
        if (input->lane && !input->blocked && input->position < engine->log_end)
            return true;
    }
    return false;
}

uint64_t lanes_spent(const struct engine *engine, const struct lane *lane, uint64_t before)
{
    const uint64_t now = scripts_spent_ms(engine->scripts, lane->file);
    return now > before ? now - before : 0; /* a file that went and came again began anew */
}

/* ---- turns --------------------------------------------------------------------------------------------- */

static void want_none(struct engine *engine)
{
    for (size_t i = 0; i < engine->lane_count; i++)
        engine->lanes[i]->wanted = false;
}

/* The wanted lane whose turn it is, by the turns at `offset` in it. */
static struct lane *find_next(struct engine *engine, struct turns *turns, size_t offset)
{
    struct lane *next = NULL;
    struct turn *first = NULL;
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct turn *turn = (struct turn *)((char *)engine->lanes[i] + offset);
        if (!engine->lanes[i]->wanted) {
            turn->waits = false;
            continue;
        }
        turn_wait(turns, turn);
        if (!next || turn_due(turn, 0) < turn_due(first, 0)) {
            next = engine->lanes[i];
            first = turn;
        }
    }
    if (next)
        turn_begin(turns, first);
    return next;
}

struct indicator *lanes_next_to_compute(struct engine *engine, bool (*can)(const struct engine *engine,
                                                                           const struct indicator *indicator))
{
    want_none(engine);
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (can(engine, engine->indicators[i]))
            engine->indicators[i]->lane->wanted = true;
    const struct lane *lane = find_next(engine, &engine->compute_turns, offsetof(struct lane, computes));
    struct indicator *next = NULL;
    for (size_t i = 0; lane && i < engine->indicator_count; i++) {
        struct indicator *indicator = engine->indicators[i];
        if (indicator->lane == lane && can(engine, indicator) &&
            (!next || indicator->computed < next->computed))
            next = indicator;
    }
    if (next) {
        next->computed = ++engine->computes;
        next->computed_at = uv_now(engine->loop);
    }
    return next;
}

struct lane *lanes_next_to_derive(struct engine *engine,
                                  bool (*is_behind)(const struct engine *engine, const struct input *input))
{
    want_none(engine);
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->lane && is_behind(engine, engine->inputs[i]))
            engine->inputs[i]->lane->wanted = true;
    return find_next(engine, &engine->derive_turns, offsetof(struct lane, derives));
}
