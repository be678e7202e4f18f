/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of cells in memory is what the store has, whatever is written meanwhile. */
#include "world.h"

#include "engine/known_cells.h"
#include "stats/event_summary.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PERIODS = 3, GROUPS = 40, ROUNDS = 200, WRITES = 25, MOST_SIZE = 20 };

static struct input of_survey = {.id = 1, .instrument = "monitor"};
static struct input of_events = {.id = 2};

struct test {
    struct world world;
    struct known_cells *known;
    uint32_t period; /* that is read */
    size_t compared;
};

static void open_test(struct test *test, unsigned seed)
{
    *test = (struct test){.known = known_cells_new()};
    world_open(&test->world, seed);
}

static void close_test(struct test *test)
{
    known_cells_free(test->known);
    world_stop(&test->world);
    world_close(&test->world);
}

static int read_period(struct store_view *view, void *data, struct error *error)
{
    struct test *test = data;
    return known_cells_read(test->known, &of_survey, test->period, view, error);
}

/* ---- anything happens ---------------------------------------------------------------------------------- */

static int write_some(struct store_tx *tx, void *data, struct error *error)
{
    struct test *test = data;
    for (int i = 0; i < WRITES; i++) {
        uint8_t bytes[MOST_SIZE];
        const uint32_t period = 1 + world_draw(&test->world, PERIODS);
        const uint32_t group = 1 + world_draw(&test->world, GROUPS);
        const size_t size = world_draw(&test->world, 3) ? world_draw(&test->world, MOST_SIZE) : 0;
        for (size_t k = 0; k < size; k++)
            bytes[k] = (uint8_t)world_draw(&test->world, 256);
        known_cells_change(test->known, &of_survey, period, group, bytes, size);
        if (store_cell_put(tx, of_survey.id, period, group, bytes, size, error) != 0)
            return -1;
    }
    return 0;
}

static int compare_all(struct store_view *view, void *data, struct error *error)
{
    struct test *test = data;
    for (uint32_t period = 1; period <= PERIODS; period++)
        for (uint32_t group = 1; group <= GROUPS; group++) {
            struct buf kept = {0}, known = {0};
            assert_int_equal(store_cell_get(view, of_survey.id, period, group, &kept, error), 0);
            if (known_cells_take(test->known, &of_survey, period, group, &known)) {
                assert_int_equal(known.size, kept.size);
                assert_true(known.size == 0 || memcmp(known.data, kept.data, kept.size) == 0);
                test->compared++;
            }
            buf_free(&kept);
            buf_free(&known);
        }
    return 0;
}

static void it_is_what_the_store_has(void **state)
{
    (void)state;
    struct test test;
    open_test(&test, 5);
    world_start(&test.world);
    for (int i = 0; i < ROUNDS; i++) {
        world_write(&test.world, write_some, &test);
        if (world_draw(&test.world, 20) == 0)
            known_cells_clear(test.known);
        test.period = 1 + world_draw(&test.world, PERIODS);
        if (world_draw(&test.world, 2))
            world_read(&test.world, read_period, &test);
        world_read(&test.world, compare_all, &test);
    }
    assert_true(test.compared > (size_t)ROUNDS * GROUPS);
    close_test(&test);
}

/* ---- bounds, and events -------------------------------------------------------------------------------- */

static int write_large(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint8_t bytes[40000];
    for (uint32_t group = 1; group <= GROUPS; group++)
        if (store_cell_put(tx, of_survey.id, 1, group, bytes, sizeof bytes, error) != 0)
            return -1;
    return 0;
}

static void a_period_that_is_large_is_not_kept(void **state)
{
    (void)state;
    struct test test;
    struct buf out = {0};
    open_test(&test, 1);
    world_start(&test.world);
    world_write(&test.world, write_large, &test);
    test.period = 1;
    world_read(&test.world, read_period, &test);
    assert_false(known_cells_take(test.known, &of_survey, 1, 1, &out));
    known_cells_change(test.known, &of_survey, 1, 1, "x", 1);
    assert_false(known_cells_take(test.known, &of_survey, 1, 1, &out));
    assert_int_equal(out.size, 0);
    close_test(&test);
}

