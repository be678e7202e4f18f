/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/release/marks.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NO_GROUP PUBLICATION_NO_PARENT

struct marking {
    const struct release_plan *plan;
    const struct publication_tree *tree;
    const struct release_past *past;
    bool *flags; /* by group */
    bool *marked;
};

/* ---- what is asked of groups and leaves ---------------------------------------------------------------- */

static size_t place_of(const struct marking *marking, size_t indicator, size_t group)
{
    return indicator * marking->tree->group_count + group;
}

int64_t release_most_people(const struct publication_indicator *indicator, size_t group)
{
    int64_t most = 0;
    for (size_t i = 0; indicator->is_by[group] && i < indicator->input_count; i++) {
        const int64_t people = indicator->counts[group * indicator->input_count + i].people;
        most = people > most ? people : most;
    }
    return most;
}

static int64_t most_people_of_any(const struct publication_tree *tree, size_t group)
{
    int64_t most = 0;
    for (size_t i = 0; i < tree->indicator_count; i++) {
        const int64_t people = release_most_people(&tree->indicators[i], group);
        most = people > most ? people : most;
    }
    return most;
}

/* Is it withheld, and has its first people? */
static bool is_newly_withheld(const struct marking *marking, size_t indicator, size_t group)
{
    const struct publication_indicator *of = &marking->tree->indicators[indicator];
    return !marking->past->had[place_of(marking, indicator, group)] && !of->published[group] &&
           release_most_people(of, group) > 0;
}

/* Would it be published if less were released? */
static bool is_lost(const struct marking *marking, size_t indicator, size_t group)
{
    const size_t place = place_of(marking, indicator, group);
    return marking->past->was[place] && marking->past->kept[place] &&
           !marking->tree->indicators[indicator].published[group];
}

static bool may_be_taken(const struct marking *marking, size_t leaf)
{
    const struct release_plan *plan = marking->plan;
    return plan->released[leaf] && !plan->is_wanted[leaf] && plan->leaf_groups[leaf] != SIZE_MAX;
}

static bool is_in_flagged(const struct marking *marking, size_t leaf)
{
    for (size_t at = marking->plan->leaf_groups[leaf]; at != NO_GROUP; at = marking->tree->parents[at])
        if (marking->flags[at])
            return true;
    return false;
}

static size_t outermost(const struct publication_tree *tree, size_t group)
{
    while (tree->parents[group] != NO_GROUP)
        group = tree->parents[group];
    return group;
}

static void clear_flags(struct marking *marking)
{
    memset(marking->flags, 0, marking->tree->group_count * sizeof *marking->flags);
}

/* Marks what may be taken out of the flagged groups. Was there any? */
static bool mark_flagged(struct marking *marking)
{
    bool any = false;
    for (size_t leaf = 0; leaf < marking->plan->leaf_count; leaf++)
        if (may_be_taken(marking, leaf) && is_in_flagged(marking, leaf))
            any = marking->marked[leaf] = true;
    return any;
}

/* ---- while the wave is open: groups that are still small ----------------------------------------------- */

static bool is_telling(const struct publication_indicator *indicator, size_t group)
{
    for (size_t i = 0; i < indicator->input_count; i++)
        if (publication_is_telling(&indicator->counts[group * indicator->input_count + i], indicator->least))
            return true;
    return false;
}

/* `by_itself`: not for the sake of others. */
static bool is_still_small(const struct marking *marking, size_t group, bool by_itself)
{
    const struct publication_tree *tree = marking->tree;
    const int64_t people = most_people_of_any(tree, group);
    for (size_t i = 0; i < tree->indicator_count; i++)
        if (is_newly_withheld(marking, i, group) && people < 2 * tree->indicators[i].least &&
            (!by_itself || is_telling(&tree->indicators[i], group)))
            return true;
    return false;
}

/* By group: may anything be taken out of it? */
static bool *find_takeable(const struct marking *marking)
{
    const struct publication_tree *tree = marking->tree;
    bool *takeable = mem_alloc(tree->group_count * sizeof *takeable);
    for (size_t leaf = 0; leaf < marking->plan->leaf_count; leaf++)
        for (size_t at = may_be_taken(marking, leaf) ? marking->plan->leaf_groups[leaf] : NO_GROUP;
             at != NO_GROUP && !takeable[at]; at = tree->parents[at])
            takeable[at] = true;
    return takeable;
}

/* The innermost of them: the groups around these may have enough people without them. */
static bool mark_small_groups(struct marking *marking, bool by_itself)
{
    const struct publication_tree *tree = marking->tree;
    bool *takeable = find_takeable(marking), *inside = mem_alloc(tree->group_count * sizeof *inside);
    for (size_t group = tree->group_count; group-- > 0;) {
        const size_t parent = tree->parents[group];
        marking->flags[group] =
            takeable[group] && !inside[group] && is_still_small(marking, group, by_itself);
        if (parent != NO_GROUP && (inside[group] || marking->flags[group]))
            inside[parent] = true;
    }
    free(takeable);
    free(inside);
    return mark_flagged(marking);
}

/* ---- and people who are in none of the groups inside a group ------------------------------------------- */

/* By group, outermost ones only: as many people as the indicators need of which a group in it is withheld for
 * the sake of others. */
static int64_t *find_needs(const struct marking *marking)
{
    const struct publication_tree *tree = marking->tree;
    int64_t *needs = mem_alloc(tree->group_count * sizeof *needs);
    for (size_t i = 0; i < tree->indicator_count; i++)
        for (size_t group = 0; group < tree->group_count; group++)
            if (is_newly_withheld(marking, i, group) && !is_telling(&tree->indicators[i], group)) {
                int64_t *need = &needs[outermost(tree, group)];
                *need = tree->indicators[i].least > *need ? tree->indicators[i].least : *need;
            }
    return needs;
}

