/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is released, and what waits, in a school with three teams. */
#include "release_school.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEAM_A, TEAM_B, TEAM_C, NO_TEAM, TEAMS = 3 };

/* A school and its teams; the last leaf is that of people who are in no team. `inputs` are one indicator
 * each.
 */
static void open_school(struct school *school, const enum kind *inputs, size_t count)
{
    *school = (struct school){.group_count = 1 + TEAMS,
                              .parents = {PUBLICATION_NO_PARENT, 0, 0, 0},
                              .leaf_groups = {1, 2, 3, 0},
                              .leaf_count = 4,
                              .min_change = 3,
                              .all_answer = true};
    for (size_t i = 0; i < count; i++) {
        struct indicator *indicator = &school->indicators[school->indicator_count++];
        *indicator = (struct indicator){
            .inputs = {inputs[i]}, .input_count = 1, .least = 5, .is_by = {true, true, true, true}};
        school_number_measures(inputs[i], indicator->measures);
        school_add_tallies(school, inputs[i]);
    }
}

static const enum kind one_item[] = {ITEM_A}, two_items[] = {ITEM_A, ITEM_B}, loose_scale[] = {LOOSE_SCALE};

static void add_second_input(struct school *school)
{
    struct indicator *indicator = &school->indicators[0];
    indicator->inputs[1] = ITEM_B;
    indicator->input_count = 2;
    school_number_measures(ITEM_B, indicator->measures + MEASURES_AN_INPUT);
    school_add_tallies(school, ITEM_B);
}

static int64_t people_of(const struct school *school, size_t group, enum kind kind)
{
    return __builtin_popcountll(school_answers(school, group, kind, NULL));
}

/* The school, team A, team B, team C: how many people are shown; 0: withheld. */
static void assert_shown(const struct school *school, size_t indicator, int64_t all, int64_t a, int64_t b,
                         int64_t c)
{
    const int64_t expected[] = {all, a, b, c};
    const struct indicator *of = &school->indicators[indicator];
    for (size_t group = 0; group < 4; group++)
        assert_int_equal(of->published[group] ? people_of(school, group, of->inputs[0]) : 0, expected[group]);
}

static void somebody_leaves(struct school *school, size_t leaf, size_t times)
{
    for (; times > 0; times--)
        school_withdraw(school, school_draw_person(school, leaf));
}

static void a_small_group_waits_while_the_wave_is_open(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_release(&school, false, true);
    assert_shown(&school, 0, 12, 12, 0, 0);
    school_more_come(&school, TEAM_B, 2);
    school_release(&school, true, true);
    assert_shown(&school, 0, 17, 12, 5, 0);
}

static void those_without_a_small_group_wait_too(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 14);
    school_more_come(&school, NO_TEAM, 3);
    school_release(&school, false, true);
    assert_shown(&school, 0, 26, 12, 14, 0);
    school_more_come(&school, NO_TEAM, 2);
    school_release(&school, true, true);
    assert_shown(&school, 0, 31, 12, 14, 0);
}

static void nobody_waits_for_a_small_group_once_the_wave_is_closed(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, TEAM_C, 4);
    school_release(&school, false, false);
    assert_shown(&school, 0, 19, 12, 0, 0);
}

static void few_who_differ_wait(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_release(&school, false, true);
    for (int more = 1; more <= 2; more++) {
        school_more_come(&school, TEAM_A, 1);
        school_release(&school, true, true);
        assert_shown(&school, 0, 12, 12, 0, 0);
    }
    school_answer_anew(&school, school_draw_person(&school, TEAM_A), TEAM_A);
    school_more_come(&school, TEAM_A, 1);
    school_release(&school, true, true);
    assert_shown(&school, 0, 15, 15, 0, 0);
}

/* Of four who came and three who went again, one would be left to see. */
static void who_leaves_waits_for_those_who_come(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_release(&school, false, true);
    somebody_leaves(&school, TEAM_A, 4);
    school_release(&school, true, false);
    assert_shown(&school, 0, 12, 12, 0, 0);
    school_more_come(&school, TEAM_A, 3);
    school_release(&school, true, false);
    assert_shown(&school, 0, 11, 11, 0, 0);
}

