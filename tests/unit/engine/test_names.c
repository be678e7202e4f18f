/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that are read again and again are those of the store, as if they were read for the first time. */
#include "world.h"

#include "engine/internal.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 40, NAMES = 12, WAVES = 4 };

struct test {
    struct world world;
    struct group_names groups;
    struct period_names periods;
    uint32_t last_group, last_period; /* of the store */
};

/* Groups in groups, whose names have what a path writes otherwise; days; and waves, whose times move. */
static int write_some(struct store_tx *tx, void *data, struct error *error)
{
    struct test *test = data;
    static const char *const names[] = {"plain", "a/b", "100%", "zorg & welzijn"};
    char label[16];
    uint32_t school, team, day, wave;
    snprintf(label, sizeof label, "S%u", world_draw(&test->world, NAMES));
    if (store_group_intern(tx, 0, "institution", label, &school, error) != 0 ||
        store_group_intern(tx, school, "team", names[world_draw(&test->world, 4)], &team, error) != 0)
        return -1;
    snprintf(label, sizeof label, "2026-03-%02u", 1 + world_draw(&test->world, NAMES));
    if (store_period_intern(tx, "day", label, 1000, &day, error) != 0)
        return -1;
    snprintf(label, sizeof label, "%u", 2020 + world_draw(&test->world, WAVES));
    const int64_t time = world_draw(&test->world, 100000);
    return store_period_intern(tx, "survey:monitor", label, time, &wave, error) != 0
               ? -1
               : store_period_seen(tx, wave, time, error);
}

static void assert_same_text(const char *one, const char *other)
{
    assert_int_equal(one == NULL, other == NULL);
    if (one)
        assert_string_equal(one, other);
}

static void compare_groups(const struct group_names *kept, const struct group_names *fresh)
{
    assert_int_equal(kept->last, fresh->last);
    for (uint32_t i = 0; i <= fresh->last; i++) {
        assert_int_equal(kept->parents[i], fresh->parents[i]);
        assert_same_text(kept->levels[i], fresh->levels[i]);
        assert_same_text(kept->paths[i], fresh->paths[i]);
    }
}

static void compare_periods(const struct period_names *kept, const struct period_names *fresh)
{
    assert_int_equal(kept->last, fresh->last);
    for (uint32_t i = 0; i <= fresh->last; i++) {
        assert_same_text(kept->calendars[i], fresh->calendars[i]);
        assert_same_text(kept->labels[i], fresh->labels[i]);
        assert_int_equal(kept->starts[i], fresh->starts[i]);
        assert_int_equal(kept->latest[i], fresh->latest[i]);
    }
}

/* In order of their numbers: the last one is the last that is known, so that nothing is read twice. */
static int compare_path(void *data, const struct store_group *group)
{
    struct test *test = data;
    assert_string_equal(test->groups.paths[group->id], group->path);
    test->last_group = group->id;
    return 0;
}

static int compare_label(void *data, const struct store_period *period)
{
    struct test *test = data;
    assert_string_equal(test->periods.labels[period->id], period->label);
    test->last_period = period->id;
    return 0;
}

static int compare_all(struct store_view *view, void *data, struct error *error)
{
    struct test *test = data;
    struct group_names groups = {0};
    struct period_names periods = {0};
    assert_int_equal(group_names_read(&test->groups, view, error), 0);
    assert_int_equal(period_names_read(&test->periods, view, error), 0);
    assert_int_equal(group_names_read(&groups, view, error), 0);
    assert_int_equal(period_names_read(&periods, view, error), 0);
    compare_groups(&test->groups, &groups);
    compare_periods(&test->periods, &periods);
    assert_int_equal(store_groups(view, compare_path, test, error), 0);
    assert_int_equal(store_periods(view, compare_label, test, error), 0);
    assert_int_equal(test->groups.last, test->last_group);
    assert_int_equal(test->periods.last, test->last_period);
    group_names_free(&groups);
    period_names_free(&periods);
    return 0;
}

static void what_is_read_on_is_what_is_read_anew(void **state)
{
    (void)state;
    struct test test = {0};
    world_open(&test.world, 3);
    world_start(&test.world);
    for (int i = 0; i < ROUNDS; i++) {
        world_write(&test.world, write_some, &test);
        world_read(&test.world, compare_all, &test);
    }
    group_names_free(&test.groups);
    period_names_free(&test.periods);
    world_stop(&test.world);
    world_close(&test.world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_read_on_is_what_is_read_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