/* It is told of, as it is of a cell that is written, and grows. */
static void a_period_that_becomes_large_is_kept_no_longer(void **state)
{
    (void)state;
    static const uint8_t bytes[40000];
    struct test test;
    struct buf out = {0};
    open_test(&test, 1);
    world_start(&test.world);
    test.period = 1;
    world_read(&test.world, read_period, &test);
    for (uint32_t group = 1; group <= GROUPS / 2; group++)
        known_cells_change(test.known, &of_survey, 1, group, bytes, sizeof bytes);
    assert_true(known_cells_take(test.known, &of_survey, 1, 1, &out));
    for (uint32_t group = 1; group <= GROUPS; group++)
        known_cells_change(test.known, &of_survey, 1, group, bytes, sizeof bytes);
    assert_false(known_cells_take(test.known, &of_survey, 1, 1, &out));
    buf_free(&out);
    close_test(&test);
}

enum { LARGE_PERIODS = 20 };

static int write_many(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint8_t bytes[20000];
    for (uint32_t period = 1; period <= LARGE_PERIODS; period++)
        for (uint32_t group = 1; group <= GROUPS; group++)
            if (store_cell_put(tx, of_survey.id, period, group, bytes, sizeof bytes, error) != 0)
                return -1;
    return 0;
}

/* 20 periods of 0.8 MB: at some time those that were read first make room. */
static void only_so_much_is_kept_of_all_periods(void **state)
{
    (void)state;
    struct test test;
    struct buf out = {0};
    size_t known = 0;
    open_test(&test, 1);
    world_start(&test.world);
    world_write(&test.world, write_many, &test);
    for (test.period = 1; test.period <= LARGE_PERIODS; test.period++) {
        world_read(&test.world, read_period, &test);
        assert_true(known_cells_take(test.known, &of_survey, test.period, 1, &out));
    }
    for (uint32_t period = 1; period <= LARGE_PERIODS; period++)
        known += known_cells_take(test.known, &of_survey, period, 1, &out);
    assert_in_range(known, 1, 11);
    buf_free(&out);
    close_test(&test);
}

static const struct event_summary summary = {.events = 300, .people = 200, .kinds = 2};

static int write_head(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    struct buf bytes = {0};
    event_summary_encode(&summary, &bytes);
    buf_append_text(&bytes, "who they are");
    const int result = store_cell_put(tx, of_events.id, 1, 7, bytes.data, bytes.size, error);
    buf_free(&bytes);
    return result;
}

static int read_events(struct store_view *view, void *data, struct error *error)
{
    struct test *test = data;
    return known_cells_read(test->known, &of_events, 1, view, error);
}

static void of_events_only_the_summary_is_kept(void **state)
{
    (void)state;
    struct test test;
    struct buf out = {0}, expected = {0};
    open_test(&test, 1);
    world_start(&test.world);
    world_write(&test.world, write_head, &test);
    world_read(&test.world, read_events, &test);
    event_summary_encode(&summary, &expected);
    assert_true(known_cells_take(test.known, &of_events, 1, 7, &out));
    assert_int_equal(out.size, expected.size);
    assert_memory_equal(out.data, expected.data, expected.size);
    buf_free(&out);
    buf_free(&expected);
    close_test(&test);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_what_the_store_has),
                                       cmocka_unit_test(a_period_that_is_large_is_not_kept),
                                       cmocka_unit_test(a_period_that_becomes_large_is_kept_no_longer),
                                       cmocka_unit_test(only_so_much_is_kept_of_all_periods),
                                       cmocka_unit_test(of_events_only_the_summary_is_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