/* Three change places with three, and one is new: the school would have one more. */
static void who_moves_does_not_count(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 12);
    school_release(&school, false, true);
    for (size_t i = 0; i < 3; i++) {
        school_move(&school, &school.people[i], TEAM_B);
        school_move(&school, &school.people[12 + i], TEAM_A);
    }
    school_more_come(&school, TEAM_A, 1);
    school_release(&school, true, true);
    assert_shown(&school, 0, 24, 12, 12, 0);
    school_more_come(&school, TEAM_A, 2);
    school_more_come(&school, TEAM_B, 3);
    school_release(&school, true, true);
    assert_shown(&school, 0, 30, 15, 15, 0);
}

/* Who knows that they moved would subtract them from what their team was. */
static void a_team_that_all_but_one_moved_to_is_not_new(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 12);
    school_release(&school, false, true);
    for (size_t i = 0; i < 11; i++)
        school_move(&school, &school.people[i], TEAM_C);
    school_release(&school, true, true);
    assert_shown(&school, 0, 24, 12, 12, 0);
}

static void what_was_published_stays_so(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 6);
    school_more_come(&school, TEAM_B, 6);
    school_release(&school, false, false);
    somebody_leaves(&school, TEAM_A, 5);
    school_more_come(&school, TEAM_A, 3);
    school_more_come(&school, TEAM_B, 3);
    school_release(&school, true, false);
    assert_shown(&school, 0, 15, 6, 9, 0);
}

static void what_was_withheld_stays_so(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, TEAM_C, 4);
    school_release(&school, false, false);
    school_more_come(&school, TEAM_B, 6);
    school_more_come(&school, TEAM_C, 6);
    school_release(&school, true, false);
    assert_shown(&school, 0, 31, 12, 0, 0);
    assert_true(school_is_all_released(&school));
}

/* What it has would be the difference of what the school was and is. */
static void a_withheld_group_waits_for_others(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, NO_TEAM, 3);
    school_release(&school, false, false);
    assert_shown(&school, 0, 18, 12, 0, 0);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, TEAM_A, 3);
    school_release(&school, true, false);
    assert_shown(&school, 0, 21, 15, 0, 0);
    school_more_come(&school, NO_TEAM, 1);
    school_release(&school, true, false);
    assert_shown(&school, 0, 25, 15, 0, 0);
}

static void a_withheld_group_waits_for_others_than_who_moves(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, NO_TEAM, 3);
    school_release(&school, false, false);
    school_more_come(&school, TEAM_B, 3);
    school_move(&school, &school.people[0], NO_TEAM);
    school_release(&school, true, false);
    assert_shown(&school, 0, 18, 12, 0, 0);
    school_more_come(&school, NO_TEAM, 1);
    school_release(&school, true, false);
    assert_shown(&school, 0, 23, 12, 0, 0);
}

static void who_would_end_what_is_published_waits_alone(void **state)
{
    (void)state;
    for (size_t leaf = TEAM_C; leaf <= NO_TEAM; leaf++) {
        struct school school;
        open_school(&school, one_item, 1);
        school_more_come(&school, TEAM_A, 12);
        school_more_come(&school, TEAM_B, 12);
        school_release(&school, false, false);
        school_more_come(&school, leaf, 3);
        school_more_come(&school, TEAM_A, 3);
        school_more_come(&school, TEAM_B, 4);
        school_release(&school, true, false);
        assert_shown(&school, 0, 31, 15, 16, 0);
    }
}

/* One of three who come has answered the second question. */
static void a_rare_answer_holds_others_back_where_it_is_published(void **state)
{
    (void)state;
    for (int is_by_team = 0; is_by_team <= 1; is_by_team++) {
        struct school school;
        open_school(&school, two_items, 2);
        memset(&school.indicators[1].is_by[1], is_by_team, TEAMS * sizeof(bool));
        school_more_come(&school, TEAM_A, 12);
        school_more_come(&school, TEAM_B, 12);
        school_release(&school, false, true);
        for (int i = 0; i < 3; i++) {
            school_come(&school, TEAM_A, true, i == 0);
            school_come(&school, TEAM_B, true, i > 0);
        }
        school_release(&school, true, true);
        assert_shown(&school, 0, is_by_team ? 24 : 30, is_by_team ? 12 : 15, is_by_team ? 12 : 15, 0);
        assert_shown(&school, 1, is_by_team ? 24 : 27, is_by_team ? 12 : 0, is_by_team ? 12 : 0, 0);
    }
}

