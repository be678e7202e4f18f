/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/release/release.h"

#include "engine/release/check.h"
#include "engine/release/marks.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* How many sets of leaves are tried again after they had to be taken out together. */
enum { MOST_TRIES = 64 };

struct solver {
    struct release_plan *plan;
    struct release_past past;
    int64_t *before; /* see release_count_people */
    bool *marked;    /* by leaf: to be taken out */
    bool *given_up;  /* by leaf: taken out for the sake of what was published */
    size_t tries;
};

/* ---- rounds -------------------------------------------------------------------------------------------- */

static void decide(struct solver *solver)
{
    const struct release_plan *plan = solver->plan;
    const size_t groups = plan->tree->group_count;
    plan->count(plan->data, plan->released);
    for (size_t i = 0; i < plan->tree->indicator_count; i++)
        memcpy(plan->tree->indicators[i].published, solver->past.was + i * groups,
               groups * sizeof *solver->past.was);
    publication_decide(plan->tree);
}

static bool mark_losses(struct solver *solver)
{
    const bool any = release_mark_losses(solver->plan, &solver->past, solver->marked);
    for (size_t leaf = 0; leaf < solver->plan->leaf_count; leaf++)
        solver->given_up[leaf] |= solver->marked[leaf];
    return any;
}

/* Marks what must not be released. The later questions are asked once the earlier ones find nothing more. */
static bool mark(struct solver *solver)
{
    memset(solver->marked, 0, solver->plan->leaf_count * sizeof *solver->marked);
    return release_mark_small(solver->plan, &solver->past, solver->marked) || mark_losses(solver) ||
           release_check(solver->plan, solver->before, solver->marked);
}

static void take_out_until_safe(struct solver *solver)
{
    for (decide(solver); mark(solver); decide(solver))
        for (size_t leaf = 0; leaf < solver->plan->leaf_count; leaf++)
            if (solver->marked[leaf])
                solver->plan->released[leaf] = false;
}

static void release_all(struct solver *solver, const size_t *leaves, size_t count, bool released)
{
    for (size_t i = 0; i < count; i++)
        solver->plan->released[leaves[i]] = released;
}

/* All of them, or else each half. */
static void try_again(struct solver *solver, const size_t *leaves, size_t count)
{
    if (count == 0 || solver->tries == MOST_TRIES)
        return;
    solver->tries++;
    release_all(solver, leaves, count, true);
    decide(solver);
    if (!mark(solver))
        return;
    release_all(solver, leaves, count, false);
    if (count == 1)
        return;
    try_again(solver, leaves, count / 2);
    try_again(solver, leaves + count / 2, count - count / 2);
}

static void try_given_up(struct solver *solver)
{
    size_t *leaves = mem_alloc(solver->plan->leaf_count * sizeof *leaves), count = 0;
    for (size_t leaf = 0; leaf < solver->plan->leaf_count; leaf++)
        if (solver->given_up[leaf])
            leaves[count++] = leaf;
    if (count > 0) {
        try_again(solver, leaves, count / 2);
        try_again(solver, leaves + count / 2, count - count / 2);
        decide(solver);
    }
    free(leaves);
}

/* ---- beginning and end --------------------------------------------------------------------------------- */

static void remember_published(struct solver *solver)
{
    const struct publication_tree *tree = solver->plan->tree;
    for (size_t i = 0; i < tree->indicator_count; i++)
        memcpy(solver->past.was + i * tree->group_count, tree->indicators[i].published,
               tree->group_count * sizeof *solver->past.was);
}

static void remember_people(struct solver *solver)
{
    const struct publication_tree *tree = solver->plan->tree;
    memset(solver->plan->released, 0, solver->plan->leaf_count * sizeof *solver->plan->released);
    solver->plan->count(solver->plan->data, solver->plan->released);
    solver->before = release_count_people(tree);
    for (size_t i = 0; i < tree->indicator_count; i++)
        for (size_t group = 0; group < tree->group_count; group++)
            solver->past.had[i * tree->group_count + group] =
                release_most_people(&tree->indicators[i], group) > 0;
}

static void decide_without(struct solver *solver)
{
    const struct release_plan *plan = solver->plan;
    const size_t groups = plan->tree->group_count;
    for (size_t leaf = 0; leaf < plan->leaf_count; leaf++)
        plan->released[leaf] = plan->is_wanted[leaf];
    decide(solver);
    for (size_t i = 0; i < plan->tree->indicator_count; i++)
        memcpy(solver->past.kept + i * groups, plan->tree->indicators[i].published,
               groups * sizeof *solver->past.kept);
}

static void solve(struct solver *solver)
{
    remember_people(solver);
    decide_without(solver);
    memset(solver->plan->released, true, solver->plan->leaf_count * sizeof *solver->plan->released);
    take_out_until_safe(solver);
    try_given_up(solver);
}

void release_decide(struct release_plan *plan)
{
    const size_t places = plan->tree->indicator_count * plan->tree->group_count;
    struct solver solver = {.plan = plan,
                            .past = {.was = mem_alloc(places * sizeof(bool)),
                                     .had = mem_alloc(places * sizeof(bool)),
                                     .kept = mem_alloc(places * sizeof(bool))},
                            .marked = mem_alloc(plan->leaf_count * sizeof(bool)),
                            .given_up = mem_alloc(plan->leaf_count * sizeof(bool))};
    remember_published(&solver);
    if (plan->min_change > 1) {
        solve(&solver);
    } else {
        memset(plan->released, true, plan->leaf_count * sizeof *plan->released);
        decide(&solver);
    }
    free(solver.past.was);
    free(solver.past.had);
    free(solver.past.kept);
    free(solver.before);
    free(solver.marked);
    free(solver.given_up);
}
