/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is kept incrementally equals what is recomputed: random responses, replacements and withdrawals, in
 * random batches, with the engine and the store stopped and started in between; then every cell and every
 * result is compared with a plain recompute from the rows that count.
 */
#include "engine/engine.h"

#include "base/mem.h"
#include "stats/cell.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PEOPLE = 60,
    WAVES = 2,
    TEAMS = 6,
    SCHOOLS = 2,
    ITEMS = 4,
    STEPS = 60,
    MOST_OPERATIONS = 25,
    MOST_GROUPS = 64,
    SINGLE_STEPS = 12
};

static const char *const items[ITEMS] = {"a", "b", "c", "d"};

/* The inputs are numbered as they are registered: by indicator, which are in order of their names. */
enum input_number { SCALE = 1, ITEM = 2, SHARE = 3, DERIVED = 4, INPUTS = 4 };

static const char script[] =
    "local w = require 'wijzer'\n"
    "local five = { range = { 1, 5 } }\n"
    "w.instrument { id = 'm', levels = { 'school', 'team' }, groups = { school = 's', team = 't' },\n"
    "  items = { a = five, b = { range = { 1, 5 }, reverse = true }, c = five, d = {} } }\n"
    "local function indicator(id, input)\n"
    "  w.indicator { id = id, source = w.survey 'm', by = { 'school', 'team' }, inputs = { x = input },\n"
    "    compute = function(g) return { value = g.x.mean, extra = { n = g.x.n } } end }\n"
    "end\n"
    "indicator('i1', w.scale { 'a', 'b', 'c', min_answered = 2 })\n"
    "indicator('i2', w.item 'd')\n"
    "indicator('i3', w.share { 'a', at_least = 4 })\n"
    "indicator('i4', w.derive(function(r) return r.a and r.d and r.a / 2 - r.d end))\n"
    "local function total(groups)\n"
    "  local sum = 0\n"
    "  for _, group in ipairs(groups) do sum = sum + group.x.mean end\n"
    "  return sum\n"
    "end\n"
    "local function related(id, look)\n"
    "  w.indicator { id = id, source = w.survey 'm', by = { 'school', 'team' }, inputs = { x = w.item 'd' "
    "},\n"
    "    compute = function(g) return { value = g.x.mean, extra = { sum = look(g) } } end }\n"
    "end\n"
    "related('previous', function(g) return g.previous and g.previous.x.mean or 0 end)\n"
    "related('parent', function(g) return g.parent and g.parent.x.mean or 0 end)\n"
    "related('peers', function(g) return total(g.peers) end)\n"
    "related('children', function(g) return total(g:children 'team') end)\n";

static const char *const indicators[INPUTS] = {"i1", "i2", "i3", "i4"};

struct world {
    uv_loop_t loop;
    char folder[64], *scripts_folder, *state_dir;
    struct store *store;
    struct scripts *scripts;
    struct engine *engine;
    uint64_t chance;
    unsigned seed;
    bool ready, stopped, written;
};

/* ---- chance -------------------------------------------------------------------------------------------- */

static unsigned draw(struct world *world, unsigned below) /* xorshift64 */
{
    world->chance ^= world->chance << 13;
    world->chance ^= world->chance >> 7;
    world->chance ^= world->chance << 17;
    return (unsigned)(world->chance >> 33) % below;
}

/* ---- the daemon's parts, started and stopped
 * ---------------------------------------------------------------- */

static void on_changed(void *data)
{
    struct world *world = data;
    if (world->engine)
        engine_scripts_changed(world->engine);
}

static void on_ready(void *data)
{
    ((struct world *)data)->ready = true;
}

static void on_stopped(void *data)
{
    ((struct world *)data)->stopped = true;
}

static void run_until(struct world *world, const bool *flag)
{
    while (!*flag)
        uv_run(&world->loop, UV_RUN_ONCE);
}