/* Of an indicator with two inputs, the second gets its first answer. */
static void what_lets_an_input_tell_too_much_waits_alone(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    add_second_input(&school);
    for (int i = 0; i < 12; i++) {
        school_come(&school, TEAM_A, true, false);
        school_come(&school, TEAM_B, true, false);
    }
    school_release(&school, false, true);
    for (int i = 0; i < 3; i++) {
        school_come(&school, TEAM_A, true, i == 0);
        school_come(&school, TEAM_B, true, false);
    }
    school_release(&school, true, true);
    assert_shown(&school, 0, 27, 12, 15, 0);
}

/* Of three who come, one has answered both questions. */
static void a_rare_complete_row_holds_others_back(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, loose_scale, 1);
    school_more_come(&school, TEAM_A, 12);
    school_release(&school, false, true);
    for (int i = 0; i < 3; i++)
        school_come(&school, TEAM_A, true, i == 0);
    school_release(&school, true, true);
    assert_shown(&school, 0, 12, 12, 0, 0);
    school_more_come(&school, TEAM_A, 2);
    school_release(&school, true, true);
    assert_shown(&school, 0, 17, 17, 0, 0);
}

/* One question is shown of teams and another of the school. Everybody answers both, so the two who are in no
 * team would be told by the difference. */
static void nearly_the_same_people_are_taken_for_the_same(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, two_items, 2);
    school.indicators[0].is_by[0] = false;
    memset(&school.indicators[1].is_by[1], false, TEAMS * sizeof(bool));
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, NO_TEAM, 12);
    school_release(&school, false, true);
    school_more_come(&school, TEAM_A, 3);
    school_more_come(&school, NO_TEAM, 2);
    school_release(&school, true, true);
    assert_shown(&school, 0, 0, 15, 0, 0);
    assert_shown(&school, 1, 27, 0, 0, 0);
}

/* For the sake of team B, team A would be withheld. */
static void a_group_does_not_wait_with_one_that_is_too_small(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 5);
    school_more_come(&school, TEAM_B, 3);
    school_release(&school, false, true);
    assert_shown(&school, 0, 5, 5, 0, 0);
}

/* With team A, three people of the school have answered the second question. */
static void a_group_does_not_wait_with_one_inside_that_is_too_small(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    add_second_input(&school);
    for (int i = 0; i < 4; i++)
        school_come(&school, TEAM_A, true, i < 3);
    for (int i = 0; i < 5; i++)
        school_come(&school, NO_TEAM, true, false);
    school_release(&school, false, true);
    assert_shown(&school, 0, 5, 0, 0, 0);
}

static void what_must_not_wait_does_not_in_a_small_group(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school.wanted[TEAM_B] = true;
    school_release(&school, false, true);
    assert_true(school_is_all_released(&school));
}

/* Team B must not wait, and team A would be withheld for good for the sake of it. */
static void a_group_waits_that_would_be_withheld_for_others(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 5);
    school_more_come(&school, TEAM_B, 3);
    school.wanted[TEAM_B] = true;
    school_release(&school, false, true);
    assert_int_equal(people_of(&school, 0, ITEM_A), 3);
}

/* Of the second question, team A is withheld for its own sake. */
static void those_without_a_group_do_not_wait_for_what_is_withheld_anyway(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, two_items, 2);
    for (int i = 0; i < 12; i++)
        school_come(&school, TEAM_A, true, i < 3);
    for (int i = 0; i < 6; i++)
        school_come(&school, NO_TEAM, true, false);
    school_release(&school, false, true);
    assert_shown(&school, 0, 18, 12, 0, 0);
    assert_shown(&school, 1, 0, 0, 0, 0);
}

