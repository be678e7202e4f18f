/* SPDX-License-Identifier: GPL-3.0-or-later */
/* While results of one indicator are written, the next is computed: also where they cannot be written. And
 * what could not be written of cells is not remembered either. */
#include "lms.h"
#include "world.h"

#include "store/internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { COURSES = 20, SOME = 200, MOST_WAITS_MS = 60000 };

static const char counts[] =
    "local w = require 'wijzer'\n"
    "for _, id in ipairs { 'a', 'b', 'c', 'd' } do\n"
    "  w.indicator { id = id, source = w.events(), by = { 'course' }, period = 'week',\n"
    "    inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n"
    "end\n";

static int append(struct store_tx *tx, size_t number, const size_t *voids, struct error *error)
{
    const char course[] = {(char)('A' + number % COURSES), 0};
    const struct lms_event event = {.number = number,
                                    .time = 1774569600000,
                                    .verb = "v",
                                    .course = voids ? NULL : course,
                                    .voids = voids};
    return lms_append(tx, &event, error);
}

/* `data`: the number of the next one. */
static int append_some(struct store_tx *tx, void *data, struct error *error)
{
    size_t *number = data;
    for (size_t i = 0; i < SOME; i++)
        if (append(tx, (*number)++, NULL, error) != 0)
            return -1;
    return 0;
}

/* The last ones. */
static int take_some_back(struct store_tx *tx, void *data, struct error *error)
{
    size_t *number = data;
    for (size_t i = *number - SOME, end = *number; i < end; i++)
        if (append(tx, (*number)++, &i, error) != 0)
            return -1;
    return 0;
}

struct total {
    int64_t events;
    size_t courses;
};

static int take_result(void *data, const struct store_result *result)
{
    struct total *total = data;
    total->events += result->integer;
    total->courses++;
    return 0;
}

static void assert_total(struct world *world, const char *name, size_t events)
{
    struct total total = {0};
    world_results(world, name, take_result, &total);
    assert_int_equal(total.courses, COURSES);
    assert_int_equal(total.events, events);
}

static void assert_all_are(struct world *world, size_t events)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_total(world, names[i], events);
}

/* The store's connection, until it is closed, writes no result of the indicator. */
static int refuse(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(tx->view.database,
                            "CREATE TEMP TRIGGER refuse BEFORE INSERT ON main.result WHEN NEW.indicator = "
                            "(SELECT id FROM main.indicator WHERE name = 'b') "
                            "BEGIN SELECT RAISE(ABORT, 'refused'); END",
                            error);
}

/* Nor that an input has been brought up to date: all else of the step is written by then. */
static int refuse_inputs(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(tx->view.database,
                            "CREATE TEMP TRIGGER refuse BEFORE UPDATE ON main.input "
                            "BEGIN SELECT RAISE(ABORT, 'refused'); END",
                            error);
}

static int allow(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(tx->view.database, "DROP TRIGGER refuse", error);
}

static struct engine_status status_of(const struct world *world)
{
    struct engine_status status;
    engine_status(world->engine, &status);
    return status;
}

static void wait_a_little(struct world *world)
{
    uv_run(&world->loop, UV_RUN_NOWAIT);
    uv_sleep(1);
}

/* Some events are counted; of those that come next, something cannot be written. */
static void open_and_fail(struct world *world, size_t *number, store_write_fn what)
{
    world_open(world, 1);
    world_put_script(world, "counts.lua", counts);
    world_start(world);
    world_write(world, append_some, number);
    world_wait_until_idle(world);
    assert_all_are(world, SOME);
    world_write(world, what, NULL);
    world_write(world, append_some, number);
    engine_wake(world->engine);
    for (int i = 0; i < MOST_WAITS_MS && !status_of(world).error; i++)
        wait_a_little(world);
    assert_non_null(status_of(world).error);
    assert_non_null(strstr(status_of(world).error, "refused"));
    assert_false(status_of(world).idle);
    assert_total(world, "b", SOME);
}

static void wait_until_it_was_tried_again(struct world *world)
{
    for (int i = 0; i < MOST_WAITS_MS && !status_of(world).idle; i++)
        wait_a_little(world);
    assert_true(status_of(world).idle);
    assert_null(status_of(world).error);
}

static void what_cannot_be_written_is_tried_again(void **state)
{
    (void)state;
    struct world world;
    size_t number = 0;
    open_and_fail(&world, &number, refuse);
    world_write(&world, allow, NULL);
    wait_until_it_was_tried_again(&world);
    assert_all_are(&world, 2 * SOME);
    world_stop(&world);
    world_close(&world);
}

/* They change nothing in the cells that the store has. */
static void what_was_never_written_and_is_taken_back_is_not_counted(void **state)
{
    (void)state;
    struct world world;
    size_t number = 0;
    open_and_fail(&world, &number, refuse_inputs);
    world_write(&world, take_some_back, &number);
    world_write(&world, allow, NULL);
    wait_until_it_was_tried_again(&world);
    assert_all_are(&world, SOME);
    world_stop(&world);
    world_close(&world);
}

static void what_could_not_be_written_is_computed_after_a_start(void **state)
{
    (void)state;
    struct world world;
    size_t number = 0;
    open_and_fail(&world, &number, refuse);
    world_stop(&world);
    world_start(&world);
    world_wait_until_idle(&world);
    assert_all_are(&world, 2 * SOME);
    world_stop(&world);
    world_close(&world);
}

/* ---- a stop where the next one cannot even be read
 * --------------------------------------------------------- */

