/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/release/check.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NO_GROUP PUBLICATION_NO_PARENT

/* What comes and goes in the remainder of a published group; and, without those who have moved, the innermost
 * group that has all that comes. */
struct sum {
    int64_t fresh, moved, went;
    size_t around;
};

/* One measure, as far as indicators that need at least so many people give it away. By group: */
struct view {
    bool *published, *withheld;
    int64_t *people;   /* before the release */
    int64_t *left;     /* of a published group: those of its remainder */
    size_t *remainder; /* the published group whose remainder the group's own people are in; NO_GROUP: none */
};

struct check {
    const struct release_plan *plan;
    const int64_t *before;
    size_t *tallies_of; /* by measure: how many tallies have it */
    struct view view;
    struct sum *sums;            /* by group */
    struct release_change *most; /* by leaf */
    bool *marked;
    bool any;
};

/* ---- people before ------------------------------------------------------------------------------------- */

static size_t count_cells(const struct publication_tree *tree)
{
    size_t cells = 0;
    for (size_t i = 0; i < tree->indicator_count; i++)
        cells += tree->indicators[i].input_count * tree->group_count;
    return cells;
}

int64_t *release_count_people(const struct publication_tree *tree)
{
    int64_t *people = mem_alloc(count_cells(tree) * sizeof *people), *at = people;
    for (size_t i = 0; i < tree->indicator_count; i++) {
        const struct publication_indicator *indicator = &tree->indicators[i];
        for (size_t k = 0; k < indicator->input_count * tree->group_count; k++)
            *at++ = indicator->is_by[k / indicator->input_count] ? indicator->counts[k].people : 0;
    }
    return people;
}

/* ---- measures ------------------------------------------------------------------------------------------ */

static bool has_measure(const size_t *measures, size_t measure)
{
    for (size_t i = 0; i < MEASURES_AN_INPUT; i++)
        if (measures[i] == measure)
            return true;
    return false;
}

static const size_t *measures_of(const struct release_plan *plan, size_t tally)
{
    return plan->tally_measures + tally * MEASURES_AN_INPUT;
}

static size_t *count_tallies(const struct release_plan *plan)
{
    size_t *counts = mem_alloc(plan->tree->measure_count * sizeof *counts);
    for (size_t measure = 0; measure < plan->tree->measure_count; measure++)
        for (size_t tally = 0; tally < plan->tally_count; tally++)
            counts[measure] += has_measure(measures_of(plan, tally), measure);
    return counts;
}

/* Is the measure the one that most share? */
static bool is_common(const struct check *check, size_t tally, size_t measure)
{
    const size_t *measures = measures_of(check->plan, tally);
    bool has_another = false;
    for (size_t i = 0; i < MEASURES_AN_INPUT; i++) {
        if (measures[i] == measure)
            continue;
        if (check->tallies_of[measures[i]] >= check->tallies_of[measure])
            return false;
        has_another = true;
    }
    return has_another;
}

/* ---- a view -------------------------------------------------------------------------------------------- */

static void add_input(struct view *view, const struct publication_tree *tree,
                      const struct publication_indicator *indicator, size_t input, const int64_t *before)
{
    for (size_t group = 0; group < tree->group_count; group++) {
        const size_t cell = group * indicator->input_count + input;
        if (!indicator->is_by[group])
            continue;
        view->published[group] |= indicator->published[group];
        view->withheld[group] |= indicator->counts[cell].people > 0;
        if (before[cell] > view->people[group])
            view->people[group] = before[cell];
    }
}

static void find_remainders(struct view *view, const struct publication_tree *tree)
{
    for (size_t group = 0; group < tree->group_count; group++) {
        const size_t parent = tree->parents[group];
        const size_t above = parent == NO_GROUP ? NO_GROUP : view->remainder[parent];
        view->withheld[group] &= !view->published[group];
        view->remainder[group] = view->published[group] ? group : above;
        if (!view->published[group])
            continue;
        view->left[group] = view->people[group];
        if (above != NO_GROUP)
            view->left[above] -= view->people[group];
    }
}

static void fill_view(struct check *check, size_t measure, int64_t least)
{
    const struct publication_tree *tree = check->plan->tree;
    const int64_t *before = check->before;
    struct view *view = &check->view;
    memset(view->published, 0, tree->group_count * sizeof *view->published);
    memset(view->withheld, 0, tree->group_count * sizeof *view->withheld);
    memset(view->people, 0, tree->group_count * sizeof *view->people);
    for (size_t i = 0; i < tree->indicator_count; i++) {
        const struct publication_indicator *indicator = &tree->indicators[i];
        for (size_t k = 0; indicator->least >= least && k < indicator->input_count; k++)
            if (has_measure(indicator->measures + k * MEASURES_AN_INPUT, measure))
                add_input(view, tree, indicator, k, before);
        before += indicator->input_count * tree->group_count;
    }
    find_remainders(view, tree);
}

/* ---- what would be computed ---------------------------------------------------------------------------- */

/* A group comes behind the one it lies in. */
static size_t group_around(const struct publication_tree *tree, size_t one, size_t other)
{
    while (one != other) {
        if (one > other)
            one = tree->parents[one];
        else
            other = tree->parents[other];
    }
    return one;
}

