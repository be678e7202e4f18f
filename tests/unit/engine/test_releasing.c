/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers that wait, in a running engine: random histories of a survey, with a look at everything after each
 * step. What is in the cells, and what waits, is what the log says; nothing that is published changes before
 * enough people differ; a script that came late has what one has that was there from the start.
 */
#include "engine/check.h"
#include "history.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEEDS = 24, STEPS = 30, PEOPLE = 60 };

static const int64_t day_ms = 24 * 3600 * 1000;

/* How often what is asked here was at stake. */
struct outcome {
    size_t looks, releases, held, kept, closed, pairs;
};

struct school {
    struct history history;
    struct recount last; /* the look before */
    unsigned wave;       /* that most answer now */
    struct outcome *outcome;
};

static unsigned draw(struct school *school, unsigned below)
{
    return world_draw(&school->history.world, below);
}

/* ---- what is asked at each look ------------------------------------------------------------------------ */

static bool is_further(const struct recount *now, const struct recount *before)
{
    for (size_t i = 0; i < now->release_count; i++)
        if (!recount_covers(before, now->releases[i].period, now->releases[i].group,
                            now->releases[i].position))
            return true;
    return false;
}

/* Not even while much is held; but what only older entries want waits until these are removed. */
static void nothing_is_wanted(const struct school *school, const struct recount *now)
{
    for (size_t i = 0; i < now->release_count && !school->history.is_noted; i++)
        if (now->releases[i].wanted)
            fail_msg("seed %u: what must not wait of group %u does", now->world->seed,
                     now->releases[i].group);
}

/* How many people's numbers changed, in what waited for a result and what came in since. */
static unsigned count_touched(const struct recount *now, const struct recount_result *result)
{
    return (unsigned)__builtin_popcountll(now->touched[result->input][result->period][result->group]);
}

static void compare_value(struct school *school, const struct recount_result *before,
                          const struct recount *now)
{
    const struct recount_result *after = recount_find(now, before);
    school->outcome->kept++;
    if (!after || !after->published || !recount_same_value(before, after))
        fail_msg("seed %u: indicator %c%u of group %u changed, where no more than %u people did",
                 now->world->seed, before->side == EARLY ? 'i' : 'z', before->input, before->group,
                 count_touched(now, before));
}

/* Where fewer people differ than have to, in all that waited together, there is nothing to be seen of it. Who
 * shows groups of fewer than that hides nobody in them. */
static void nobody_is_seen(struct school *school, const struct recount *now)
{
    const struct world *world = &school->history.world;
    const struct recount *last = &school->last;
    if (school->history.removed || school->history.changed || world->min_group_size < world->min_change)
        return;
    for (size_t i = 0; i < last->result_count; i++)
        if (last->results[i].published && count_touched(now, &last->results[i]) < (unsigned)world->min_change)
            compare_value(school, &last->results[i], now);
}

/* What once had people and was withheld stays so: else it could be told from what was around it then. */
static void what_is_withheld_stays_so(struct school *school, const struct recount *now)
{
    const struct world *world = &school->history.world;
    for (size_t i = 0; i < now->result_count && !school->history.removed && !school->history.changed; i++) {
        const struct recount_result *result = &now->results[i];
        const struct recount_result *was = recount_find(&school->last, result);
        if (!result->published)
            continue;
        if (was && !was->published)
            fail_msg("seed %u: indicator %u of group %u appears, after it was withheld", world->seed,
                     result->input, result->group);
        if (!was && world->min_group_size >= world->min_change &&
            count_touched(now, result) < (unsigned)world->min_change)
            fail_msg("seed %u: indicator %u of group %u appears, where %u people came", world->seed,
                     result->input, result->group, count_touched(now, result));
    }
}

/* Of what is held nothing is released, whatever came in. */
static void what_is_held_stays(struct school *school, const struct recount *now)
{
    if (school->history.may_release || school->history.removed)
        return;
    school->outcome->held++;
    if (is_further(now, &school->last))
        fail_msg("seed %u: something was released that is held", now->world->seed);
}

