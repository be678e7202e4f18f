/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes late, into a day that nothing was of before: the next day of the group looks back at it, also
 * where it has too few people. */
#include "lms.h"
#include "world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t noon = 1774612800000, day = 86400000; /* 2026-03-27, 12:00 UTC */

/* As many as there are, and a hundred times as many as there were on the day before. */
static const char script[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'x', source = w.events(), by = { 'course' }, period = 'day',\n"
    "  inputs = { x = w.count() },\n"
    "  compute = function(g) return g.x.value + 100 * (g.previous and g.previous.x.value or 0) end }\n";

struct delivery {
    int64_t time;
    size_t first, count;
};

static int append_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct delivery *delivery = data;
    for (size_t i = delivery->first; i < delivery->first + delivery->count; i++) {
        const struct lms_event event = {
            .number = i, .time = delivery->time, .actor = i, .verb = "v", .course = "C"};
        if (lms_append(tx, &event, error) != 0)
            return -1;
    }
    return 0;
}

struct values {
    int64_t all[8]; /* by the order in which the periods came */
    size_t count;
};

static int take_result(void *data, const struct store_result *result)
{
    struct values *values = data;
    values->all[values->count++] = result->integer;
    return values->count == 8;
}

static void deliver(struct world *world, int days_after, size_t count, size_t *number)
{
    struct delivery delivery = {noon + days_after * day, *number, count};
    *number += count;
    world_write(world, append_all, &delivery);
    world_wait_until_idle(world);
}

static void the_next_day_looks_back_at_what_comes_late(void **state)
{
    (void)state;
    struct world world;
    struct values values = {0};
    size_t number = 0;
    world_open(&world, 1);
    world_put_script(&world, "x.lua", script);
    world_start(&world);
    deliver(&world, 5, 1, &number);
    deliver(&world, 0, 2, &number);
    deliver(&world, 3, 4, &number);
    world_results(&world, "x", take_result, &values);
    assert_int_equal(values.count, 3);
    assert_int_equal(values.all[0], 1 + 100 * 4);
    assert_int_equal(values.all[1], 2);
    assert_int_equal(values.all[2], 4 + 100 * 2);
    world_stop(&world);
    world_close(&world);
}

static void there_is_nothing_to_look_back_at_where_that_is_withheld(void **state)
{
    (void)state;
    struct world world;
    struct values values = {0};
    size_t number = 0;
    world_open(&world, 1);
    world.min_group_size = 2;
    world_put_script(&world, "x.lua", script);
    world_start(&world);
    deliver(&world, 0, 2, &number);
    deliver(&world, 5, 3, &number);
    world_results(&world, "x", take_result, &values);
    assert_int_equal(values.count, 2);
    assert_int_equal(values.all[1], 3 + 100 * 2);
    deliver(&world, 3, 1, &number);
    values.count = 0;
    world_results(&world, "x", take_result, &values);
    assert_int_equal(values.count, 3);
    assert_int_equal(values.all[1], 3);
    world_stop(&world);
    world_close(&world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_day_looks_back_at_what_comes_late),
        cmocka_unit_test(there_is_nothing_to_look_back_at_where_that_is_withheld)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