static size_t remainder_of(const struct check *check, size_t leaf)
{
    const size_t group = check->plan->leaf_groups[leaf];
    return check->plan->released[leaf] && group != SIZE_MAX ? check->view.remainder[group] : NO_GROUP;
}

/* Any of those who have moved may have said the same before. */
static int64_t count_fresh(const struct release_plan *plan, size_t leaf, struct release_change change)
{
    const int64_t fresh = change.came - (plan->moved ? plan->moved[leaf] : 0);
    return fresh > 0 ? fresh : 0;
}

/* A change of leaf 0, of leaf 1, ... is so many places from the one before. */
static void sum_up(struct check *check, const struct release_change *changes, size_t stride)
{
    const struct release_plan *plan = check->plan;
    for (size_t group = 0; group < plan->tree->group_count; group++)
        check->sums[group] = (struct sum){.around = NO_GROUP};
    for (size_t leaf = 0; leaf < plan->leaf_count; leaf++) {
        const struct release_change change = changes[leaf * stride];
        const size_t remainder = remainder_of(check, leaf);
        if ((change.came == 0 && change.went == 0) || remainder == NO_GROUP)
            continue;
        struct sum *sum = &check->sums[remainder];
        const int64_t fresh = count_fresh(plan, leaf, change);
        sum->fresh += fresh;
        sum->moved += change.came - fresh;
        sum->went += change.went;
        if (fresh > 0)
            sum->around = sum->around == NO_GROUP
                              ? plan->leaf_groups[leaf]
                              : group_around(plan->tree, sum->around, plan->leaf_groups[leaf]);
    }
}

static bool is_all_of_one_withheld(const struct check *check, size_t remainder)
{
    const size_t *parents = check->plan->tree->parents;
    for (size_t at = check->sums[remainder].around; at != NO_GROUP && at != remainder; at = parents[at])
        if (check->view.withheld[at])
            return true;
    return false;
}

/* Of what nobody was in, all comes now; so it has been asked already whether it may be published. */
static bool is_told(const struct check *check, size_t remainder)
{
    const struct sum *sum = &check->sums[remainder];
    if (check->view.left[remainder] <= 0 && sum->went == 0 && sum->moved == 0)
        return false;
    return sum->fresh < check->plan->min_change || is_all_of_one_withheld(check, remainder);
}

static void check_changes(struct check *check, const struct release_change *changes, size_t stride)
{
    const struct release_plan *plan = check->plan;
    sum_up(check, changes, stride);
    for (size_t leaf = 0; leaf < plan->leaf_count; leaf++) {
        const struct release_change change = changes[leaf * stride];
        const size_t remainder = remainder_of(check, leaf);
        if ((change.came == 0 && change.went == 0) || remainder == NO_GROUP || plan->is_wanted[leaf] ||
            !is_told(check, remainder))
            continue;
        check->marked[leaf] = check->any = true;
    }
}

static void add_to_most(struct check *check, size_t tally)
{
    const struct release_plan *plan = check->plan;
    for (size_t leaf = 0; leaf < plan->leaf_count; leaf++) {
        const struct release_change change = plan->changes[leaf * plan->tally_count + tally];
        struct release_change *most = &check->most[leaf];
        most->came = change.came > most->came ? change.came : most->came;
        most->went = change.went > most->went ? change.went : most->went;
    }
}

static void check_view(struct check *check, size_t measure, int64_t least)
{
    const struct release_plan *plan = check->plan;
    fill_view(check, measure, least);
    memset(check->most, 0, plan->leaf_count * sizeof *check->most);
    for (size_t tally = 0; tally < plan->tally_count; tally++) {
        if (!has_measure(measures_of(plan, tally), measure))
            continue;
        if (is_common(check, tally, measure))
            add_to_most(check, tally);
        else
            check_changes(check, plan->changes + tally, plan->tally_count);
    }
    check_changes(check, check->most, 1);
}

bool release_check(const struct release_plan *plan, const int64_t *before, bool *marked)
{
    const struct publication_tree *tree = plan->tree;
    struct check check = {.plan = plan,
                          .before = before,
                          .tallies_of = count_tallies(plan),
                          .view = {.published = mem_alloc(tree->group_count * sizeof(bool)),
                                   .withheld = mem_alloc(tree->group_count * sizeof(bool)),
                                   .people = mem_alloc(tree->group_count * sizeof(int64_t)),
                                   .left = mem_alloc(tree->group_count * sizeof(int64_t)),
                                   .remainder = mem_alloc(tree->group_count * sizeof(size_t))},
                          .sums = mem_alloc(tree->group_count * sizeof(struct sum)),
                          .most = mem_alloc(plan->leaf_count * sizeof(struct release_change)),
                          .marked = marked};
    for (int64_t least = publication_next_least(tree, 0); least != INT64_MAX;
         least = publication_next_least(tree, least))
        for (size_t measure = 0; measure < tree->measure_count; measure++)
            check_view(&check, measure, least);
    free(check.tallies_of);
    free(check.view.published);
    free(check.view.withheld);
    free(check.view.people);
    free(check.view.left);
    free(check.view.remainder);
    free(check.sums);
    free(check.most);
    return check.any;
}
