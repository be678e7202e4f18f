/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is kept incrementally equals what is recomputed: random responses, replacements and withdrawals, in
 * random batches, with the engine and the store stopped and started in between; then every cell and every
 * result is compared with a plain recompute from the rows that count.
 */
#include "answers.h"
#include "world.h"

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
    STEPS = 60,
    MOST_OPERATIONS = 25,
    MOST_GROUPS = 64,
    SINGLE_STEPS = 12
};

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

/* ---- operations ---------------------------------------------------------------------------------------- */

struct operation {
    bool withdraw;
    unsigned person, wave, team;
    double answers[ITEMS]; /* NaN: none */
};

struct operations {
    struct operation all[MOST_OPERATIONS];
    size_t count;
};

static int apply_operation(struct store_tx *tx, const struct operation *operation, struct error *error)
{
    char school[8], team[8];
    uint8_t person[PSEUDONYM_SIZE];
    uint32_t period, outer, inner;
    uint64_t position;
    enum store_outcome outcome;
    snprintf(school, sizeof school, "S%u", operation->team % SCHOOLS);
    snprintf(team, sizeof team, "T%u", operation->team);
    if (store_period_intern(tx, "survey:m", operation->wave ? "2025" : "2023", INT64_MIN, &period, error) !=
            0 ||
        store_group_intern(tx, 0, "school", school, &outer, error) != 0 ||
        store_group_intern(tx, outer, "team", team, &inner, error) != 0)
        return -1;
    if (!operation->withdraw)
        return answers_append(tx, period, inner, operation->person, operation->answers, error);
    answers_name_person(person, operation->person);
    return store_append_withdrawal(tx, period, person, &outcome, &position, error);
}

static int apply_operations(struct store_tx *tx, void *data, struct error *error)
{
    const struct operations *operations = data;
    for (size_t i = 0; i < operations->count; i++)
        if (apply_operation(tx, &operations->all[i], error) != 0)
            return -1;
    return 0;
}

static void draw_operations(struct world *world, struct operations *operations)
{
    *operations = (struct operations){.count = 1 + world_draw(world, MOST_OPERATIONS)};
    for (size_t i = 0; i < operations->count; i++) {
        struct operation *operation = &operations->all[i];
        *operation = (struct operation){.withdraw = world_draw(world, 5) == 0,
                                        .person = world_draw(world, PEOPLE),
                                        .wave = world_draw(world, WAVES),
                                        .team = world_draw(world, TEAMS)};
        for (size_t k = 0; k < ITEMS; k++)
            operation->answers[k] = world_draw(world, 4) == 0 ? NAN
                                                              : 1 + world_draw(world, 5) +
                                                                    (k == 3 ? 0.1 * world_draw(world, 3) : 0);
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

static int take_response(void *data, const struct response *response)
{
    struct comparison *comparison = data;
    struct answer_number numbers[MOST_NUMBERS];
    const size_t count = answers_numbers(response, comparison->item_ids, numbers);
    for (size_t i = 0; i < count; i++)
        expect(comparison, response, numbers[i].input, numbers[i].tally, numbers[i].value);
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
        answers_find_items(view, comparison->item_ids, error) != 0 ||
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

static void compare_all(struct world *world)
{
    struct comparison comparison = {.world = world};
    world_read(world, compare, &comparison);
    assert_true(comparison.count > 0);
    free(comparison.all);
}

/* ---- the property -------------------------------------------------------------------------------------- */

static void apply_all(struct world *world, struct operations *operations)
{
    world_write(world, apply_operations, operations);
    engine_wake(world->engine);
}

static void check_seed(unsigned seed)
{
    struct world world;
    struct operations operations;
    world_open(&world, seed);
    world_put_script(&world, "m.lua", script);
    world_start(&world);
    for (unsigned step = 0; step < STEPS; step++) {
        draw_operations(&world, &operations);
        apply_all(&world, &operations);
        world_run_a_little(&world);
        if (world_draw(&world, 6) == 0) {
            world_stop(&world);
            world_start(&world);
        }
        if (world_draw(&world, 20) == 0) {
            world_wait_until_idle(&world);
            compare_all(&world);
        }
    }
    world_wait_until_idle(&world);
    compare_all(&world);
    for (unsigned step = 0; step < SINGLE_STEPS; step++) {
        draw_operations(&world, &operations);
        operations.count = 1; /* nothing else hides what was forgotten */
        apply_all(&world, &operations);
        world_wait_until_idle(&world);
        compare_all(&world);
    }
    world_stop(&world);
    world_close(&world);
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
