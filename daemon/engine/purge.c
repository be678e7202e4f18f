/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be removed for good is in no cell and no result any more: then it is removed. */
#include "engine/internal.h"

#include "base/mem.h"

#include <stdlib.h>

struct purge {
    struct engine *engine;
    uint64_t through;
    store_write_fn job;
    store_done_fn done;
    void *data;
    bool begun;
};

/* Indicators whose results are kept current, as far as their scripts can be called. */
static uint32_t *followed_indicators(const struct engine *engine, size_t *count)
{
    uint32_t *followed = mem_alloc(engine->indicator_count * sizeof *followed);
    *count = 0;
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (engine->indicators[i]->id && engine->indicators[i]->inputs)
            followed[(*count)++] = engine->indicators[i]->id;
    return followed;
}

/* What waits for a script begins anew, without what is removed. */
static int run(struct store_tx *tx, void *data, struct error *error)
{
    const struct purge *purge = data;
    size_t count;
    uint32_t *followed = followed_indicators(purge->engine, &count);
    int result = store_inputs_reset_behind(tx, purge->through, error);
    if (result == 0)
        result = store_results_remove_behind(tx, followed, count, error);
    free(followed);
    return result == 0 ? purge->job(tx, purge->data, error) : -1;
}

static void on_run(void *data, const struct error *error)
{
    struct purge *purge = data;
    struct engine *engine = purge->engine;
    forget_kept(engine);
    for (size_t i = 0; i < engine->input_count && !error; i++) {
        struct input *input = engine->inputs[i];
        if (input->position >= purge->through)
            continue;
        input->position = 0;
        input->caught_up = false;
    }
    for (size_t i = 0; i < engine->indicator_count && !error; i++)
        engine->indicators[i]->maybe_stale = true;
    engine->purge = NULL;
    purge->done(purge->data, error);
    free(purge);
    engine_step_done(engine);
}

bool purge_begin(struct engine *engine)
{
    struct purge *purge = engine->purge;
    if (!purge || engine->log_end < purge->through)
        return false;
    purge->begun = true;
    store_write(engine->store, run, on_run, purge);
    return true;
}

void engine_purge(struct engine *engine, uint64_t through, store_write_fn job, store_done_fn done, void *data)
{
    struct purge *purge = mem_alloc(sizeof *purge);
    *purge = (struct purge){.engine = engine, .through = through, .job = job, .done = done, .data = data};
    engine->purge = purge;
    engine->releasing.is_due = true; /* what is removed must not wait */
    engine_wake(engine);
}

bool engine_purge_abandon(struct engine *engine)
{
    if (!engine->purge || engine->purge->begun)
        return false;
    free(engine->purge);
    engine->purge = NULL;
    return true;
}