static void what_must_not_wait_does_not(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 12);
    school_release(&school, false, true);
    somebody_leaves(&school, TEAM_A, 1);
    school_more_come(&school, TEAM_B, 1);
    school.wanted[TEAM_A] = true;
    school_release(&school, true, true);
    assert_shown(&school, 0, 23, 11, 12, 0);
}

/* Nothing that waits can change that. */
static void a_higher_minimum_withholds_and_holds_nothing_back(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 6);
    school_more_come(&school, TEAM_B, 6);
    school_more_come(&school, TEAM_C, 12);
    school_release(&school, false, false);
    assert_shown(&school, 0, 24, 6, 6, 12);
    school.indicators[0].least = 8;
    school_more_come(&school, TEAM_C, 3);
    school_release(&school, true, false);
    assert_shown(&school, 0, 27, 0, 0, 15);
}

static void what_is_decided_anew_may_be_published_though_it_was_withheld(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, TEAM_C, 4);
    school_release(&school, false, false);
    school_more_come(&school, TEAM_B, 6);
    school_more_come(&school, TEAM_C, 6);
    school_release(&school, false, false);
    assert_shown(&school, 0, 31, 12, 9, 10);
}

static void where_one_person_is_enough_nobody_waits(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school.min_change = 1;
    school_more_come(&school, TEAM_A, 12);
    school_more_come(&school, TEAM_B, 3);
    school_more_come(&school, TEAM_C, 4);
    school_release(&school, false, true);
    assert_shown(&school, 0, 19, 12, 0, 0);
    school_more_come(&school, TEAM_B, 2);
    school_more_come(&school, TEAM_C, 1);
    school_release(&school, true, true);
    assert_shown(&school, 0, 22, 12, 5, 5);
}

static void who_is_in_no_group_that_is_shown_does_not_wait(void **state)
{
    (void)state;
    struct school school;
    open_school(&school, one_item, 1);
    school.leaf_groups[NO_TEAM] = SIZE_MAX;
    school_more_come(&school, TEAM_A, 1);
    school_more_come(&school, NO_TEAM, 1);
    bool released[MOST_LEAVES];
    school_release_with(&school, false, true, released);
    assert_true(!released[TEAM_A] && released[NO_TEAM]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_group_waits_while_the_wave_is_open),
        cmocka_unit_test(those_without_a_small_group_wait_too),
        cmocka_unit_test(nobody_waits_for_a_small_group_once_the_wave_is_closed),
        cmocka_unit_test(few_who_differ_wait),
        cmocka_unit_test(who_leaves_waits_for_those_who_come),
        cmocka_unit_test(who_moves_does_not_count),
        cmocka_unit_test(a_team_that_all_but_one_moved_to_is_not_new),
        cmocka_unit_test(what_was_published_stays_so),
        cmocka_unit_test(what_was_withheld_stays_so),
        cmocka_unit_test(a_withheld_group_waits_for_others),
        cmocka_unit_test(a_withheld_group_waits_for_others_than_who_moves),
        cmocka_unit_test(who_would_end_what_is_published_waits_alone),
        cmocka_unit_test(a_rare_answer_holds_others_back_where_it_is_published),
        cmocka_unit_test(what_lets_an_input_tell_too_much_waits_alone),
        cmocka_unit_test(a_rare_complete_row_holds_others_back),
        cmocka_unit_test(nearly_the_same_people_are_taken_for_the_same),
        cmocka_unit_test(a_group_does_not_wait_with_one_that_is_too_small),
        cmocka_unit_test(a_group_does_not_wait_with_one_inside_that_is_too_small),
        cmocka_unit_test(a_group_waits_that_would_be_withheld_for_others),
        cmocka_unit_test(those_without_a_group_do_not_wait_for_what_is_withheld_anyway),
        cmocka_unit_test(what_must_not_wait_does_not),
        cmocka_unit_test(what_must_not_wait_does_not_in_a_small_group),
        cmocka_unit_test(a_higher_minimum_withholds_and_holds_nothing_back),
        cmocka_unit_test(what_is_decided_anew_may_be_published_though_it_was_withheld),
        cmocka_unit_test(where_one_person_is_enough_nobody_waits),
        cmocka_unit_test(who_is_in_no_group_that_is_shown_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