static void start(struct world *world)
{
    struct error error;
    const struct scripts_options options = {.folders = world->scripts_folder,
                                            .worker_path = BIN_DIR "/wijzer-worker"};
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = world};
    world->ready = false;
    if (store_open(&world->store, &world->loop, world->state_dir, &error) != 0 ||
        scripts_start(&world->scripts, &world->loop, &options, &callbacks, &error) != 0)
        fail_msg("%s", error.text);
    const struct engine_options engine = {
        .store = world->store, .scripts = world->scripts, .clock = &clock_on_the_wall, .min_group_size = 1};
    world->engine = engine_start(&world->loop, &engine);
    run_until(world, &world->ready);
    engine_scripts_ready(world->engine);
}

static void wait_for_stop(struct world *world)
{
    run_until(world, &world->stopped);
    world->stopped = false;
}

static void stop(struct world *world)
{
    engine_stop(world->engine, on_stopped, world);
    wait_for_stop(world);
    world->engine = NULL;
    scripts_stop(world->scripts, on_stopped, world);
    wait_for_stop(world);
    store_close(world->store, on_stopped, world);
    wait_for_stop(world);
}

static void wait_until_idle(struct world *world)
{
    struct engine_status status;
    engine_wake(world->engine);
    for (engine_status(world->engine, &status); !status.idle; engine_status(world->engine, &status))
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* ---- operations ---------------------------------------------------------------------------------------- */

struct operation {
    bool withdraw;
    unsigned person, wave, team;
    double answers[ITEMS]; /* NaN: none */
};

struct operations {
    struct world *world;
    struct operation all[MOST_OPERATIONS];
    size_t count;
};

static int apply_operation(struct store_tx *tx, const struct operation *operation, struct error *error)
{
    char school[8], team[8];
    uint8_t person[PSEUDONYM_SIZE] = {(uint8_t)operation->person};
    uint32_t period, outer, inner, item;
    uint64_t position;
    enum store_outcome outcome;
    snprintf(school, sizeof school, "S%u", operation->team % SCHOOLS);
    snprintf(team, sizeof team, "T%u", operation->team);
    if (store_period_intern(tx, "survey:m", operation->wave ? "2025" : "2023", INT64_MIN, &period, error) !=
            0 ||
        store_group_intern(tx, 0, "school", school, &outer, error) != 0 ||
        store_group_intern(tx, outer, "team", team, &inner, error) != 0)
        return -1;
    if (operation->withdraw)
        return store_append_withdrawal(tx, period, person, &outcome, &position, error);
    struct response response = {.period = period, .group = inner, .submitted = INT64_MIN};
    memcpy(response.respondent, person, sizeof person);
    for (size_t i = 0; i < ITEMS; i++) {
        if (store_item_intern(tx, items[i], &item, error) != 0)
            return -1;
        if (!isnan(operation->answers[i]))
            response_add(&response, item, operation->answers[i]);
    }
    response_sort(&response);
    const int result = store_append_response(tx, &response, &outcome, &position, error);
    response_free(&response);
    return result;
}

static int apply_operations(struct store_tx *tx, void *data, struct error *error)
{
    const struct operations *operations = data;
    for (size_t i = 0; i < operations->count; i++)
        if (apply_operation(tx, &operations->all[i], error) != 0)
            return -1;
    return 0;
}

static void on_applied(void *data, const struct error *error)
{
    struct operations *operations = data;
    if (error)
        fail_msg("%s", error->text);
    operations->world->written = true;
    engine_wake(operations->world->engine);
}

static void draw_operations(struct world *world, struct operations *operations)
{
    *operations = (struct operations){.world = world, .count = 1 + draw(world, MOST_OPERATIONS)};
    for (size_t i = 0; i < operations->count; i++) {
        struct operation *operation = &operations->all[i];
        *operation = (struct operation){.withdraw = draw(world, 5) == 0,
                                        .person = draw(world, PEOPLE),
                                        .wave = draw(world, WAVES),
                                        .team = draw(world, TEAMS)};
        for (size_t k = 0; k < ITEMS; k++)
            operation->answers[k] =
                draw(world, 4) == 0 ? NAN : 1 + draw(world, 5) + (k == 3 ? 0.1 * draw(world, 3) : 0);
    }
}

/* ---- the plain recompute ------------------------------------------------------------------------------- */

/* One number that belongs into a tally of a cell. */
struct expected {
    uint32_t input, period, group;
    size_t tally;
    double value;
    bool found;
};

struct comparison {
    struct world *world;
    uint32_t parents[MOST_GROUPS]; /* by group */
    uint32_t first_wave;           /* a period */
    const char *relation;          /* the indicator that is compared */
    size_t related;                /* its results that were */
    uint32_t item_ids[ITEMS];
    struct expected *all;
    size_t count;
    uint32_t input; /* whose cells are visited */
};

static int take_group(void *data, const struct store_group *group)
{
    ((struct comparison *)data)->parents[group->id] = group->parent;
    return 0;
}

static int take_item(void *data, uint32_t id, const char *name)
{
    struct comparison *comparison = data;
    for (size_t i = 0; i < ITEMS; i++)
        if (strcmp(items[i], name) == 0)
            comparison->item_ids[i] = id;
    return 0;
}

/* To the team and to its school. */
static void expect(struct comparison *comparison, const struct response *response, uint32_t input,
                   size_t tally, double value)
{
    for (uint32_t group = response->group; group; group = comparison->parents[group]) {
        comparison->all = mem_resize(comparison->all, comparison->count + 1, sizeof *comparison->all);
        comparison->all[comparison->count++] =
            (struct expected){input, response->period, group, tally, value, false};
    }
}

static double given(const struct comparison *comparison, const struct response *response, size_t item)
{
    for (size_t i = 0; i < response->count; i++)
        if (response->items[i] == comparison->item_ids[item])
            return response->values[i];
    return NAN;
}

static int take_response(void *data, const struct response *response)
{
    struct comparison *comparison = data;
    const double a = given(comparison, response, 0), b = 6 - given(comparison, response, 1);
    const double c = given(comparison, response, 2), d = given(comparison, response, 3);
    const double scored[] = {a, b, c};
    double sum = 0;
    unsigned answered = 0;
    for (size_t i = 0; i < 3; i++) {
        sum += isnan(scored[i]) ? 0 : scored[i];
        answered += isnan(scored[i]) ? 0 : 1;
    }
    if (answered >= 2)
        expect(comparison, response, SCALE, 0, sum / answered);
    if (answered == 3) {
        expect(comparison, response, SCALE, 1, sum);
        for (size_t i = 0; i < 3; i++)
            expect(comparison, response, SCALE, 2 + i, scored[i]);
    }
    if (!isnan(d))
        expect(comparison, response, ITEM, 0, d);
    if (!isnan(a))
        expect(comparison, response, SHARE, 0, a >= 4);
    if (!isnan(a) && !isnan(d))
        expect(comparison, response, DERIVED, 0, a / 2 - d);
    return 0;
}

/* Crosses out one expected number; every number of a cell must be among them. */
static void cross_out(struct comparison *comparison, uint32_t period, uint32_t group, size_t tally,
                      double value)
{
    for (size_t i = 0; i < comparison->count; i++) {
        struct expected *expected = &comparison->all[i];
        if (!expected->found && expected->input == comparison->input && expected->period == period &&
            expected->group == group && expected->tally == tally && expected->value == value) {
            expected->found = true;
            return;
        }
    }
    fail_msg("seed %u: input %u holds %g for group %u in period %u once too often", comparison->world->seed,
             comparison->input, value, group, period);
}

static int compare_cell(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    struct comparison *comparison = data;
    struct cell cell;
    assert_int_equal(cell_decode(&cell, bytes, size), 0);
    for (size_t i = 0; i < cell.count; i++)
        for (size_t k = 0; k < cell.tallies[i].size; k++)
            for (int64_t n = 0; n < cell.tallies[i].entries[k].count; n++)
                cross_out(comparison, period, group, i, cell.tallies[i].entries[k].value);
    cell_free(&cell);
    return 0;
}

static int compare_result(void *data, const struct store_result *result)
{
    const struct comparison *comparison = data;
    double sum = 0;
    int64_t n = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct expected *expected = &comparison->all[i];
        if (expected->input != comparison->input || expected->period != result->period ||
            expected->group != result->group || expected->tally != 0)
            continue;
        sum += expected->value;
        n++;
    }
    if (n == 0 || n != result->n || fabs(result->value - sum / (double)n) > 1e-12)
        fail_msg("seed %u: indicator %u of group %u is %.17g of %lld, and should be %.17g of %lld",
                 comparison->world->seed, comparison->input, result->group, result->value,
                 (long long)result->n, sum / (double)n, (long long)n);
    return 0;
}

