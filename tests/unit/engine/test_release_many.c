/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is released where there are very many groups. */
#include "engine/release/release.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_GROUPS = 401, INPUTS = 2, BEFORE = 12, LEAST = 5, MIN_CHANGE = 3 };

/* One indicator with two inputs, the first of which everybody has answered. Each group is a leaf too. */
struct tree {
    size_t group_count, parents[MOST_GROUPS], leaf_groups[MOST_GROUPS];
    struct release_change changes[MOST_GROUPS * INPUTS];
    int64_t before[MOST_GROUPS];
    struct publication_count counts[MOST_GROUPS * INPUTS];
    bool is_by[MOST_GROUPS], published[MOST_GROUPS], wanted[MOST_GROUPS], released[MOST_GROUPS];
};

static const size_t measures[INPUTS * MEASURES_AN_INPUT] = {0, 1, 2, 0, 3, 4};

static void add_count(struct publication_count *count, int64_t people)
{
    count->people += people;
    count->total += people;
}

static void count_people(void *data, const bool *released)
{
    struct tree *tree = data;
    memset(tree->counts, 0, sizeof tree->counts);
    for (size_t leaf = 0; leaf < tree->group_count; leaf++)
        for (size_t at = leaf; at != PUBLICATION_NO_PARENT; at = tree->parents[at]) {
            add_count(&tree->counts[at * INPUTS], tree->before[leaf]);
            for (size_t input = 0; input < INPUTS && released[leaf]; input++)
                add_count(&tree->counts[at * INPUTS + input], tree->changes[leaf * INPUTS + input].came);
        }
}

/* So many people were in it, and enough come. */
static size_t add_group(struct tree *tree, size_t parent, int64_t before, int64_t come)
{
    const size_t group = tree->group_count++;
    tree->parents[group] = parent;
    tree->leaf_groups[group] = group;
    tree->before[group] = before;
    tree->is_by[group] = true;
    tree->changes[group * INPUTS].came = come;
    for (size_t at = group; before > 0 && at != PUBLICATION_NO_PARENT; at = tree->parents[at])
        tree->published[at] = true;
    return group;
}

static void release(struct tree *tree)
{
    struct publication_indicator indicator = {.least = LEAST,
                                              .input_count = INPUTS,
                                              .measures = measures,
                                              .is_by = tree->is_by,
                                              .counts = tree->counts,
                                              .published = tree->published};
    const struct publication_tree publication = {.group_count = tree->group_count,
                                                 .parents = tree->parents,
                                                 .measure_count = 5,
                                                 .indicator_count = 1,
                                                 .indicators = &indicator};
    struct release_plan plan = {.tree = &publication,
                                .min_change = MIN_CHANGE,
                                .leaf_count = tree->group_count,
                                .leaf_groups = tree->leaf_groups,
                                .is_wanted = tree->wanted,
                                .tally_count = INPUTS,
                                .tally_measures = measures,
                                .changes = tree->changes,
                                .count = count_people,
                                .data = tree,
                                .released = tree->released};
    release_decide(&plan);
}

/* In every second team, somebody is the first to answer the second question. */
static void many_teams_that_wait_do_not_hold_back_the_others(void **state)
{
    (void)state;
    struct tree *tree = mem_alloc(sizeof *tree);
    while (tree->group_count < MOST_GROUPS) {
        const size_t team = add_group(tree, PUBLICATION_NO_PARENT, BEFORE, MIN_CHANGE);
        tree->changes[team * INPUTS + 1].came = team % 2;
    }
    release(tree);
    for (size_t team = 0; team < tree->group_count; team++) {
        assert_int_equal(tree->released[team], team % 2 == 0);
        assert_true(tree->published[team]);
    }
    free(tree);
}

/* Each school has a new team, too small to be shown, for whose sake another team or the school would not be
 * either. */
static void many_new_teams_do_not_hold_back_the_others(void **state)
{
    (void)state;
    struct tree *tree = mem_alloc(sizeof *tree);
    bool is_new[MOST_GROUPS] = {false};
    const size_t sector = add_group(tree, PUBLICATION_NO_PARENT, 0, 0);
    while (tree->group_count + 4 <= MOST_GROUPS) {
        const size_t school = add_group(tree, sector, 0, 0);
        add_group(tree, school, BEFORE, MIN_CHANGE);
        add_group(tree, school, BEFORE, MIN_CHANGE);
        is_new[add_group(tree, school, 0, MIN_CHANGE)] = true;
    }
    release(tree);
    for (size_t group = 0; group < tree->group_count; group++) {
        assert_int_equal(tree->published[group], !is_new[group]);
        if (tree->changes[group * INPUTS].came > 0)
            assert_int_equal(tree->released[group], !is_new[group]);
    }
    free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_teams_that_wait_do_not_hold_back_the_others),
        cmocka_unit_test(many_new_teams_do_not_hold_back_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
