/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/publication/disclosure.h"

#include "base/mem.h"

#include <stdlib.h>

#define IMPOSSIBLE UINT64_MAX

/* From how many groups next below the uncovered people come. People of the group's own are never one withheld
 * group's alone, so they count as several. */
enum { FROM_NONE = 0, FROM_ONE = 1, FROM_SEVERAL = 2, ORIGINS = 3 };

/* How one state of a parent came about: of which one, before this group was taken in, and with how many
 * uncovered people of this group (0: it is published). */
struct step {
    uint16_t before, uncovered;
};

struct programme {
    struct disclosure_group *groups;
    size_t count;
    size_t most; /* uncovered people are counted up to here */
    size_t states;
    bool overlapping;
    uint64_t *costs;    /* by group and state: the least cost inside the group */
    struct step *steps; /* by group and state of its parent */
    size_t *first_child, *next_sibling;
    size_t *ends; /* by group: the state that was chosen for it */
};

static size_t state_of(size_t uncovered, size_t origin)
{
    return uncovered * ORIGINS + origin;
}

static size_t capped(const struct programme *programme, int64_t people)
{
    return people < (int64_t)programme->most ? (size_t)people : programme->most;
}

static uint64_t *costs_of(const struct programme *programme, size_t group)
{
    return programme->costs + group * programme->states;
}

static struct step *steps_of(const struct programme *programme, size_t group)
{
    return programme->steps + group * programme->states;
}

/* ---- outcomes of a group ------------------------------------------------------------------------------- */

static bool may_be_published(const struct programme *programme, size_t state)
{
    const size_t uncovered = state / ORIGINS;
    return uncovered == 0 || (uncovered == programme->most && state % ORIGINS == FROM_SEVERAL);
}

static uint64_t cost_of_publishing(const struct programme *programme, size_t group, size_t *end)
{
    const uint64_t *costs = costs_of(programme, group);
    uint64_t least = IMPOSSIBLE;
    for (size_t state = 0; state < programme->states && !programme->groups[group].withheld; state++)
        if (may_be_published(programme, state) && costs[state] < least) {
            least = costs[state];
            *end = state;
        }
    return least;
}

/* With so many uncovered people, not 0: a withheld group that is covered can be computed. */
static uint64_t cost_of_withholding(const struct programme *programme, size_t group, size_t uncovered,
                                    size_t *end)
{
    const uint64_t *costs = costs_of(programme, group);
    uint64_t least = IMPOSSIBLE;
    for (size_t origin = 0; origin < ORIGINS; origin++)
        if (costs[state_of(uncovered, origin)] < least) {
            least = costs[state_of(uncovered, origin)];
            *end = state_of(uncovered, origin);
        }
    if (least == IMPOSSIBLE || programme->groups[group].withheld)
        return least;
    return least + programme->groups[group].cost;
}

static uint64_t cost_of(const struct programme *programme, size_t group, size_t uncovered, size_t *end)
{
    return uncovered ? cost_of_withholding(programme, group, uncovered, end)
                     : cost_of_publishing(programme, group, end);
}

/* ---- from the leaves up -------------------------------------------------------------------------------- */

static size_t state_with(const struct programme *programme, size_t state, size_t uncovered)
{
    if (uncovered == 0)
        return state;
    const size_t before = state / ORIGINS, origin = state % ORIGINS;
    const size_t together =
        programme->overlapping ? (before > uncovered ? before : uncovered) : before + uncovered;
    return state_of(together < programme->most ? together : programme->most,
                    origin == FROM_NONE ? FROM_ONE : FROM_SEVERAL);
}

static void take_outcome(const struct programme *programme, size_t group, size_t uncovered,
                         const uint64_t *before, uint64_t *after)
{
    size_t end;
    const uint64_t cost = cost_of(programme, group, uncovered, &end);
    for (size_t state = 0; state < programme->states && cost != IMPOSSIBLE; state++) {
        if (before[state] == IMPOSSIBLE)
            continue;
        const size_t next = state_with(programme, state, uncovered);
        if (before[state] + cost < after[next]) {
            after[next] = before[state] + cost;
            steps_of(programme, group)[next] = (struct step){(uint16_t)state, (uint16_t)uncovered};
        }
    }
}

