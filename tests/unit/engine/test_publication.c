/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An attack on what is published. Whoever reads the API is taken to know the exact sum behind every published
 * indicator's every input, and does linear algebra over the answers of each respondent: can the sum over a
 * withheld group, over too few people of a group, or one respondent's own answer be put together? On
 * thousands of random trees, with indicators of different levels that share inputs, it must never succeed;
 * against a gate that withholds small groups and nothing else, the same attack does.
 */
#include "engine/publication/publication.h"
#include "span.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TREES = 3000, DEPTH = 4, MOST_GROUPS = 24, MOST_PEOPLE = 40, MOST_INDICATORS = 5, MOST_INPUTS = 3 };

/* Of each respondent, what is to be guarded: answers to two questions, and whether the first is at least 4.
 */
enum { ANSWER_A = 0, ANSWER_B = 1, A_IS_HIGH = 2, SECRETS = 3, UNKNOWNS = SECRETS * MOST_PEOPLE };

/* What a respondent adds to an input, as multiples of the secrets; twice a scale, so that it is whole. */
enum kind { ITEM_A, ITEM_B, SHARE_A, SCALE, LOOSE_SCALE, GAP, KINDS };

/* ---- chance -------------------------------------------------------------------------------------------- */

static uint64_t chance;

static unsigned draw(unsigned below) /* xorshift64 */
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)(chance >> 33) % below;
}

/* ---- a school ------------------------------------------------------------------------------------------ */

struct person {
    size_t group;
    bool answered[2];
};

struct indicator {
    enum kind inputs[MOST_INPUTS];
    size_t input_count, measures[MOST_INPUTS * MEASURES_AN_INPUT];
    bool is_by[MOST_GROUPS], published[MOST_GROUPS];
    struct publication_count counts[MOST_GROUPS * MOST_INPUTS];
    int64_t least;
};

struct school {
    size_t parents[MOST_GROUPS], depths[MOST_GROUPS], group_count;
    struct person people[MOST_PEOPLE];
    size_t person_count;
    struct indicator indicators[MOST_INDICATORS];
    size_t indicator_count;
    bool all_answer;
};

static bool is_in(const struct school *school, const struct person *person, size_t group)
{
    for (size_t at = person->group; at != PUBLICATION_NO_PARENT; at = school->parents[at])
        if (at == group)
            return true;
    return false;
}

/* false: the input does not count the person. */
static bool weigh(const struct person *person, enum kind kind, int weights[SECRETS])
{
    const bool a = person->answered[0], b = person->answered[1];
    memset(weights, 0, SECRETS * sizeof *weights);
    switch (kind) {
    case ITEM_A:
        weights[ANSWER_A] = 1;
        return a;
    case ITEM_B:
        weights[ANSWER_B] = 1;
        return b;
    case SHARE_A:
        weights[A_IS_HIGH] = 1;
        return a;
    case SCALE:
        weights[ANSWER_A] = weights[ANSWER_B] = 1;
        return a && b;
    case LOOSE_SCALE:
        weights[ANSWER_A] = a ? (b ? 1 : 2) : 0;
        weights[ANSWER_B] = b ? (a ? 1 : 2) : 0;
        return a || b;
    case GAP:
        weights[ANSWER_A] = 1;
        weights[ANSWER_B] = -1;
        return a && b;
    case KINDS:
        break;
    }
    return false;
}

/* Everybody; who is counted; what is counted. */
static void number_measures(struct indicator *indicator)
{
    static const size_t counted[] = {1, 2, 1, 3, 4, 5};
    for (size_t i = 0; i < indicator->input_count; i++) {
        indicator->measures[i * MEASURES_AN_INPUT] = 0;
        indicator->measures[i * MEASURES_AN_INPUT + 1] = counted[indicator->inputs[i]];
        indicator->measures[i * MEASURES_AN_INPUT + 2] = 6 + (size_t)indicator->inputs[i];
    }
}

static void draw_groups(struct school *school)
{
    school->group_count = 2 + draw(draw(3) ? 8 : MOST_GROUPS - 1);
    for (size_t i = 0; i < school->group_count; i++) {
        size_t parent = i && draw(10) ? draw((unsigned)i) : PUBLICATION_NO_PARENT;
        if (parent != PUBLICATION_NO_PARENT && school->depths[parent] == DEPTH - 1)
            parent = PUBLICATION_NO_PARENT;
        school->parents[i] = parent;
        school->depths[i] = parent == PUBLICATION_NO_PARENT ? 0 : school->depths[parent] + 1;
    }
}

