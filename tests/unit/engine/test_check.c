/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A check looks at what the store has, and not at what is kept of it in memory. */
#include "lms.h"
#include "world.h"

#include "engine/check.h"
#include "store/internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { COURSES = 20, EVENTS = 200 };

static const int64_t noon = 1774612800000; /* 2026-03-27, 12:00 UTC */

static const char script[] =
    "local w = require 'wijzer'\n"
    "local function declare(id, period, window)\n"
    "  w.indicator { id = id, source = w.events(), by = { 'course' }, period = period, window = window,\n"
    "    inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n"
    "end\n"
    "declare('week', 'week')\n"
    "declare('window', nil, '28d')\n";

static int64_t read_clock(void *data)
{
    (void)data;
    return noon;
}

/* `data`: the number of the next one. */
static int append_some(struct store_tx *tx, void *data, struct error *error)
{
    size_t *number = data;
    for (size_t i = 0; i < EVENTS; i++, (*number)++) {
        const char course[] = {(char)('A' + *number % COURSES), 0};
        const struct lms_event event = {
            .number = *number, .time = noon, .actor = i, .verb = "v", .course = course};
        if (lms_append(tx, &event, error) != 0)
            return -1;
    }
    return 0;
}

static int lose_cells(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(tx->view.database,
                            "DELETE FROM cell WHERE grp = (SELECT id FROM groups WHERE name = 'A')", error);
}

struct outcome {
    bool is_done, has_failed;
    uint64_t different;
    bool of_week, of_window; /* results that are not what was computed */
};

static void take_outcome(void *data, const struct engine_check *check, const struct error *error)
{
    struct outcome *outcome = data;
    outcome->is_done = true;
    outcome->has_failed = error != NULL;
    outcome->different = check->different;
    for (size_t i = 0; i < CHECK_DIFFERENCES_KEPT && check->said[i]; i++) {
        outcome->of_week |= strstr(check->said[i], "the result of indicator week, group A,") != NULL;
        outcome->of_window |= strstr(check->said[i], "the result of indicator window, group A,") != NULL;
    }
}

static struct outcome check(struct world *world)
{
    struct outcome outcome = {0};
    struct error error;
    world_wait_until_idle(world);
    assert_int_equal(engine_check(world->engine, take_outcome, &outcome, &error), 0);
    assert_int_not_equal(engine_check(world->engine, take_outcome, &outcome, &error), 0);
    world_run_until(world, &outcome.is_done);
    assert_false(outcome.has_failed);
    return outcome;
}

static void what_is_lost_is_found_though_it_is_in_memory(void **state)
{
    (void)state;
    const struct clock clock = {read_clock, NULL};
    struct world world;
    size_t number = 0;
    world_open(&world, 1);
    world.clock = &clock;
    world_put_script(&world, "x.lua", script);
    world_start(&world);
    for (int i = 0; i < 3; i++) { /* the first time nothing is known yet */
        world_write(&world, append_some, &number);
        world_wait_until_idle(&world);
    }
    assert_int_equal(check(&world).different, 0);
    world_write(&world, append_some, &number);
    world_wait_until_idle(&world);
    world_write(&world, lose_cells, NULL);
    const struct outcome outcome = check(&world);
    assert_true(outcome.of_week);
    assert_true(outcome.of_window);
    assert_int_equal(outcome.different, 4); /* two cells, and two results */
    world_stop(&world);
    world_close(&world);
}

static void a_check_that_waits_ends_with_the_engine(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome = {0};
    struct error error;
    size_t number = 0;
    world_open(&world, 1);
    world_put_script(&world, "x.lua", script);
    world_start(&world);
    world_write(&world, append_some, &number);
    engine_wake(world.engine);
    assert_int_equal(engine_check(world.engine, take_outcome, &outcome, &error), 0);
    world_stop(&world);
    assert_true(outcome.is_done);
    assert_true(outcome.has_failed);
    world_close(&world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_lost_is_found_though_it_is_in_memory),
                                       cmocka_unit_test(a_check_that_waits_ends_with_the_engine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
