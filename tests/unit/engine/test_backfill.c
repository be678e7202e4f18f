/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A script that comes late adds up what there is in short steps, and what comes in meanwhile is shown before
 * it is done. */
#include "lms.h"
#include "world.h"

#include "base/clock.h"
#include "engine/internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 400000, PEOPLE = 50 }; /* they take many steps, of which the longest has 65,536 */

static const char early[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'early', source = w.events(), by = { 'course' }, period = 'week',\n"
    "  inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n";
static const char late[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'late', source = w.events(), by = { 'course' }, period = 'day',\n"
    "  inputs = { x = w.distinct 'actor' }, compute = function(g) return g.x.value end }\n";
static const char alike[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'alike', source = w.events(), by = { 'course' }, period = 'week',\n"
    "  inputs = { people = w.distinct 'actor', each = w.rate 'actor' },\n"
    "  compute = function(g) return math.floor(g.people.value * 1000 + g.each.value) end }\n";

/* It takes long for each event. */
static const char slow[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'slow', source = w.events(), by = { 'course' }, period = 'week',\n"
    "  inputs = { x = w.derive(function(e) for _ = 1, 20000 do end return 1 end) },\n"
    "  compute = function(g) return math.floor(g.x.value) end }\n";

struct batch {
    size_t first, count;
};

static int append(struct store_tx *tx, size_t number, struct error *error)
{
    const struct lms_event event = {
        .number = number, .time = 1774569600000, .actor = number % PEOPLE, .verb = "v", .course = "C"};
    return lms_append(tx, &event, error);
}

static int append_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct batch *batch = data;
    for (size_t i = 0; i < batch->count; i++)
        if (append(tx, batch->first + i, error) != 0)
            return -1;
    return 0;
}

static int take_result(void *data, const struct store_result *result)
{
    *(int64_t *)data = result->integer;
    return 0;
}

static int64_t value_of(struct world *world, const char *name)
{
    int64_t value = -1;
    world_results(world, name, take_result, &value);
    return value;
}

static struct engine_status status_of(const struct world *world)
{
    struct engine_status status;
    engine_status(world->engine, &status);
    return status;
}

static void what_comes_in_is_shown_meanwhile(void **state)
{
    (void)state;
    struct world world;
    struct batch batch = {0, EVENTS};
    world_open(&world, 1);
    world_put_script(&world, "early.lua", early);
    world_start(&world);
    world_write(&world, append_all, &batch);
    world_wait_until_idle(&world);
    assert_int_equal(value_of(&world, "early"), EVENTS);
    assert_int_equal(status_of(&world).backfilling, 0);

    world_change_script(&world, "late.lua", late);
    while (status_of(&world).backfilling == 0)
        uv_run(&world.loop, UV_RUN_ONCE);
    batch = (struct batch){EVENTS, 1};
    world_write(&world, append_all, &batch);
    engine_wake(world.engine);
    while (value_of(&world, "early") != EVENTS + 1)
        assert_true(status_of(&world).backfilling > 0);
    assert_int_equal(status_of(&world).backfilling, 1);
    assert_true(status_of(&world).backfilled < 0.9);
    assert_int_equal(value_of(&world, "late"), -1);

    world_wait_until_idle(&world);
    assert_int_equal(status_of(&world).backfilling, 0);
    assert_int_equal(value_of(&world, "late"), PEOPLE);
    world_stop(&world);
    world_close(&world);
}

/* Who they are, is known wherever they are counted. */
static void what_is_counted_already_is_not_counted_again(void **state)
{
    (void)state;
    struct world world;
    struct batch batch = {0, 3 * PEOPLE};
    world_open(&world, 1);
    world_put_script(&world, "early.lua", early);
    world_start(&world);
    world_write(&world, append_all, &batch);
    world_wait_until_idle(&world);
    world_change_script(&world, "alike.lua", alike);
    world_wait_until_idle(&world);
    assert_int_equal(status_of(&world).indicators, 2);
    assert_int_equal(status_of(&world).inputs, 1);
    assert_int_equal(value_of(&world, "early"), 3 * PEOPLE);
    assert_int_equal(value_of(&world, "alike"), 1000 * PEOPLE + 3);
    world_stop(&world);
    world_close(&world);
}

static size_t steps_of(const struct world *world, const char *file)
{
    const struct engine *engine = world->engine;
    for (size_t i = 0; i < engine->lane_count; i++)
        if (strcmp(engine->lanes[i]->file, file) == 0)
            return engine->lanes[i]->backfill_work;
    return 0;
}

/* A script that has to see each event makes its steps no longer than others: what comes in waits for them,
 * too. */
static void steps_of_a_slow_script_become_short(void **state)
{
    (void)state;
    enum { FEW = 10000 };
    struct world world;
    struct batch batch = {0, FEW};
    world_open(&world, 1);
    world_put_script(&world, "early.lua", early);
    world_start(&world);
    world_write(&world, append_all, &batch);
    world_wait_until_idle(&world);

    world_change_script(&world, "slow.lua", slow);
    world_wait_until_idle(&world);
    assert_int_equal(value_of(&world, "slow"), FEW);
    assert_in_range(steps_of(&world, "slow.lua"), 1, 4096);
    world_stop(&world);
    world_close(&world);
}

static const char wide[] =
    "local w = require 'wijzer'\n"
    "for _, period in ipairs { 'day', 'week', 'month', 'school_year' } do\n"
    "  w.indicator { id = period, source = w.events(), by = { 'course' }, period = period,\n"
    "    inputs = { people = w.distinct 'actor', verbs = w.distinct 'verb', objects = w.distinct 'object',\n"
    "      minutes = w.sum 'duration' }, compute = function(g) return g.people.value end }\n"
    "end\n";

static uint64_t furthest(const struct engine *engine)
{
    uint64_t position = 0;
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->position > position)
            position = engine->inputs[i]->position;
    return position;
}

/* Nobody has been through what there is, and what comes in waits for a step all the same. With many inputs it
 * is of fewer events. */
static void a_first_script_begins_with_a_short_step(void **state)
{
    (void)state;
    enum { MANY = 20000, SHORT = 2048 };
    struct world world;
    struct batch batch = {0, MANY};
    world_open(&world, 1);
    world_start(&world);
    world_write(&world, append_all, &batch);
    world_wait_until_idle(&world);

    world_change_script(&world, "wide.lua", wide);
    while (furthest(world.engine) == 0)
        uv_run(&world.loop, UV_RUN_ONCE);
    assert_in_range(furthest(world.engine), 1, SHORT);
    world_wait_until_idle(&world);
    assert_int_equal(value_of(&world, "week"), PEOPLE);
    world_stop(&world);
    world_close(&world);
}

/* ---- one script after another -------------------------------------------------------------------------- */

static const char none[] = "local w = require 'wijzer'\n";
static const char of_all[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'x', source = w.events(), by = { 'course' }, window = '28d',\n"
    "  inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n";
static const char of_few[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'x', source = w.events { verb = 'w' }, by = { 'course' }, window = '28d',\n"
    "  inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n";

/* Of now; every fourth is of the verb that few are of. */
static int append_today(struct store_tx *tx, void *data, struct error *error)
{
    const struct batch *batch = data;
    for (size_t i = batch->first; i < batch->first + batch->count; i++) {
        const struct lms_event event = {
            .number = i, .time = clock_now(), .actor = i, .verb = i % 4 ? "v" : "w", .course = "C"};
        if (lms_append(tx, &event, error) != 0)
            return -1;
    }
    return 0;
}

/* What was kept in memory for it was for a number that the store gives to the next input. */
static void what_a_script_left_is_not_taken_for_anothers(void **state)
{
    (void)state;
    struct world world;
    struct batch batch = {0, 40};
    world_open(&world, 1);
    world_put_script(&world, "x.lua", of_all);
    world_start(&world);
    world_write(&world, append_today, &batch);
    world_wait_until_idle(&world);
    assert_int_equal(value_of(&world, "x"), 40);
    world_change_script(&world, "x.lua", none);
    world_wait_until_idle(&world);
    assert_int_equal(value_of(&world, "x"), -1);
    world_change_script(&world, "x.lua", of_few);
    world_wait_until_idle(&world);
    assert_int_equal(value_of(&world, "x"), 10);
    world_stop(&world);
    world_close(&world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_comes_in_is_shown_meanwhile),
                                       cmocka_unit_test(what_is_counted_already_is_not_counted_again),
                                       cmocka_unit_test(steps_of_a_slow_script_become_short),
                                       cmocka_unit_test(a_first_script_begins_with_a_short_step),
                                       cmocka_unit_test(what_a_script_left_is_not_taken_for_anothers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
