/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * While a wave is open, small groups are waited for; once it is closed, by a later wave or because nobody
 * answered for some days, they are not. What would tell of fewer people than have to differ waits before and
 * after.
 */
#include "engine/calendar.h"
#include "history.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SCENARIOS = 12 };

static const int64_t day_ms = 24 * 3600 * 1000;

/* Teams in one school, T0, T2, ...: large ones, then small ones. */
struct scenario {
    struct history history;
    int least;
    unsigned large, teams, sizes[TEAMS]; /* by every second team */
    unsigned people, person;             /* as many, numbered so far */
    uint32_t wave;                       /* a period */
};

static void add_people(struct scenario *scenario, unsigned team, unsigned wave, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const unsigned person = scenario->person++;
        /* All different: nobody's group answers as with one voice. */
        const struct operation operation = {
            .person = person,
            .wave = wave,
            .place = {.team = 2 * team, .class = NO_CLASS},
            .answers = {1 + person % 5, 1 + person % 3, 1 + person % 4, person}};
        history_add(&scenario->history, &operation);
    }
}

static void deliver(struct scenario *scenario)
{
    history_begin_delivery(&scenario->history);
    history_append(&scenario->history);
    history_end_delivery(&scenario->history, true);
}

/* The small ones have enough people together that they hide each other. */
static void draw_scenario(struct scenario *scenario, unsigned seed)
{
    struct world *world = &scenario->history.world;
    unsigned small = 0;
    history_open(&scenario->history, seed, 3 + (int)(seed % 3), 1 + (int)(seed % 7));
    scenario->least = world->min_group_size;
    scenario->large = 1 + world_draw(world, 2);
    scenario->teams = 0;
    for (; scenario->teams < scenario->large; scenario->teams++)
        scenario->sizes[scenario->teams] = 2 * (unsigned)scenario->least + world_draw(world, 3);
    for (; small < (unsigned)scenario->least && scenario->teams < TEAMS / 2; scenario->teams++) {
        scenario->sizes[scenario->teams] = (unsigned)scenario->least - 1;
        small += scenario->sizes[scenario->teams];
    }
    for (unsigned team = 0; team < scenario->teams; team++)
        add_people(scenario, team, 0, scenario->sizes[team]);
    deliver(scenario);
}

static void expect_team(struct scenario *scenario, const struct recount *now, unsigned team, int64_t shown,
                        bool waits)
{
    const struct place place = {.team = 2 * team, .class = NO_CLASS};
    const struct recount_result like = {
        .input = ITEM, .period = scenario->wave, .group = history_find(&scenario->history, &place)};
    const struct recount_result *result = recount_find(now, &like);
    const int64_t n = result && result->published ? result->value.n : 0;
    if (n != shown || now->waits[scenario->wave][like.group] != waits)
        fail_msg("seed %u: team %u shows %lld people and %s; it should show %lld and %s", now->world->seed,
                 team, (long long)n, now->waits[scenario->wave][like.group] ? "waits" : "does not wait",
                 (long long)shown, waits ? "wait" : "not wait");
}

static void expect_school(struct scenario *scenario, const struct recount *now, int64_t shown)
{
    const struct place place = {.no_team = true};
    const struct recount_result like = {
        .input = ITEM, .period = scenario->wave, .group = history_find(&scenario->history, &place)};
    const struct recount_result *result = recount_find(now, &like);
    assert_true(result && result->published);
    assert_int_equal(result->value.n, shown);
}

/* So many more than at first are shown of the first team, and wait there; are the small ones still waited
 * for? */
static void expect_all(struct scenario *scenario, unsigned more, bool waits, bool small_wait)
{
    struct recount now;
    unsigned all = more;
    world_wait_until_idle(&scenario->history.world);
    scenario->wave = history_find_wave(&scenario->history, 0);
    recount_take(&now, &scenario->history.world, NULL);
    for (unsigned team = 0; team < scenario->teams; team++) {
        const bool is_large = team < scenario->large;
        all += is_large || !small_wait ? scenario->sizes[team] : 0;
        if (is_large)
            expect_team(scenario, &now, team, scenario->sizes[team] + (team ? 0 : more), !team && waits);
        else
            expect_team(scenario, &now, team, 0, small_wait);
    }
    expect_school(scenario, &now, all);
    recount_free(&now);
}

static void close_by_days(struct scenario *scenario)
{
    history_pass_days(&scenario->history, (unsigned)scenario->history.closes_after - 1);
    expect_all(scenario, 0, true, true);
    history_pass_days(&scenario->history, 1);
}

