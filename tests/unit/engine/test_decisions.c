/* SPDX-License-Identifier: GPL-3.0-or-later */
/* That groups were decided on is noted of these and of no others, however they lie among each other. */
#include "world.h"

#include "engine/internal.h"
#include "engine/publication/decisions.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { GROUPS = 40, PERIODS = 2, INDICATORS = 2, ROUNDS = 60 };
enum fate { NO_DECISION, DECIDED, DUE };

static char *levels[] = {(char *)"course"};
static struct indicator indicators[INDICATORS] = {
    {.declaration = {.id = (char *)"a", .levels = levels, .level_count = 1}, .calendar = (char *)"day"},
    {.declaration = {.id = (char *)"b", .levels = levels, .level_count = 1}, .calendar = (char *)"day"}};

/* By indicator, period and group. */
typedef enum fate fates[INDICATORS][PERIODS + 1][GROUPS + 1];

struct test {
    struct world world;
    struct engine engine;
    struct group_names groups;
    struct period_names periods;
    struct decisions decisions;
    fates wanted;
    size_t wrong, looked;
};

static int write_names(struct store_tx *tx, void *data, struct error *error)
{
    struct test *test = data;
    uint32_t number;
    for (int i = 1; i <= GROUPS; i++) {
        char name[32];
        snprintf(name, sizeof name, "G%d", i);
        if (store_group_intern(tx, 0, world_draw(&test->world, 3) ? "course" : "school", name, &number,
                               error) != 0)
            return -1;
    }
    for (int i = 1; i <= PERIODS; i++) {
        char label[32];
        snprintf(label, sizeof label, "2026-11-%02d", i);
        if (store_period_intern(tx, "day", label, i, &number, error) != 0)
            return -1;
    }
    for (size_t i = 0; i < INDICATORS; i++)
        if (store_indicator_intern(tx, indicators[i].declaration.id, &indicators[i].id, error) != 0)
            return -1;
    return 0;
}

static int read_names(struct store_view *view, void *data, struct error *error)
{
    struct test *test = data;
    if (group_names_read(&test->groups, view, error) != 0)
        return -1;
    return period_names_read(&test->periods, view, error);
}

static bool is_course(const struct test *test, uint32_t group)
{
    return strcmp(test->groups.levels[group], "course") == 0;
}

/* All courses are marked. */
static int mark_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct test *test = data;
    for (size_t i = 0; i < INDICATORS; i++)
        for (uint32_t period = 1; period <= PERIODS; period++)
            for (uint32_t group = 1; group <= GROUPS; group++)
                if (is_course(test, group) &&
                    store_stale_mark(tx, indicators[i].id, period, group, error) != 0)
                    return -1;
    return 0;
}

/* Mostly nearly all are decided on, in no order; now and then of one period only. */
static void draw_decisions(struct test *test)
{
    static struct decision all[INDICATORS * PERIODS * GROUPS];
    const uint32_t periods = 1 + world_draw(&test->world, PERIODS);
    size_t count = 0;
    for (size_t i = 0; i < INDICATORS; i++)
        for (uint32_t period = 1; period <= PERIODS; period++)
            for (uint32_t group = 1; group <= GROUPS; group++) {
                const unsigned chance = period > periods ? 0 : world_draw(&test->world, 10);
                test->wanted[i][period][group] = chance == 0 ? NO_DECISION : chance == 1 ? DUE : DECIDED;
                if (chance == 0 || !is_course(test, group))
                    continue;
                const size_t at = world_draw(&test->world, (unsigned)count + 1);
                all[count++] = all[at];
                all[at] = (struct decision){.indicator = indicators[i].id,
                                            .period = period,
                                            .group = group,
                                            .of = &indicators[i],
                                            .is_due = chance == 1};
            }
    test->decisions = (struct decisions){.all = all, .count = count};
}

static int keep(struct store_tx *tx, void *data, struct error *error)
{
    const struct test *test = data;
    const struct relation_names names = {&test->groups, &test->periods};
    return decisions_keep(tx, &test->engine, &test->decisions, &names, error);
}

struct looking {
    struct test *test;
    size_t indicator;
};

static int look_at_mark(void *data, uint32_t period, uint32_t group, bool decided)
{
    const struct looking *looking = data;
    looking->test->wrong += decided != (looking->test->wanted[looking->indicator][period][group] == DECIDED);
    looking->test->looked++;
    return 0;
}

static int look(struct store_view *view, void *data, struct error *error)
{
    struct looking looking = {.test = data};
    for (; looking.indicator < INDICATORS; looking.indicator++)
        if (store_stale(view, indicators[looking.indicator].id, SIZE_MAX >> 1, look_at_mark, &looking,
                        error) != 0)
            return -1;
    return 0;
}

static void what_was_decided_on_is_noted(void **state)
{
    (void)state;
    static struct test test;
    world_open(&test.world, 11);
    world_start(&test.world);
    world_write(&test.world, write_names, &test);
    world_read(&test.world, read_names, &test);
    for (int i = 0; i < ROUNDS; i++) {
        world_write(&test.world, mark_all, &test);
        draw_decisions(&test);
        world_write(&test.world, keep, &test);
        world_read(&test.world, look, &test);
        assert_int_equal(test.wrong, 0);
    }
    assert_true(test.looked > (size_t)ROUNDS * INDICATORS * PERIODS * GROUPS / 2);
    group_names_free(&test.groups);
    period_names_free(&test.periods);
    world_stop(&test.world);
    world_close(&test.world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_decided_on_is_noted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