/* A group next below this one; the group itself where there is none. */
static size_t draw_child(const struct school *school, size_t group)
{
    size_t count = 0, drawn = group;
    for (size_t i = group + 1; i < school->group_count; i++)
        if (school->parents[i] == group && draw((unsigned)++count) == 0)
            drawn = i;
    return drawn;
}

/* Some groups are large, and many small. Few people are in a group that has others inside, and in none of
 * these. */
static void draw_people(struct school *school)
{
    const unsigned answer = school->all_answer ? 10 : 6 + draw(4);
    while (school->person_count < MOST_PEOPLE / 2 || (school->person_count < MOST_PEOPLE && draw(20))) {
        size_t group = draw(1 + draw((unsigned)school->group_count));
        while (draw_child(school, group) != group && draw(20))
            group = draw_child(school, group);
        school->people[school->person_count++] =
            (struct person){group, {draw(10) < answer, draw(10) < answer}};
    }
}

static void draw_indicator(const struct school *school, struct indicator *indicator, int64_t least)
{
    const unsigned levels = 1 + draw((1u << DEPTH) - 1);
    indicator->least = least + (!school->all_answer && draw(5) == 0 ? 1 + draw(3) : 0);
    indicator->input_count = 1 + draw(MOST_INPUTS);
    for (size_t i = 0; i < indicator->input_count; i++)
        indicator->inputs[i] = (enum kind)draw(KINDS);
    for (size_t group = 0; group < school->group_count; group++) {
        indicator->is_by[group] = levels >> school->depths[group] & 1;
        indicator->published[group] = draw(2); /* before */
    }
    number_measures(indicator);
}

static void count_people(const struct school *school, struct indicator *indicator)
{
    int weights[SECRETS];
    for (size_t group = 0; group < school->group_count; group++)
        for (size_t i = 0; i < indicator->input_count; i++) {
            struct publication_count *count = &indicator->counts[group * indicator->input_count + i];
            for (size_t k = 0; k < school->person_count; k++)
                count->people += is_in(school, &school->people[k], group) &&
                                 weigh(&school->people[k], indicator->inputs[i], weights);
            count->total = count->people;
        }
}

static void draw_school(struct school *school)
{
    const int64_t least = 2 + draw(4);
    memset(school, 0, sizeof *school);
    school->all_answer = draw(2);
    draw_groups(school);
    draw_people(school);
    school->indicator_count = 1 + draw(MOST_INDICATORS);
    for (size_t i = 0; i < school->indicator_count; i++) {
        draw_indicator(school, &school->indicators[i], least);
        count_people(school, &school->indicators[i]);
    }
}

/* ---- gates --------------------------------------------------------------------------------------------- */

static void decide(struct school *school)
{
    struct publication_indicator indicators[MOST_INDICATORS];
    for (size_t i = 0; i < school->indicator_count; i++) {
        struct indicator *indicator = &school->indicators[i];
        indicators[i] = (struct publication_indicator){.least = indicator->least,
                                                       .input_count = indicator->input_count,
                                                       .measures = indicator->measures,
                                                       .is_by = indicator->is_by,
                                                       .counts = indicator->counts,
                                                       .published = indicator->published};
    }
    const struct publication_tree tree = {.group_count = school->group_count,
                                          .parents = school->parents,
                                          .measure_count = 6 + KINDS,
                                          .indicator_count = school->indicator_count,
                                          .indicators = indicators};
    publication_decide(&tree);
}

static bool is_counted(const struct indicator *indicator, size_t group)
{
    bool counted = false;
    for (size_t i = 0; i < indicator->input_count && indicator->is_by[group]; i++)
        counted |= indicator->counts[group * indicator->input_count + i].people > 0;
    return counted;
}

static void withhold_small_groups_only(struct school *school)
{
    for (size_t i = 0; i < school->indicator_count; i++) {
        struct indicator *indicator = &school->indicators[i];
        for (size_t group = 0; group < school->group_count; group++) {
            indicator->published[group] = is_counted(indicator, group);
            for (size_t k = 0; k < indicator->input_count; k++) {
                const int64_t people = indicator->counts[group * indicator->input_count + k].people;
                if (people > 0 && people < indicator->least)
                    indicator->published[group] = false;
            }
        }
    }
}