static void close_by_another_wave(struct scenario *scenario)
{
    history_pass_days(&scenario->history, 0);
    atomic_fetch_add(&scenario->history.now, 1); /* it begins later */
    add_people(scenario, 0, 1, (unsigned)scenario->least - 1);
    deliver(scenario);
    expect_all(scenario, 0, true, true);
    add_people(scenario, 0, 1, 1);
    deliver(scenario);
}

/* Its end is noticed, though nothing comes in and nobody says so. */
static void close_overnight(struct scenario *scenario)
{
    struct history *history = &scenario->history;
    const int64_t now = atomic_load(&history->now);
    history_pass_days(history, (unsigned)history->closes_after - 1);
    atomic_store(&history->now, calendar_find(PERIOD_DAY, atomic_load(&history->now)).ends - 50);
    engine_clock_was_set(history->world.engine);
    expect_all(scenario, 0, true, true);
    atomic_store(&history->now, now + history->closes_after * day_ms);
    const uint64_t begun = uv_hrtime();
    struct engine_status status;
    for (engine_status(history->world.engine, &status); status.waiting > 1;
         engine_status(history->world.engine, &status)) {
        uv_run(&history->world.loop, UV_RUN_NOWAIT);
        assert_true(uv_hrtime() - begun < 20 * (uint64_t)1000000000);
    }
}

static void end_wave(unsigned seed, void (*close)(struct scenario *))
{
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    *scenario = (struct scenario){0};
    draw_scenario(scenario, seed);
    expect_all(scenario, 0, false, true);
    add_people(scenario, 0, 0, 1);
    deliver(scenario);
    expect_all(scenario, 0, true, true);
    close(scenario);
    expect_all(scenario, 0, true, false);
    add_people(scenario, 0, 0, 1);
    deliver(scenario);
    expect_all(scenario, 0, true, false);
    add_people(scenario, 0, 0, 1);
    deliver(scenario);
    expect_all(scenario, 3, false, false);
    history_close(&scenario->history);
    free(scenario);
}

static void small_groups_are_waited_for_until_the_wave_ends(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= SCENARIOS; seed++)
        end_wave(seed, seed % 2 ? close_by_days : close_by_another_wave);
}

static void the_end_of_a_wave_needs_no_delivery(void **state)
{
    (void)state;
    end_wave(SCENARIOS + 1, close_overnight);
}

/* ---- a script that is still being called ----------------------------------------------------------------
 */

static void add_answers(struct scenario *scenario, double a, double d)
{
    const unsigned person = scenario->person++;
    const struct operation operation = {.person = person,
                                        .place = {.team = 0, .class = NO_CLASS},
                                        .answers = {a, 1 + person % 3, 1 + person % 4, d}};
    history_add(&scenario->history, &operation);
}

/* How many people the first team shows of an input, and whether somebody there waits. */
static void expect_input(struct scenario *scenario, enum input_number input, unsigned shown, bool waits)
{
    struct recount now;
    const struct place place = {.team = 0, .class = NO_CLASS};
    world_wait_until_idle(&scenario->history.world);
    recount_take(&now, &scenario->history.world, NULL);
    const struct recount_result like = {
        .input = input, .period = scenario->wave, .group = history_find(&scenario->history, &place)};
    const struct recount_result *result = recount_find(&now, &like);
    assert_true(result && result->published);
    assert_int_equal(result->value.n, shown);
    assert_int_equal(now.waits[scenario->wave][like.group], waits);
    recount_free(&now);
}

/* Three people are in every number but one, which a script makes of the answers of two. It was called last
 * before, so that it comes after the others now. */
static void nothing_is_released_before_the_script_has_seen_it(void **state)
{
    struct scenario *scenario = mem_alloc(sizeof *scenario);
    (void)state;
    *scenario = (struct scenario){0};
    draw_scenario(scenario, SCENARIOS + 2);
    expect_all(scenario, 0, false, true);
    history_edit_script(&scenario->history);
    expect_all(scenario, 0, false, true);
    const unsigned before = scenario->sizes[0];
    add_answers(scenario, 1, 2);
    add_answers(scenario, 5, 3);
    add_answers(scenario, 3, NAN);
    add_answers(scenario, NAN, 4);
    deliver(scenario);
    expect_input(scenario, DERIVED, before, true);
    expect_input(scenario, SHARE, before, true);
    add_answers(scenario, 2, 5);
    deliver(scenario);
    expect_input(scenario, DERIVED, before + 3, false);
    expect_input(scenario, SHARE, before + 4, false);
    history_close(&scenario->history);
    free(scenario);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_groups_are_waited_for_until_the_wave_ends),
        cmocka_unit_test(the_end_of_a_wave_needs_no_delivery),
        cmocka_unit_test(nothing_is_released_before_the_script_has_seen_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
