/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stages of an alert, told as stories with a clock of their own; and the vocabulary's promises, held
 * against random stories: `for` and `keep_firing_for` as Prometheus documents them. */
#include "engine/alert/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 86400000 };

static const struct alert_rule patient = {.hold_ms = 3 * (int64_t)DAY, .keep_ms = DAY};
static const struct alert_rule at_once = {0};

struct scene {
    double day;
    enum alert_verdict verdict;
    enum alert_stage stage;
    double since;
};

static void play(const struct alert_rule *rule, const struct scene *scenes, size_t count)
{
    struct alert_status status = {0};
    for (size_t i = 0; i < count; i++) {
        status = alert_rule_judge(rule, status, scenes[i].verdict, (int64_t)(scenes[i].day * DAY));
        assert_int_equal(status.stage, scenes[i].stage);
        assert_true(status.since == (int64_t)(scenes[i].since * DAY));
    }
}

#define PLAY(rule, ...)                                                                                      \
    play(rule, (const struct scene[]){__VA_ARGS__},                                                          \
         sizeof(const struct scene[]){__VA_ARGS__} / sizeof(struct scene))

static void it_fires_after_it_has_held_long_enough(void **state)
{
    (void)state;
    PLAY(&patient, {1, ALERT_HOLDS, ALERT_PENDING, 1}, {2, ALERT_HOLDS, ALERT_PENDING, 1},
         {3.999, ALERT_HOLDS, ALERT_PENDING, 1}, {4, ALERT_HOLDS, ALERT_FIRING, 4},
         {9, ALERT_HOLDS, ALERT_FIRING, 4});
}

static void what_ends_while_pending_never_fired(void **state)
{
    (void)state;
    PLAY(&patient, {1, ALERT_HOLDS, ALERT_PENDING, 1}, {3, ALERT_ENDS, ALERT_PEACE, 3},
         {3.5, ALERT_HOLDS, ALERT_PENDING, 3.5}, {6, ALERT_HOLDS, ALERT_PENDING, 3.5},
         {6.5, ALERT_HOLDS, ALERT_FIRING, 6.5});
}

static void it_fires_on_for_as_long_as_it_is_kept(void **state)
{
    (void)state;
    PLAY(&patient, {1, ALERT_HOLDS, ALERT_PENDING, 1}, {4, ALERT_HOLDS, ALERT_FIRING, 4},
         {5, ALERT_ENDS, ALERT_FIRING, 4}, {5.9, ALERT_ENDS, ALERT_FIRING, 4},
         {5.95, ALERT_HOLDS, ALERT_FIRING, 4}, {8, ALERT_ENDS, ALERT_FIRING, 4},
         {9, ALERT_ENDS, ALERT_RESOLVED, 9}, {12, ALERT_ENDS, ALERT_RESOLVED, 9},
         {13, ALERT_HOLDS, ALERT_PENDING, 13});
}

static void without_hold_and_keep_it_follows_at_once(void **state)
{
    (void)state;
    PLAY(&at_once, {1, ALERT_ENDS, ALERT_PEACE, 0}, {2, ALERT_HOLDS, ALERT_FIRING, 2},
         {3, ALERT_ENDS, ALERT_RESOLVED, 3}, {4, ALERT_HOLDS, ALERT_FIRING, 4});
}

static void without_a_value_it_stays_as_it_was_and_time_goes_on(void **state)
{
    (void)state;
    PLAY(&patient, {1, ALERT_AS_BEFORE, ALERT_PEACE, 0}, {2, ALERT_HOLDS, ALERT_PENDING, 2},
         {5, ALERT_AS_BEFORE, ALERT_FIRING, 5}, {6, ALERT_ENDS, ALERT_FIRING, 5},
         {7, ALERT_AS_BEFORE, ALERT_RESOLVED, 7}, {8, ALERT_AS_BEFORE, ALERT_RESOLVED, 7});
}

static void resolving_without_a_value_does_not_wait(void **state)
{
    (void)state;
    PLAY(&patient, {1, ALERT_HOLDS, ALERT_PENDING, 1}, {4, ALERT_HOLDS, ALERT_FIRING, 4},
         {4.1, ALERT_ENDS_NOW, ALERT_RESOLVED, 4.1});
}

static void a_clock_set_back_delays_and_hastens_nothing(void **state)
{
    (void)state;
    PLAY(&patient, {10, ALERT_HOLDS, ALERT_PENDING, 10}, {2, ALERT_HOLDS, ALERT_PENDING, 10},
         {12.9, ALERT_HOLDS, ALERT_PENDING, 10}, {13, ALERT_HOLDS, ALERT_FIRING, 13});
}

/* A second judgement at the same moment changes nothing: what a restart does. */
static void to_be_judged_twice_is_to_be_judged_once(void **state)
{
    (void)state;
    srand(7);
    for (int story = 0; story < 2000; story++) {
        const struct alert_rule rule = {.hold_ms = rand() % 4, .keep_ms = rand() % 4};
        struct alert_status status = {0};
        int64_t now = 0;
        for (int step = 0; step < 30; step++) {
            const enum alert_verdict verdict = (enum alert_verdict)(rand() % 4);
            now += rand() % 3;
            status = alert_rule_judge(&rule, status, verdict, now);
            const struct alert_status again = alert_rule_judge(&rule, status, verdict, now);
            assert_memory_equal(&again, &status, sizeof status);
        }
    }
}

/* Judged at its deadline, and not before it, time alone moves it on. */
static void the_deadline_is_when_time_moves_it(void **state)
{
    (void)state;
    srand(8);
    for (int story = 0; story < 2000; story++) {
        const struct alert_rule rule = {.hold_ms = 1 + rand() % 9, .keep_ms = 1 + rand() % 9};
        struct alert_status status = {0};
        int64_t now = 100;
        for (int step = 0; step < 30; step++, now += rand() % 4) {
            status = alert_rule_judge(&rule, status, rand() % 2 ? ALERT_HOLDS : ALERT_ENDS, now);
            const int64_t deadline = alert_rule_deadline(&rule, &status);
            if (deadline == INT64_MAX)
                continue;
            assert_int_equal(alert_rule_judge(&rule, status, ALERT_AS_BEFORE, deadline - 1).stage,
                             status.stage);
            assert_int_not_equal(alert_rule_judge(&rule, status, ALERT_AS_BEFORE, deadline).stage,
                                 status.stage);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_fires_after_it_has_held_long_enough),
        cmocka_unit_test(what_ends_while_pending_never_fired),
        cmocka_unit_test(it_fires_on_for_as_long_as_it_is_kept),
        cmocka_unit_test(without_hold_and_keep_it_follows_at_once),
        cmocka_unit_test(without_a_value_it_stays_as_it_was_and_time_goes_on),
        cmocka_unit_test(resolving_without_a_value_does_not_wait),
        cmocka_unit_test(a_clock_set_back_delays_and_hastens_nothing),
        cmocka_unit_test(to_be_judged_twice_is_to_be_judged_once),
        cmocka_unit_test(the_deadline_is_when_time_moves_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