/* ---- the attack ---------------------------------------------------------------------------------------- */

/* Adds the people of a group, those for whom `kind` counts them, to a vector; how many there are. */
static size_t add_people(const struct school *school, enum kind kind, size_t group, uint64_t *vector)
{
    size_t people = 0;
    for (size_t i = 0; i < school->person_count; i++) {
        int weights[SECRETS];
        if (!is_in(school, &school->people[i], group) || !weigh(&school->people[i], kind, weights))
            continue;
        people++;
        for (size_t k = 0; k < SECRETS; k++)
            vector[i * SECRETS + k] =
                (vector[i * SECRETS + k] + (weights[k] < 0 ? SPAN_PRIME - 1 : (uint64_t)weights[k])) %
                SPAN_PRIME;
    }
    return people;
}

/* Whoever attacks, with what. */
struct attacker {
    const struct school *school;
    enum kind
        kind;      /* the inputs that are looked at; KINDS: all, where their numbers follow from each other */
    int64_t least; /* the indicators: those that need at least so many */
    struct span all, local;
};

static void learn_sum(const struct attacker *attacker, size_t group, enum kind kind, struct span *span)
{
    uint64_t vector[UNKNOWNS] = {0};
    if (attacker->kind != KINDS && attacker->kind != kind)
        return;
    add_people(attacker->school, kind, group, vector);
    span_add(span, vector);
}

/* An item's script can tell every share of it. */
static void learn_group(const struct attacker *attacker, size_t group, struct span *span)
{
    const struct school *school = attacker->school;
    for (size_t i = 0; i < school->indicator_count; i++)
        for (size_t k = 0; k < school->indicators[i].input_count; k++) {
            const enum kind kind = school->indicators[i].inputs[k];
            if (!school->indicators[i].published[group] || school->indicators[i].least < attacker->least)
                continue;
            learn_sum(attacker, group, kind, span);
            if (kind == ITEM_A)
                learn_sum(attacker, group, SHARE_A, span);
        }
}

/* Is it put together of what is published of other groups than itself? */
static bool is_found_out(struct attacker *attacker, size_t group, enum kind kind)
{
    uint64_t vector[UNKNOWNS] = {0}, same[UNKNOWNS] = {0};
    if (!add_people(attacker->school, kind, group, vector) || !span_reduce(&attacker->all, vector))
        return false;
    attacker->local.count = 0;
    attacker->local.width = UNKNOWNS;
    learn_group(attacker, group, &attacker->local);
    add_people(attacker->school, kind, group, same);
    return !span_reduce(&attacker->local, same);
}

static bool finds_withheld(struct attacker *attacker, enum kind kind)
{
    const struct school *school = attacker->school;
    for (size_t i = 0; i < school->indicator_count; i++)
        for (size_t k = 0; k < school->indicators[i].input_count; k++)
            for (size_t group = 0; group < school->group_count; group++)
                if (school->indicators[i].inputs[k] == kind &&
                    school->indicators[i].least == attacker->least && school->indicators[i].is_by[group] &&
                    !school->indicators[i].published[group] && is_found_out(attacker, group, kind))
                    return true;
    return false;
}

/* Too few people: in a group, or in two groups together that lie next below one. */
static bool finds_few(struct attacker *attacker, enum kind kind)
{
    const struct school *school = attacker->school;
    for (size_t first = 0; first < school->group_count; first++)
        for (size_t second = first; second < school->group_count; second++) {
            uint64_t vector[UNKNOWNS] = {0};
            if (school->parents[first] != school->parents[second])
                continue;
            size_t people = add_people(school, kind, first, vector);
            if (second != first)
                people += add_people(school, kind, second, vector);
            if (people && (int64_t)people < attacker->least && span_reduce(&attacker->all, vector))
                return true;
        }
    return false;
}

static bool finds_one(const struct attacker *attacker)
{
    for (size_t i = 0; i < attacker->school->person_count; i++)
        for (size_t secret = 0; secret < SECRETS; secret++) {
            uint64_t vector[UNKNOWNS] = {0};
            vector[i * SECRETS + secret] = 1;
            if (span_reduce(&attacker->all, vector))
                return true;
        }
    return false;
}