/* ---- what groups are compared with --------------------------------------------------------------------- */

/* The mean of item d in a group and period; NaN where nobody answered it. */
static double mean_of(const struct comparison *comparison, uint32_t period, uint32_t group)
{
    double sum = 0;
    unsigned n = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct expected *expected = &comparison->all[i];
        if (expected->input != ITEM || expected->period != period || expected->group != group)
            continue;
        sum += expected->value;
        n++;
    }
    return n ? sum / n : NAN;
}

static int take_period(void *data, const struct store_period *period)
{
    if (strcmp(period->label, "2023") == 0)
        ((struct comparison *)data)->first_wave = period->id;
    return 0;
}

/* Nobody's mean adds nothing. */
static double or_zero(double mean)
{
    return isnan(mean) ? 0 : mean;
}

/* What the indicator named like this adds up for a group. */
static double related_sum(const struct comparison *comparison, const struct store_result *result)
{
    const uint32_t group = result->group, parent = comparison->parents[group];
    double sum = 0;
    if (strcmp(comparison->relation, "previous") == 0)
        return result->period == comparison->first_wave
                   ? 0
                   : or_zero(mean_of(comparison, comparison->first_wave, group));
    if (strcmp(comparison->relation, "parent") == 0)
        return parent ? or_zero(mean_of(comparison, result->period, parent)) : 0;
    for (uint32_t other = 1; other < MOST_GROUPS; other++) {
        const bool is_peer = other != group && comparison->parents[other] == parent;
        const bool is_child = comparison->parents[other] == group;
        if (strcmp(comparison->relation, "peers") == 0 ? is_peer : is_child)
            sum += or_zero(mean_of(comparison, result->period, other));
    }
    return sum;
}