/* Takes a finished group into the states of its parent. */
static void take_into_parent(const struct programme *programme, size_t group, uint64_t *after)
{
    uint64_t *before = costs_of(programme, programme->groups[group].parent);
    for (size_t state = 0; state < programme->states; state++)
        after[state] = IMPOSSIBLE;
    for (size_t uncovered = 0; uncovered <= programme->most; uncovered++)
        take_outcome(programme, group, uncovered, before, after);
    for (size_t state = 0; state < programme->states; state++)
        before[state] = after[state];
}

static void begin_group(const struct programme *programme, size_t group)
{
    const int64_t own = programme->groups[group].own;
    uint64_t *costs = costs_of(programme, group);
    for (size_t state = 0; state < programme->states; state++)
        costs[state] = IMPOSSIBLE;
    costs[state_of(capped(programme, own), own > 0 ? FROM_SEVERAL : FROM_NONE)] = 0;
}

/* Groups are taken in from the last to the first, so the first child is the last that was. */
static void climb(struct programme *programme)
{
    uint64_t *after = mem_alloc(programme->states * sizeof *after);
    for (size_t i = 0; i < programme->count; i++) {
        begin_group(programme, i);
        programme->first_child[i] = SIZE_MAX;
    }
    for (size_t i = programme->count; i-- > 0;) {
        const size_t parent = programme->groups[i].parent;
        if (parent == DISCLOSURE_NO_PARENT)
            continue;
        programme->next_sibling[i] = programme->first_child[parent];
        programme->first_child[parent] = i;
        take_into_parent(programme, i, after);
    }
    free(after);
}

/* ---- and down again ------------------------------------------------------------------------------------ */

static void choose(struct programme *programme, size_t group, size_t uncovered)
{
    cost_of(programme, group, uncovered, &programme->ends[group]);
    programme->groups[group].withheld = uncovered > 0;
}

/* Nothing is around an outermost group, so only its cost counts. */
static void choose_outermost(struct programme *programme, size_t group)
{
    size_t end, best = 0;
    uint64_t least = cost_of(programme, group, 0, &end);
    for (size_t uncovered = 1; uncovered <= programme->most; uncovered++) {
        const uint64_t cost = cost_of(programme, group, uncovered, &end);
        if (cost < least) {
            least = cost;
            best = uncovered;
        }
    }
    choose(programme, group, best);
}

static void descend(struct programme *programme)
{
    for (size_t i = 0; i < programme->count; i++) {
        if (programme->groups[i].parent == DISCLOSURE_NO_PARENT)
            choose_outermost(programme, i);
        size_t state = programme->ends[i];
        for (size_t child = programme->first_child[i]; child != SIZE_MAX;
             child = programme->next_sibling[child]) {
            const struct step step = steps_of(programme, child)[state];
            choose(programme, child, step.uncovered);
            state = step.before;
        }
    }
}

void disclosure_solve(struct disclosure_group *groups, size_t count, int64_t least, bool overlapping)
{
    struct programme programme = {
        .groups = groups, .count = count, .most = (size_t)least, .overlapping = overlapping};
    programme.states = (programme.most + 1) * ORIGINS;
    programme.costs = mem_alloc(count * programme.states * sizeof *programme.costs);
    programme.steps = mem_alloc(count * programme.states * sizeof *programme.steps);
    programme.first_child = mem_alloc(count * sizeof *programme.first_child);
    programme.next_sibling = mem_alloc(count * sizeof *programme.next_sibling);
    programme.ends = mem_alloc(count * sizeof *programme.ends);
    climb(&programme);
    descend(&programme);
    free(programme.costs);
    free(programme.steps);
    free(programme.first_child);
    free(programme.next_sibling);
    free(programme.ends);
}