static bool is_closed(const struct school *school, const struct recount *now, uint32_t period)
{
    const struct recount_wave *wave = &now->waves[period];
    for (uint32_t other = 1; other < now->period_count; other++) {
        const struct recount_wave *later = &now->waves[other];
        if (later->responses >= (size_t)school->history.world.min_group_size &&
            (later->starts > wave->starts ||
             (later->starts == wave->starts && strcmp(later->label, wave->label) > 0)))
            return true;
    }
    const int64_t quiet = atomic_load(&school->history.now) - wave->latest;
    return wave->latest == INT64_MIN || quiet >= school->history.closes_after * day_ms;
}

/* Somebody's school, where nothing was ever released in this wave. */
static bool is_untouched(const struct recount *now, uint32_t period, uint32_t group)
{
    const uint32_t root = recount_root(now, group);
    for (size_t i = 0; i < now->release_count; i++)
        if (now->releases[i].period == period &&
            (now->releases[i].group == 0 || recount_root(now, now->releases[i].group) == root))
            return false;
    return true;
}

/* Where nothing has been shown yet, there is no other moment to compare it with. */
static void a_closed_wave_is_not_waited_for(struct school *school, const struct recount *now)
{
    if (school->history.held != NOT_HELD)
        return;
    for (uint32_t period = 1; period < now->period_count; period++) {
        if (!is_closed(school, now, period))
            continue;
        for (uint32_t group = 1; group < now->group_count; group++)
            if (now->waits[period][group] && is_untouched(now, period, group))
                fail_msg("seed %u: group %u waits, though its wave is closed and nothing of its school was "
                         "released",
                         now->world->seed, group);
    }
}

/* Did something wait that only the end of its wave could release? */
static void count_closed(struct school *school, const struct recount *now)
{
    const struct recount *last = &school->last;
    for (uint32_t period = 1; period < last->period_count; period++)
        for (uint32_t group = 1; group < last->group_count; group++)
            if (last->waits[period][group] && is_untouched(last, period, group) &&
                !is_untouched(now, period, group) && is_closed(school, now, period))
                school->outcome->closed++;
}

static void on_checked(void *data, const struct engine_check *check, const struct error *error)
{
    if (error)
        fail_msg("%s", error->text);
    for (size_t i = 0; i < CHECK_DIFFERENCES_KEPT && check->said[i]; i++)
        print_message("differs: %s\n", check->said[i]);
    assert_int_equal(check->different, 0);
    assert_int_equal(check->skipped, 0);
    *(bool *)data = true;
}

static void it_is_what_the_engine_recomputes(struct world *world)
{
    struct error error;
    bool done = false;
    assert_int_equal(engine_check(world->engine, on_checked, &done, &error), 0);
    world_run_until(world, &done);
}

static void settle_held(struct history *history, const struct recount *now)
{
    if (history->held == PERHAPS_HELD && !history->removed)
        history->held = now->waiting > 0 ? HELD : NOT_HELD;
}

static void look(struct school *school)
{
    struct history *history = &school->history;
    struct world *world = &history->world;
    struct engine_status status;
    struct recount now;
    world_wait_until_idle(world);
    recount_take(&now, world, &school->last);
    settle_held(history, &now);
    nothing_is_wanted(school, &now);
    what_is_held_stays(school, &now);
    nobody_is_seen(school, &now);
    what_is_withheld_stays_so(school, &now);
    a_closed_wave_is_not_waited_for(school, &now);
    count_closed(school, &now);
    engine_status(world->engine, &status);
    assert_int_equal(status.waiting, now.waiting);
    it_is_what_the_engine_recomputes(world);
    school->outcome->looks++;
    school->outcome->releases += is_further(&now, &school->last);
    school->outcome->pairs += now.has_late;
    recount_free(&school->last);
    school->last = now;
    history->may_release = history->changed = false;
    history->removed = history->is_noted; /* what that wants may be released whenever something is */
}

/* ---- what happens -------------------------------------------------------------------------------------- */

