/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Have a script compute the groups of one indicator whose cells changed, and keep the results. */
#include "engine/internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { GROUPS_A_CALL = 64 };

/* One group to be computed, with the bytes of its cells. */
struct task {
    uint32_t period, group;
    size_t *offsets, *sizes; /* in `bytes`, one per input; size 0: no cell */
    bool empty;              /* nobody answered any of the inputs: there is no result */
};

struct round {
    struct engine *engine;
    struct indicator *indicator;
    struct task tasks[GROUPS_A_CALL];
    size_t count;
    struct buf bytes;
    struct group_names groups;
    struct period_names periods;
    struct compute_result *results; /* copies, one per task that is not empty */
    int64_t computed_at;
};

static void free_round(struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        free(round->tasks[i].offsets);
        free(round->tasks[i].sizes);
        if (round->results) {
            free((char *)round->results[i].reason);
            free((char *)round->results[i].extra);
        }
    }
    buf_free(&round->bytes);
    group_names_free(&round->groups);
    period_names_free(&round->periods);
    free(round->results);
    free(round);
}

/* ---- reading: on a thread of the pool
 * ---------------------------------------------------------------------- */

static int take_mark(void *data, uint32_t period, uint32_t group)
{
    struct round *round = data;
    const size_t inputs = round->indicator->declaration.input_count;
    round->tasks[round->count++] = (struct task){.period = period,
                                                 .group = group,
                                                 .offsets = mem_alloc(inputs * sizeof(size_t)),
                                                 .sizes = mem_alloc(inputs * sizeof(size_t)),
                                                 .empty = true};
    return 0;
}

static int read_cells(struct round *round, struct task *task, struct store_view *view, struct error *error)
{
    for (size_t i = 0; i < round->indicator->declaration.input_count; i++) {
        task->offsets[i] = round->bytes.size;
        if (store_cell_get(view, round->indicator->inputs[i]->id, task->period, task->group, &round->bytes,
                           error) != 0)
            return -1;
        task->sizes[i] = round->bytes.size - task->offsets[i];
        task->empty &= task->sizes[i] == 0;
    }
    return 0;
}

static int read_round(struct store_view *view, void *data, struct error *error)
{
    struct round *round = data;
    if (store_stale(view, round->indicator->id, GROUPS_A_CALL, take_mark, round, error) != 0)
        return -1;
    for (size_t i = 0; i < round->count; i++)
        if (read_cells(round, &round->tasks[i], view, error) != 0)
            return -1;
    if (round->count == 0)
        return 0;
    return group_names_read(&round->groups, view, error) != 0 ||
                   period_names_read(&round->periods, view, error) != 0
               ? -1
               : 0;
}

/* ---- keeping: on the store's thread
 * ------------------------------------------------------------------------ */

/* A failed computation leaves the last good result where it is. */
static int keep_result(struct store_tx *tx, const struct round *round, const struct task *task,
                       const struct compute_result *result, struct error *error)
{
    const uint32_t indicator = round->indicator->id;
    if (!task->empty && result->kind == COMPUTE_FAILED)
        return store_stale_clear(tx, indicator, task->period, task->group, error);
    if (alerts_mark(tx, round->engine, round->indicator, task->group, error) != 0)
        return -1;
    if (task->empty)
        return store_result_remove(tx, indicator, task->period, task->group, error);
    const struct store_result kept = {.period = task->period,
                                      .group = task->group,
                                      .kind = (enum store_value_kind)result->kind,
                                      .value = result->value,
                                      .integer = result->integer,
                                      .reason = result->reason && result->reason[0] ? result->reason : NULL,
                                      .n = result->n,
                                      .has_ci = result->has_ci,
                                      .ci = {result->ci[0], result->ci[1]},
                                      .extra = result->extra,
                                      .computed_at = round->computed_at};
    return store_result_put(tx, indicator, &kept, error);
}