static const char other[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'z', source = w.events(), by = { 'course' }, period = 'week',\n"
    "  inputs = { x = w.distinct 'object' }, compute = function(g) return g.x.value end }\n";

/* A group and period that an indicator has a result of. */
struct somewhere {
    uint32_t indicator, period, group;
};

static int take_place(void *data, const struct store_result *result)
{
    struct somewhere *place = data;
    place->period = result->period;
    place->group = result->group;
    return 1;
}

static int find_somewhere(struct store_view *view, const char *name, struct somewhere *place,
                          struct error *error)
{
    if (store_indicator_find(view, name, &place->indicator, error) != 0)
        return -1;
    return store_results(view, place->indicator, 0, take_place, place, error);
}

static int mark_as_decided(struct store_tx *tx, const struct somewhere *place, struct error *error)
{
    if (store_stale_mark(tx, place->indicator, place->period, place->group, error) != 0)
        return -1;
    return store_stale_decided_all(tx, place->indicator, error);
}

/* What is withheld is counted, and of that the cell is damaged. */
static int damage(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    struct somewhere of_z;
    if (find_somewhere(store_tx_view(tx), "z", &of_z, error) != 0 ||
        store_publication_put(tx, of_z.indicator, of_z.period, of_z.group, false, error) != 0 ||
        mark_as_decided(tx, &of_z, error) != 0)
        return -1;
    return database_execute(tx->view.database, "UPDATE cell SET state = x'ff' WHERE input = 2", error);
}

static int mark_others(struct store_tx *tx, void *data, struct error *error)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    (void)data;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct somewhere place;
        if (find_somewhere(store_tx_view(tx), names[i], &place, error) != 0 ||
            mark_as_decided(tx, &place, error) != 0)
            return -1;
    }
    return 0;
}

/* It takes a while to write a result: the next one is read by then. */
static int slow_down(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(
        tx->view.database,
        "CREATE TEMP TRIGGER slow BEFORE INSERT ON main.result BEGIN SELECT count(*) FROM "
        "main.groups a, main.groups b, main.groups c, main.groups d, main.indicator e; END",
        error);
}

static void it_is_stopped_where_the_next_cannot_be_read(void **state)
{
    (void)state;
    struct world world;
    size_t number = 0;
    world_open(&world, 1);
    world_put_script(&world, "counts.lua", counts);
    world_put_script(&world, "other.lua", other);
    world_start(&world);
    world_write(&world, append_some, &number);
    world_wait_until_idle(&world);
    world_write(&world, damage, NULL);
    world_stop(&world);
    for (int i = 0; i < 5; i++) {
        world_start(&world);
        world_write(&world, mark_others, NULL);
        world_write(&world, slow_down, NULL);
        while (!status_of(&world).error)
            uv_run(&world.loop, UV_RUN_ONCE);
        assert_non_null(strstr(status_of(&world).error, "cannot be read"));
        world_stop(&world);
    }
    world_close(&world);
}

/* Wherever it is stopped, nothing is under way any more, and nothing is lost. */
static void it_is_stopped_while_results_are_written(void **state)
{
    (void)state;
    struct world world;
    size_t number = 0;
    world_open(&world, 1);
    world_put_script(&world, "counts.lua", counts);
    for (unsigned turns = 1; turns < 30; turns++) {
        world_start(&world);
        world_write(&world, append_some, &number);
        engine_wake(world.engine);
        for (unsigned i = 0; i < turns && !status_of(&world).idle; i++)
            uv_run(&world.loop, UV_RUN_ONCE);
        world_stop(&world);
    }
    world_start(&world);
    world_wait_until_idle(&world);
    assert_all_are(&world, number);
    world_stop(&world);
    world_close(&world);
}

/* ---- turns
 * -------------------------------------------------------------------------------------------------- */

static const char slow[] = "local w = require 'wijzer'\n"
                           "for _, id in ipairs { 'a', 'b', 'c', 'd' } do\n"
                           "  w.indicator { id = id, source = w.events(), by = { 'course' }, period = "
                           "'week', inputs = { x = w.count() },\n"
                           "    compute = function(g) for i = 1, 100000 do end return g.x.value end }\n"
                           "end\n";

static int take_latest(void *data, const struct store_result *result)
{
    int64_t *latest = data;
    if (result->computed_at > *latest)
        *latest = result->computed_at;
    return 0;
}

static int64_t computed_by(struct world *world, const char *name)
{
    int64_t latest = 0;
    world_results(world, name, take_latest, &latest);
    return latest;
}

/* A turn that ends with results on their way to the store is paid for as any other. */
static void a_neighbour_has_its_turn(void **state)
{
    (void)state;
    struct world world;
    size_t number = 0;
    world_open(&world, 1);
    world_put_script(&world, "a_slow.lua", slow);
    world_put_script(&world, "z_quick.lua", other);
    world_start(&world);
    world_write(&world, append_some, &number);
    world_wait_until_idle(&world);
    world_write(&world, append_some, &number); /* by now it is known what a turn of each costs */
    world_wait_until_idle(&world);
    assert_true(computed_by(&world, "b") < computed_by(&world, "d"));
    assert_true(computed_by(&world, "z") < computed_by(&world, "d"));
    world_stop(&world);
    world_close(&world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_written_is_tried_again),
        cmocka_unit_test(what_was_never_written_and_is_taken_back_is_not_counted),
        cmocka_unit_test(what_could_not_be_written_is_computed_after_a_start),
        cmocka_unit_test(it_is_stopped_where_the_next_cannot_be_read),
        cmocka_unit_test(it_is_stopped_while_results_are_written),
        cmocka_unit_test(a_neighbour_has_its_turn)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