/* Most people stay where they are; teams are of all sizes. */
static struct place draw_place(struct school *school, unsigned person)
{
    const unsigned chance = draw(school, 20), home = (person * person / 7) % (TEAMS * TEAMS);
    struct place place = {.team = home / TEAMS * (home % TEAMS) / TEAMS, .class = NO_CLASS};
    if (chance == 0)
        place.nowhere = true;
    else if (chance == 1)
        place.no_team = true;
    else if (chance < 4)
        place.team = draw(school, TEAMS);
    if (person % 3 == 0)
        place.class = person % CLASSES;
    return place;
}

/* The last item is left out by many: so few are in some inputs where enough are in others. */
static void draw_answers(struct school *school, double answers[ITEMS])
{
    for (size_t i = 0; i < ITEMS; i++)
        answers[i] = draw(school, 8) < (i == 3 ? 3 : 1)
                         ? NAN
                         : 1 + draw(school, 5) + (i == 3 ? 0.1 * draw(school, 3) : 0);
}

static void draw_operation(struct school *school)
{
    const unsigned person = draw(school, PEOPLE);
    struct operation operation = {.withdraw = draw(school, 7) == 0,
                                  .person = person,
                                  .wave = draw(school, 6) ? school->wave : draw(school, school->wave + 1),
                                  .place = draw_place(school, person)};
    draw_answers(school, operation.answers);
    history_add(&school->history, &operation);
}

static void draw_operations(struct school *school)
{
    const unsigned count = draw(school, 3) ? 1 + draw(school, 3) : 1 + draw(school, MOST_OPERATIONS / 2);
    for (unsigned i = 0; i < count; i++)
        draw_operation(school);
}

static void deliver(struct school *school)
{
    struct history *history = &school->history;
    history_begin_delivery(history);
    draw_operations(school);
    history_append(history);
    if (draw(school, 4) == 0) { /* it takes its time */
        look(school);
        draw_operations(school);
        history_append(history);
    }
    history_end_delivery(history, draw(school, 8) != 0);
}

static void append_alone(struct school *school)
{
    draw_operations(school);
    history_append(&school->history);
}

static void remove_somebody(struct school *school)
{
    if (school->history.forgetting.id)
        history_go_on_removing(&school->history);
    else
        history_begin_removal(&school->history, draw(school, PEOPLE));
}

static void begin_wave(struct school *school)
{
    history_pass_days(&school->history, 1);
    if (school->wave + 1 < WAVES)
        school->wave++;
}

static void happen(struct school *school)
{
    const unsigned chance = draw(school, 20);
    if (chance < 12)
        deliver(school);
    else if (chance < 13)
        append_alone(school);
    else if (chance < 15)
        remove_somebody(school);
    else if (chance < 17)
        history_pass_days(&school->history, 1 + draw(school, 4));
    else if (chance < 18)
        begin_wave(school);
    else if (chance < 19)
        history_restart(&school->history);
    else if (draw(school, 2))
        history_edit_script(&school->history);
    else
        history_change_scripts(&school->history);
}

static void live_through(unsigned seed, struct outcome *outcome)
{
    struct school *school = mem_alloc(sizeof *school);
    *school = (struct school){.outcome = outcome};
    history_open(&school->history, seed, 1 + (int)(seed % 5), (int)(seed % 4) * 3);
    for (unsigned step = 0; step < STEPS; step++) {
        happen(school);
        if (draw(school, 5))
            look(school);
        else
            world_run_a_little(&school->history.world);
    }
    while (school->history.forgetting.id) {
        history_go_on_removing(&school->history);
        look(school);
    }
    look(school);
    recount_free(&school->last);
    history_close(&school->history);
    free(school);
}

static void what_waits_and_what_does_not_is_what_the_log_says(void **state)
{
    struct outcome outcome = {0};
    (void)state;
    for (unsigned seed = 1; seed <= SEEDS; seed++)
        live_through(seed, &outcome);
    print_message("%zu looks: something was released at %zu, held at %zu, %zu values had to stay, %zu "
                  "groups were closed, two sides at %zu\n",
                  outcome.looks, outcome.releases, outcome.held, outcome.kept, outcome.closed, outcome.pairs);
    assert_true(outcome.releases > SEEDS && outcome.held > SEEDS && outcome.pairs > SEEDS);
    assert_true(outcome.kept > 10 * SEEDS && outcome.closed > 0);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_waits_and_what_does_not_is_what_the_log_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