static int compare_related(void *data, const struct store_result *result)
{
    struct comparison *comparison = data;
    const double expected = related_sum(comparison, result);
    cJSON *extra = cJSON_Parse(result->extra);
    const double sum = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(extra, "sum"));
    cJSON_Delete(extra);
    if (!(fabs(sum - expected) < 1e-9))
        fail_msg("seed %u: %s of group %u in period %u is %.17g, and should be %.17g",
                 comparison->world->seed, comparison->relation, result->group, result->period, sum, expected);
    comparison->related++;
    return 0;
}

static int count_result(void *data, const struct store_result *result)
{
    (void)result;
    ++*(size_t *)data;
    return 0;
}

/* The groups that anybody of stands behind, each once. */
static size_t count_groups(const struct comparison *comparison)
{
    size_t count = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        bool first = comparison->all[i].input == comparison->input && comparison->all[i].tally == 0;
        for (size_t k = 0; k < i && first; k++)
            first = comparison->all[k].input != comparison->input || comparison->all[k].tally != 0 ||
                    comparison->all[k].period != comparison->all[i].period ||
                    comparison->all[k].group != comparison->all[i].group;
        count += first;
    }
    return count;
}

static int compare_relations(struct comparison *comparison, struct store_view *view, struct error *error)
{
    static const char *const relations[] = {"previous", "parent", "peers", "children"};
    comparison->input = ITEM;
    if (store_periods(view, take_period, comparison, error) != 0)
        return -1;
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        uint32_t indicator;
        comparison->relation = relations[i];
        comparison->related = 0;
        if (store_indicator_find(view, relations[i], &indicator, error) != 0 ||
            store_results(view, indicator, 0, compare_related, comparison, error) != 0)
            return -1;
        assert_int_equal(comparison->related, count_groups(comparison));
    }
    return 0;
}

