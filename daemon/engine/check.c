/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/check.h"
#include "engine/checking.h"
#include "engine/known_cells.h"

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is found ------------------------------------------------------------------------------------- */

void checking_differs(struct checking *checking, char *what)
{
    struct engine_check *found = &checking->found;
    if (found->different < CHECK_DIFFERENCES_KEPT)
        found->said[found->different] = what;
    else
        free(what);
    found->different++;
}

static void finish(struct engine *engine, const struct error *error)
{
    struct checking *checking = engine->checking ? engine->checking : engine->check_wanted;
    engine->checking = engine->check_wanted = NULL;
    checking->done(checking->data, &checking->found, error);
    for (size_t i = 0; i < CHECK_DIFFERENCES_KEPT; i++)
        free(checking->found.said[i]);
    free(checking);
}

void check_abandon(struct engine *engine)
{
    struct error error;
    if (!engine->checking && !engine->check_wanted)
        return;
    error_set(&error, ERROR_CLOSED, "wijzerd is stopping");
    finish(engine, &error);
}

void check_fail(struct engine *engine, const struct error *error)
{
    if (check_is_under_way(engine))
        finish(engine, error);
}

/* ---- results ------------------------------------------------------------------------------------------- */

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

/* The keys of an object have no order. */
static bool same_extra(const char *left, const char *right)
{
    if (same_text(left, right))
        return true;
    cJSON *one = left ? cJSON_Parse(left) : NULL, *other = right ? cJSON_Parse(right) : NULL;
    const bool same = one && other && cJSON_Compare(one, other, true);
    cJSON_Delete(one);
    cJSON_Delete(other);
    return same;
}

static bool same_value(const struct store_result *left, const struct store_result *right)
{
    if (left->kind != right->kind || left->n != right->n || left->has_ci != right->has_ci ||
        !same_text(left->reason, right->reason) || !same_extra(left->extra, right->extra))
        return false;
    if (left->has_ci && (left->ci[0] != right->ci[0] || left->ci[1] != right->ci[1]))
        return false;
    return left->kind == STORE_NUMBER    ? left->value == right->value
           : left->kind == STORE_INTEGER ? left->integer == right->integer
                                         : true;
}

int checking_result(struct checking *checking, struct store_view *view, uint32_t indicator,
                    const struct store_result *computed, bool exists, bool *same, struct error *error)
{
    struct store_result kept;
    struct buf texts = {0};
    bool found;
    const int result =
        store_result_get(view, indicator, computed->period, computed->group, &kept, &texts, &found, error);
    checking->found.results += found || exists;
    *same = found == exists && (!exists || same_value(&kept, computed));
    buf_free(&texts);
    return result;
}

/* ---- from stage to stage ------------------------------------------------------------------------------- */

static bool begin_input(struct engine *engine)
{
    struct checking *checking = engine->checking;
    while (checking->next_input < engine->input_count) {
        struct input *input = engine->inputs[checking->next_input++];
        if (input->position == 0)
            continue; /* nothing has been added up */
        if (input->id && !input->blocked) {
            checking->found.inputs++;
            catch_up_check(engine, input);
            return true;
        }
        checking->found.skipped++;
    }
    return false;
}

/* What of them is published is decided already, and stays so. */
static int mark_indicator(struct store_tx *tx, const struct indicator *indicator, struct error *error)
{
    for (size_t k = 0; k < indicator->declaration.input_count; k++) {
        const uint32_t input = indicator->inputs[k]->id;
        if ((indicator->window ? store_stale_mark_groups(tx, indicator->id, indicator->window, input, error)
                               : store_stale_mark_all(tx, indicator->id, input, error)) != 0)
            return -1;
    }
    return store_stale_decided_all(tx, indicator->id, error);
}

/* One that is blocked has marks of its own, and would not be computed. */
static int mark_results(struct store_tx *tx, void *data, struct error *error)
{
    const struct engine *engine = data;
    for (size_t i = 0; i < engine->indicator_count; i++) {
        const struct indicator *indicator = engine->indicators[i];
        if (indicator->id && indicator->inputs && !indicator->blocked &&
            mark_indicator(tx, indicator, error) != 0)
            return -1;
    }
    return 0;
}

static void on_marked(void *data, const struct error *error)
{
    struct engine *engine = data;
    if (error) {
        engine_step_failed(engine, error);
        return;
    }
    for (size_t i = 0; i < engine->indicator_count; i++)
        engine->indicators[i]->maybe_stale = true;
    engine->checking->stage = CHECK_RESULTS;
    engine_step_done(engine);
}

static bool begin_results(struct engine *engine)
{
    if (engine->checking->stage == CHECK_CELLS) {
        store_write(engine->store, mark_results, on_marked, engine);
        return true;
    }
    return compute_begin(engine);
}

static void count_blocked(struct engine *engine)
{
    for (size_t i = 0; i < engine->indicator_count; i++)
        engine->checking->found.skipped += engine->indicators[i]->blocked;
}

/* Whatever is compared has to stand still. */
static bool is_disturbed(const struct engine *engine)
{
    return engine->scripts_changed || engine->day_passed;
}

static void take_wanted(struct engine *engine)
{
    known_cells_clear(engine->known_cells); /* a check looks at the store */
    engine->checking = engine->check_wanted;
    engine->check_wanted = NULL;
}

bool check_begin(struct engine *engine)
{
    struct error error;
    if (engine->check_wanted)
        take_wanted(engine);
    if (!engine->checking)
        return false;
    if (is_disturbed(engine)) {
        error_set(&error, ERROR_FAILED, "scripts changed, or a day passed, while it was checked; try again");
        finish(engine, &error);
        return false;
    }
    if (engine->checking->stage == CHECK_CELLS && begin_input(engine))
        return true;
    if (begin_results(engine))
        return true;
    count_blocked(engine);
    finish(engine, NULL);
    return false;
}

bool check_is_under_way(const struct engine *engine)
{
    return engine->checking != NULL;
}

int engine_check(struct engine *engine, engine_checked_fn done, void *data, struct error *error)
{
    if (engine->checking || engine->check_wanted)
        return error_set(error, ERROR_FAILED, "a check is under way already; wait for its end");
    engine->check_wanted = mem_alloc(sizeof *engine->check_wanted);
    *engine->check_wanted = (struct checking){.stage = CHECK_CELLS, .done = done, .data = data};
    engine_wake(engine);
    return 0;
}