static int keep_results(struct store_tx *tx, void *data, struct error *error)
{
    const struct round *round = data;
    for (size_t i = 0; i < round->count; i++)
        if (keep_result(tx, round, &round->tasks[i], &round->results[i], error) != 0)
            return -1;
    return 0;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void show_outcome(const struct round *round)
{
    struct indicator *indicator = round->indicator;
    const char *failure = NULL;
    for (size_t i = 0; i < round->count && !failure; i++)
        if (!round->tasks[i].empty && round->results[i].kind == COMPUTE_FAILED)
            failure = round->results[i].reason;
    indicator->shown.evaluated_at = round->computed_at;
    if (failure)
        registry_set_error(indicator, failure);
}

static void on_kept(void *data, const struct error *error)
{
    struct round *round = data;
    struct engine *engine = round->engine;
    if (!error) {
        show_outcome(round);
        alerts_look(engine);
    }
    free_round(round);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

static void keep(struct round *round)
{
    round->computed_at = clock_now();
    store_write(round->engine->store, keep_results, on_kept, round);
}

static void on_computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct round *round = data;
    struct engine *engine = round->engine;
    if (error) {
        round->indicator->blocked = true; /* until the scripts change */
        if (error->kind != ERROR_CLOSED)
            registry_set_error(round->indicator, error->text);
        free_round(round);
        engine_step_done(engine);
        return;
    }
    size_t answered = 0;
    for (size_t i = 0; i < round->count; i++) {
        if (round->tasks[i].empty)
            continue;
        round->results[i] = results[answered++];
        round->results[i].reason = mem_copy_text(round->results[i].reason);
        round->results[i].extra = mem_copy_text(round->results[i].extra);
    }
    keep(round);
}

static void call_script(struct round *round)
{
    const size_t inputs = round->indicator->declaration.input_count;
    struct compute_group *groups = mem_alloc(round->count * sizeof *groups);
    struct compute_bytes *cells = mem_alloc(round->count * inputs * sizeof *cells);
    size_t count = 0;
    for (size_t i = 0; i < round->count; i++) {
        const struct task *task = &round->tasks[i];
        if (task->empty)
            continue;
        struct compute_bytes *own = cells + count * inputs;
        for (size_t k = 0; k < inputs; k++)
            own[k] = (struct compute_bytes){round->bytes.data + task->offsets[k], task->sizes[k]};
        groups[count++] = (struct compute_group){.group = round->groups.paths[task->group],
                                                 .level = round->groups.levels[task->group],
                                                 .period = round->periods.labels[task->period],
                                                 .cells = own};
    }
    const struct compute_call call = {round->indicator->declaration.id, round->engine->min_group_size, groups,
                                      count};
    if (count)
        scripts_compute(round->engine->scripts, &call, on_computed, round);
    else
        keep(round);
    free(groups);
    free(cells);
}

static void on_read(void *data, const struct error *error)
{
    struct round *round = data;
    struct engine *engine = round->engine;
    if (!error && round->count) {
        round->results = mem_alloc(round->count * sizeof *round->results);
        call_script(round);
        return;
    }
    if (!error)
        round->indicator->maybe_stale = false;
    free_round(round);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

/* Half a history would give wrong results: every input has to have been at the log's end. */
static bool can_compute(const struct indicator *indicator)
{
    if (!indicator->id || !indicator->inputs || indicator->blocked || !indicator->maybe_stale)
        return false;
    for (size_t i = 0; i < indicator->declaration.input_count; i++)
        if (!indicator->inputs[i]->caught_up)
            return false;
    return true;
}

bool compute_begin(struct engine *engine)
{
    for (size_t i = 0; i < engine->indicator_count; i++) {
        struct indicator *indicator = engine->indicators[(engine->turn + i) % engine->indicator_count];
        if (!can_compute(indicator))
            continue;
        engine->turn = (engine->turn + i + 1) % engine->indicator_count;
        struct round *round = mem_alloc(sizeof *round);
        round->engine = engine;
        round->indicator = indicator;
        store_read(engine->store, read_round, on_read, round);
        return true;
    }
    return false;
}
