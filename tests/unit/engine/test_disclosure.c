/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What disclosure_solve withholds is safe, and cheaper is not: on random small trees, against every choice
 * there is. Whether a choice is safe is asked of linear algebra over the people one by one, and not of the
 * argument that the solver rests on: can any group of too few people, or any withheld group, be added up from
 * published ones? (The vectors of groups that lie inside or beside each other make totally unimodular
 * matrices, so modulo a prime they depend on each other exactly when they do so at all.)
 */
#include "engine/publication/disclosure.h"
#include "span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_GROUPS = 7, MOST_PEOPLE = 11, TREES = 2000 };

/* ---- linear algebra ------------------------------------------------------------------------------------ */

static void read_people(unsigned people, uint64_t *vector)
{
    for (size_t k = 0; k < MOST_PEOPLE; k++)
        vector[k] = people >> k & 1;
}

static void add_to_span(struct span *span, unsigned people)
{
    uint64_t vector[MOST_PEOPLE];
    read_people(people, vector);
    span_add(span, vector);
}

static bool can_be_computed(const struct span *span, unsigned people)
{
    uint64_t vector[MOST_PEOPLE];
    read_people(people, vector);
    return span_reduce(span, vector);
}

/* ---- trees --------------------------------------------------------------------------------------------- */

struct tree {
    struct disclosure_group groups[MOST_GROUPS];
    unsigned members[MOST_GROUPS]; /* a bit for each person */
    size_t count, people;
    int64_t least;
};

static uint64_t chance = 0x9e3779b97f4a7c15u;

static unsigned draw(unsigned below) /* xorshift64 */
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (unsigned)(chance >> 33) % below;
}

static bool has_child(const struct tree *tree, size_t group)
{
    for (size_t i = group + 1; i < tree->count; i++)
        if (tree->groups[i].parent == group)
            return true;
    return false;
}

static void put_person_into(struct tree *tree, size_t group)
{
    const unsigned person = 1u << tree->people++;
    tree->groups[group].own++;
    for (size_t at = group; at != DISCLOSURE_NO_PARENT; at = tree->groups[at].parent) {
        tree->members[at] |= person;
        tree->groups[at].people++;
    }
}

/* A person for each leaf, and the others anywhere, some of them in no leaf. */
static void draw_tree(struct tree *tree)
{
    *tree = (struct tree){.count = 1 + draw(MOST_GROUPS), .least = 1 + draw(4)};
    for (size_t i = 0; i < tree->count; i++)
        tree->groups[i].parent = i == 0 || draw(6) == 0 ? DISCLOSURE_NO_PARENT : draw((unsigned)i);
    for (size_t i = 0; i < tree->count; i++)
        if (!has_child(tree, i))
            put_person_into(tree, i);
    while (tree->people < MOST_PEOPLE) {
        const size_t group = draw((unsigned)tree->count);
        if (!has_child(tree, group) || draw(3) == 0)
            put_person_into(tree, group);
    }
    for (size_t i = 0; i < tree->count; i++) {
        tree->groups[i].cost = draw(4) == 0 ? draw(10) : (uint64_t)tree->groups[i].people;
        tree->groups[i].withheld = tree->groups[i].people < tree->least || draw(8) == 0;
    }
}

static bool is_small(unsigned people, int64_t least)
{
    return people && __builtin_popcount(people) < least;
}

/* Is nothing that must not be computed in the span of the published groups? */
static bool is_safe(const struct tree *tree, unsigned withheld)
{
    struct span span = {.width = MOST_PEOPLE};
    for (size_t i = 0; i < tree->count; i++)
        if (!(withheld >> i & 1))
            add_to_span(&span, tree->members[i]);
    for (size_t i = 0; i < tree->count; i++)
        if (withheld >> i & 1 && can_be_computed(&span, tree->members[i]))
            return false;
    for (unsigned people = 1; people < 1u << MOST_PEOPLE; people++)
        if (is_small(people, tree->least) && can_be_computed(&span, people))
            return false;
    return true;
}

static uint64_t cost_of(const struct tree *tree, unsigned withheld, unsigned given)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < tree->count; i++)
        if ((withheld & ~given) >> i & 1)
            cost += tree->groups[i].cost;
    return cost;
}