static int compare(struct store_view *view, void *data, struct error *error)
{
    struct comparison *comparison = data;
    if (store_groups(view, take_group, comparison, error) != 0 ||
        store_items(view, take_item, comparison, error) != 0 ||
        store_current_responses(view, take_response, comparison, error) != 0)
        return -1;
    for (uint32_t input = 1; input <= INPUTS; input++) {
        uint32_t indicator;
        size_t results = 0;
        comparison->input = input;
        if (store_cells(view, input, compare_cell, comparison, error) != 0 ||
            store_indicator_find(view, indicators[input - 1], &indicator, error) != 0 ||
            store_results(view, indicator, 0, compare_result, comparison, error) != 0 ||
            store_results(view, indicator, 0, count_result, &results, error) != 0)
            return -1;
        assert_int_equal(results, count_groups(comparison));
    }
    if (compare_relations(comparison, view, error) != 0)
        return -1;
    for (size_t i = 0; i < comparison->count; i++)
        if (!comparison->all[i].found)
            fail_msg("seed %u: input %u lacks %g of group %u", comparison->world->seed,
                     comparison->all[i].input, comparison->all[i].value, comparison->all[i].group);
    return 0;
}

static void on_compared(void *data, const struct error *error)
{
    struct comparison *comparison = data;
    if (error)
        fail_msg("%s", error->text);
    comparison->world->written = true;
}

static void compare_all(struct world *world)
{
    struct comparison comparison = {.world = world};
    world->written = false;
    store_read(world->store, compare, on_compared, &comparison);
    run_until(world, &world->written);
    assert_true(comparison.count > 0);
    free(comparison.all);
}

/* ---- the property -------------------------------------------------------------------------------------- */

static void open_world(struct world *world, unsigned seed)
{
    *world = (struct world){.seed = seed, .chance = 0x9e3779b97f4a7c15u * (seed + 1)};
    strcpy(world->folder, "/tmp/wijzer-engine-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->scripts_folder = mem_format("%s/scripts", world->folder);
    world->state_dir = mem_format("%s/state", world->folder);
    char *command = mem_format("mkdir %s", world->scripts_folder),
         *path = mem_format("%s/m.lua", world->scripts_folder);
    assert_int_equal(system(command), 0);
    FILE *file = fopen(path, "w");
    fputs(script, file);
    fclose(file);
    free(command);
    free(path);
    uv_loop_init(&world->loop);
}

static void close_world(struct world *world)
{
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    char *command = mem_format("rm -r %s", world->folder);
    assert_int_equal(system(command), 0);
    free(command);
    free(world->scripts_folder);
    free(world->state_dir);
}

static void apply_all(struct world *world, struct operations *operations)
{
    world->written = false;
    store_write(world->store, apply_operations, on_applied, operations);
    run_until(world, &world->written);
}

static void check_seed(unsigned seed)
{
    struct world world;
    struct operations operations;
    open_world(&world, seed);
    start(&world);
    for (unsigned step = 0; step < STEPS; step++) {
        draw_operations(&world, &operations);
        apply_all(&world, &operations);
        for (unsigned turns = draw(&world, 8); turns > 0; turns--)
            uv_run(&world.loop, UV_RUN_NOWAIT); /* the engine is somewhere in its work */
        if (draw(&world, 6) == 0) {
            stop(&world);
            start(&world);
        }
        if (draw(&world, 20) == 0) {
            wait_until_idle(&world);
            compare_all(&world);
        }
    }
    wait_until_idle(&world);
    compare_all(&world);
    for (unsigned step = 0; step < SINGLE_STEPS; step++) {
        draw_operations(&world, &operations);
        operations.count = 1; /* nothing else hides what was forgotten */
        apply_all(&world, &operations);
        wait_until_idle(&world);
        compare_all(&world);
    }
    stop(&world);
    close_world(&world);
}

static void incremental_equals_recomputed(void **state)
{
    (void)state;
    static const unsigned seeds[] = {1, 2, 3, 20251101, 8675309, 42, 7, 99};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        check_seed(seeds[i]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(incremental_equals_recomputed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