static int64_t most_that_came(const struct release_plan *plan, size_t leaf)
{
    int64_t most = 0;
    for (size_t tally = 0; tally < plan->tally_count; tally++) {
        const int64_t came = plan->changes[leaf * plan->tally_count + tally].came;
        most = came > most ? came : most;
    }
    return most;
}

/* They are no group that could be withheld, so others are, for the sake of them. */
static bool mark_small_rests(struct marking *marking)
{
    const struct publication_tree *tree = marking->tree;
    int64_t *needs = find_needs(marking);
    bool any = false;
    clear_flags(marking);
    for (size_t group = 0; group < tree->group_count; group++)
        if (tree->parents[group] != NO_GROUP)
            marking->flags[tree->parents[group]] = true;
    for (size_t leaf = 0; leaf < marking->plan->leaf_count; leaf++) {
        if (!may_be_taken(marking, leaf))
            continue;
        const size_t group = marking->plan->leaf_groups[leaf];
        if (marking->flags[group] && most_that_came(marking->plan, leaf) < 2 * needs[outermost(tree, group)])
            any = marking->marked[leaf] = true;
    }
    free(needs);
    return any;
}

/* ---- what was published stays so ----------------------------------------------------------------------- */

static bool changes_input(const struct release_plan *plan, size_t leaf, const size_t *measures)
{
    for (size_t tally = 0; tally < plan->tally_count; tally++) {
        const struct release_change change = plan->changes[leaf * plan->tally_count + tally];
        if ((change.came || change.went) && memcmp(plan->tally_measures + tally * MEASURES_AN_INPUT, measures,
                                                   MEASURES_AN_INPUT * sizeof *measures) == 0)
            return true;
    }
    return false;
}

/* Where an input tells too much: what changes that input. */
static bool mark_telling(struct marking *marking, size_t indicator, size_t input)
{
    const struct publication_indicator *of = &marking->tree->indicators[indicator];
    bool any = false;
    for (size_t group = 0; group < marking->tree->group_count; group++)
        any |= marking->flags[group] =
            is_lost(marking, indicator, group) &&
            publication_is_telling(&of->counts[group * of->input_count + input], of->least);
    if (!any)
        return false;
    any = false;
    for (size_t leaf = 0; leaf < marking->plan->leaf_count; leaf++)
        if (may_be_taken(marking, leaf) && is_in_flagged(marking, leaf) &&
            changes_input(marking->plan, leaf, of->measures + input * MEASURES_AN_INPUT))
            any = marking->marked[leaf] = true;
    return any;
}

static bool mark_all_telling(struct marking *marking)
{
    const struct publication_tree *tree = marking->tree;
    bool any = false;
    for (size_t i = 0; i < tree->indicator_count; i++)
        for (size_t k = 0; k < tree->indicators[i].input_count; k++)
            any |= mark_telling(marking, i, k);
    return any;
}

/* By group, outermost ones only: is anything lost inside? NULL: nowhere. */
static bool *find_losing(const struct marking *marking)
{
    const struct publication_tree *tree = marking->tree;
    bool *losing = mem_alloc(tree->group_count * sizeof *losing), any = false;
    for (size_t i = 0; i < tree->indicator_count; i++)
        for (size_t group = 0; group < tree->group_count; group++)
            if (is_lost(marking, i, group))
                any = losing[outermost(tree, group)] = true;
    if (any)
        return losing;
    free(losing);
    return NULL;
}

static void flag_newly_withheld(struct marking *marking, const bool *losing)
{
    const struct publication_tree *tree = marking->tree;
    for (size_t i = 0; i < tree->indicator_count; i++)
        for (size_t group = 0; group < tree->group_count; group++)
            if (losing[outermost(tree, group)] && is_newly_withheld(marking, i, group))
                marking->flags[group] = true;
}

/* What is withheld for the sake of others is mostly so for the sake of a group that is new. Otherwise
 * everything around may be the cause; some of it comes back when it is tried again. */
static bool mark_losses(struct marking *marking)
{
    bool *losing = find_losing(marking);
    if (!losing)
        return false;
    bool any = mark_all_telling(marking);
    if (!any) {
        clear_flags(marking);
        flag_newly_withheld(marking, losing);
        any = mark_flagged(marking);
    }
    if (!any) {
        memcpy(marking->flags, losing, marking->tree->group_count * sizeof *losing);
        any = mark_flagged(marking);
    }
    free(losing);
    return any;
}

/* ---- both ---------------------------------------------------------------------------------------------- */

static struct marking begin(const struct release_plan *plan, const struct release_past *past, bool *marked)
{
    return (struct marking){.plan = plan,
                            .tree = plan->tree,
                            .past = past,
                            .flags = mem_alloc(plan->tree->group_count * sizeof(bool)),
                            .marked = marked};
}

/* What is withheld for the sake of others waits only where no others are to wait. */
static bool mark_small(struct marking *marking)
{
    return mark_small_groups(marking, true) || mark_small_rests(marking) || mark_small_groups(marking, false);
}

bool release_mark_small(const struct release_plan *plan, const struct release_past *past, bool *marked)
{
    struct marking marking = begin(plan, past, marked);
    const bool any = plan->is_open && mark_small(&marking);
    free(marking.flags);
    return any;
}

bool release_mark_losses(const struct release_plan *plan, const struct release_past *past, bool *marked)
{
    struct marking marking = begin(plan, past, marked);
    const bool any = mark_losses(&marking);
    free(marking.flags);
    return any;
}