static bool attack_with(struct attacker *attacker)
{
    attacker->all.count = 0;
    attacker->all.width = UNKNOWNS;
    for (size_t group = 0; group < attacker->school->group_count; group++)
        learn_group(attacker, group, &attacker->all);
    if (finds_one(attacker))
        return true;
    for (size_t kind = 0; kind < KINDS; kind++)
        if (attacker->kind == kind || attacker->kind == KINDS)
            if (finds_withheld(attacker, (enum kind)kind) || finds_few(attacker, (enum kind)kind))
                return true;
    return false;
}

/* Where everybody answered everything, a scale gives its items away and the other way round. (There nobody
 * asks for more people than others: who does, asks for his own numbers, not for those that give them away.)
 */
static bool attack(const struct school *school)
{
    bool found = false;
    struct attacker *attacker = mem_alloc(sizeof *attacker);
    attacker->school = school;
    for (size_t i = 0; i < school->indicator_count && !found; i++) {
        attacker->least = school->indicators[i].least;
        for (size_t kind = 0; kind <= KINDS && !found; kind++) {
            attacker->kind = (enum kind)kind;
            found = (kind < KINDS || school->all_answer) && attack_with(attacker);
        }
    }
    free(attacker);
    return found;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static size_t count_published(const struct school *school)
{
    size_t count = 0;
    for (size_t i = 0; i < school->indicator_count; i++)
        for (size_t group = 0; group < school->group_count; group++)
            count += school->indicators[i].published[group];
    return count;
}

static void the_attack_finds_nothing(void **state)
{
    (void)state;
    struct school *school = mem_alloc(sizeof *school);
    size_t published = 0;
    chance = 20261126;
    for (size_t i = 0; i < TREES; i++) {
        draw_school(school);
        decide(school);
        published += count_published(school);
        if (attack(school))
            fail_msg("tree %zu gives something away", i);
    }
    assert_true(published > 4 * TREES); /* withholding everything would be no art */
    free(school);
}

static void it_succeeds_where_only_small_groups_are_withheld(void **state)
{
    (void)state;
    struct school *school = mem_alloc(sizeof *school);
    size_t found = 0;
    chance = 20261126;
    for (size_t i = 0; i < TREES; i++) {
        draw_school(school);
        withhold_small_groups_only(school);
        found += attack(school);
    }
    print_message("%zu of %d trees\n", found, TREES);
    assert_true(found > TREES / 5);
    free(school);
}

/* ---- by hand ------------------------------------------------------------------------------------------- */

enum { GROUPS = 4 };

static const size_t one_school[GROUPS] = {PUBLICATION_NO_PARENT, 0, 0, 0};
static const bool everywhere[GROUPS] = {true, true, true, true};
static const size_t one_measure[MEASURES_AN_INPUT] = {0, 0, 0};

/* A school and its teams, and one input that all indicators share. */
static void decide_one_school(const struct publication_count *counts, const int64_t *least, size_t indicators,
                              bool published[][GROUPS])
{
    struct publication_indicator all[2];
    for (size_t i = 0; i < indicators; i++)
        all[i] = (struct publication_indicator){.least = least[i],
                                                .input_count = 1,
                                                .measures = one_measure,
                                                .is_by = everywhere,
                                                .counts = counts,
                                                .published = published[i]};
    const struct publication_tree tree = {.group_count = GROUPS,
                                          .parents = one_school,
                                          .measure_count = 1,
                                          .indicator_count = indicators,
                                          .indicators = all};
    publication_decide(&tree);
}

static void assert_published(const bool *published, const char *expected)
{
    for (size_t i = 0; i < GROUPS; i++)
        assert_int_equal(published[i], expected[i] == '+');
}

static void who_asks_for_more_people_asks_for_himself(void **state)
{
    (void)state;
    const struct publication_count counts[] = {
        {30, 30, false}, {6, 6, false}, {10, 10, false}, {14, 14, false}};
    bool published[2][GROUPS] = {{false}};
    decide_one_school(counts, (const int64_t[]){5, 8}, 2, published);
    assert_published(published[0], "++++");
    assert_published(published[1], "+--+");
}

static void one_answer_of_all_is_withheld_unless_they_are_many(void **state)
{
    (void)state;
    const struct publication_count counts[] = {
        {34, 34, false}, {9, 9, true}, {10, 10, true}, {15, 15, false}};
    bool published[1][GROUPS] = {{false}};
    decide_one_school(counts, (const int64_t[]){5}, 1, published);
    assert_published(published[0], "+--+");
}

static void where_one_person_is_enough_nothing_is_withheld(void **state)
{
    (void)state;
    const struct publication_count counts[] = {{6, 6, false}, {1, 1, true}, {2, 2, true}, {3, 3, false}};
    bool published[1][GROUPS] = {{false}};
    decide_one_school(counts, (const int64_t[]){1}, 1, published);
    assert_published(published[0], "++++");
}

/* Team 2 was withheld when it had 6 people, and team 3 seen with 7. Were they to change places now, team 1
 * would be what is left of the school. */
static void what_was_seen_stays_when_another_becomes_smaller(void **state)
{
    (void)state;
    const struct publication_count before[] = {{17, 17, false}, {4, 4, false}, {6, 6, false}, {7, 7, false}};
    const struct publication_count after[] = {{19, 19, false}, {4, 4, false}, {8, 8, false}, {7, 7, false}};
    bool published[1][GROUPS] = {{false}};
    decide_one_school(before, (const int64_t[]){5}, 1, published);
    assert_published(published[0], "+--+");
    decide_one_school(after, (const int64_t[]){5}, 1, published);
    assert_published(published[0], "+--+");
}

static void what_need_not_be_withheld_any_more_is_published(void **state)
{
    (void)state;
    const struct publication_count counts[] = {{18, 18, false}, {5, 5, false}, {6, 6, false}, {7, 7, false}};
    bool published[1][GROUPS] = {{true, false, false, true}};
    decide_one_school(counts, (const int64_t[]){5}, 1, published);
    assert_published(published[0], "++++");
}

/* Team 1 would have enough people, and another one goes with it as with any that is withheld. */
static void what_stays_withheld_is_withheld_whatever_it_has(void **state)
{
    (void)state;
    const struct publication_count counts[] = {
        {58, 58, false}, {20, 20, false}, {16, 16, false}, {22, 22, false}};
    const bool stays[] = {false, true, false, false};
    bool published[GROUPS] = {false, true, false, false};
    struct publication_indicator indicator = {.least = 5,
                                              .input_count = 1,
                                              .measures = one_measure,
                                              .is_by = everywhere,
                                              .counts = counts,
                                              .stays_withheld = stays,
                                              .published = published};
    const struct publication_tree tree = {.group_count = GROUPS,
                                          .parents = one_school,
                                          .measure_count = 1,
                                          .indicator_count = 1,
                                          .indicators = &indicator};
    publication_decide(&tree);
    assert_published(published, "+--+");
}

/* Of teams that share people, the two that are withheld have at least as many as the larger one. */
static void events_of_people_in_several_groups_are_not_added_up(void **state)
{
    (void)state;
    const struct publication_count counts[] = {
        {10, 100, false}, {3, 30, false}, {4, 20, false}, {8, 50, false}};
    bool published[GROUPS] = {false};
    struct publication_indicator indicator = {.least = 5,
                                              .input_count = 1,
                                              .measures = one_measure,
                                              .is_by = everywhere,
                                              .counts = counts,
                                              .published = published};
    struct publication_tree tree = {.group_count = GROUPS,
                                    .parents = one_school,
                                    .measure_count = 1,
                                    .overlapping = true,
                                    .indicator_count = 1,
                                    .indicators = &indicator};
    publication_decide(&tree);
    assert_published(published, "+---");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_attack_finds_nothing),
        cmocka_unit_test(it_succeeds_where_only_small_groups_are_withheld),
        cmocka_unit_test(who_asks_for_more_people_asks_for_himself),
        cmocka_unit_test(one_answer_of_all_is_withheld_unless_they_are_many),
        cmocka_unit_test(where_one_person_is_enough_nothing_is_withheld),
        cmocka_unit_test(what_was_seen_stays_when_another_becomes_smaller),
        cmocka_unit_test(what_need_not_be_withheld_any_more_is_published),
        cmocka_unit_test(what_stays_withheld_is_withheld_whatever_it_has),
        cmocka_unit_test(events_of_people_in_several_groups_are_not_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