static unsigned withheld_of(const struct tree *tree)
{
    unsigned withheld = 0;
    for (size_t i = 0; i < tree->count; i++)
        withheld |= (unsigned)tree->groups[i].withheld << i;
    return withheld;
}

/* Every choice that costs less than the one that was found, which is as few as can be. */
static bool is_cheapest(const struct tree *tree, unsigned given, uint64_t cost)
{
    for (unsigned withheld = 0; withheld < 1u << tree->count; withheld++)
        if ((withheld & given) == given && cost_of(tree, withheld, given) < cost && is_safe(tree, withheld))
            return false;
    return true;
}

static void print_tree(const struct tree *tree, unsigned given, unsigned withheld)
{
    print_message("at least %d people\n", (int)tree->least);
    for (size_t i = 0; i < tree->count; i++)
        print_message("group %zu in %zd: %d people, %d its own, cost %u%s%s\n", i,
                      (ptrdiff_t)tree->groups[i].parent, (int)tree->groups[i].people,
                      (int)tree->groups[i].own, (unsigned)tree->groups[i].cost,
                      given >> i & 1 ? ", must be withheld" : "", withheld >> i & 1 ? ", is withheld" : "");
}

static void random_trees_are_safe_at_the_least_cost(void **state)
{
    (void)state;
    size_t with_complement = 0;
    for (size_t i = 0; i < TREES; i++) {
        struct tree tree;
        draw_tree(&tree);
        const unsigned given = withheld_of(&tree);
        disclosure_solve(tree.groups, tree.count, tree.least, false);
        const unsigned withheld = withheld_of(&tree);
        const bool good = (withheld & given) == given && is_safe(&tree, withheld) &&
                          is_cheapest(&tree, given, cost_of(&tree, withheld, given));
        if (!good)
            print_tree(&tree, given, withheld);
        assert_true(good);
        with_complement += withheld != given;
    }
    assert_true(with_complement > TREES / 4); /* else there was nothing to find */
}

/* ---- by hand ------------------------------------------------------------------------------------------- */

#define NONE DISCLOSURE_NO_PARENT

static void the_smallest_sibling_goes_along(void **state)
{
    (void)state;
    struct disclosure_group groups[] = {{NONE, 30, 0, 30, false},
                                        {0, 3, 3, 3, true},
                                        {0, 9, 9, 9, false},
                                        {0, 8, 8, 8, false},
                                        {0, 10, 10, 10, false}};
    disclosure_solve(groups, 5, 5, false);
    assert_true(!groups[0].withheld && groups[1].withheld && !groups[2].withheld && groups[3].withheld &&
                !groups[4].withheld);
}

static void two_small_siblings_that_reach_the_minimum_are_enough(void **state)
{
    (void)state;
    struct disclosure_group groups[] = {
        {NONE, 15, 0, 15, false}, {0, 3, 3, 3, true}, {0, 2, 2, 2, true}, {0, 10, 10, 10, false}};
    disclosure_solve(groups, 4, 5, false);
    assert_true(!groups[0].withheld && !groups[3].withheld);
}

static void two_small_siblings_below_the_minimum_are_not(void **state)
{
    (void)state;
    struct disclosure_group groups[] = {{NONE, 22, 0, 22, false},
                                        {0, 2, 2, 2, true},
                                        {0, 2, 2, 2, true},
                                        {0, 10, 10, 10, false},
                                        {0, 8, 8, 8, false}};
    disclosure_solve(groups, 5, 5, false);
    assert_true(!groups[0].withheld && !groups[3].withheld && groups[4].withheld);
}

/* A person can be in both teams: of two and of three people there may be no more than three. */
static void overlapping_people_are_not_added_up(void **state)
{
    (void)state;
    struct disclosure_group groups[] = {
        {NONE, 15, 0, 15, false}, {0, 3, 3, 3, true}, {0, 2, 2, 2, true}, {0, 10, 10, 10, false}};
    disclosure_solve(groups, 4, 5, true);
    assert_true(groups[0].withheld || groups[3].withheld);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_trees_are_safe_at_the_least_cost),
        cmocka_unit_test(the_smallest_sibling_goes_along),
        cmocka_unit_test(two_small_siblings_that_reach_the_minimum_are_enough),
        cmocka_unit_test(two_small_siblings_below_the_minimum_are_not),
        cmocka_unit_test(overlapping_people_are_not_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
