/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/publication/publication.h"

#include "engine/publication/disclosure.h"

#include "base/mem.h"

#include <stdlib.h>

/* An input that gives a measure away. */
struct giver {
    size_t indicator, input;
};

/* One measure, as far as indicators that need at least so many people give it away. */
struct view {
    const struct publication_tree *tree;
    const bool *was; /* by indicator and group: published before */
    int64_t least;
    struct giver *givers;
    size_t giver_count;
    size_t *places;  /* by group: its index in `groups`; SIZE_MAX: the measure is not given there at all */
    size_t *numbers; /* by index in `groups`: the group */
    struct disclosure_group *groups;
    int64_t *totals; /* by index in `groups` */
    size_t count;
};

/* ---- one indicator in one group ------------------------------------------------------------------------ */

static const struct publication_count *count_of(const struct publication_indicator *indicator, size_t group,
                                                size_t input)
{
    return &indicator->counts[group * indicator->input_count + input];
}

static bool has_measure(const struct publication_indicator *indicator, size_t input, size_t measure)
{
    for (size_t i = 0; i < MEASURES_AN_INPUT; i++)
        if (indicator->measures[input * MEASURES_AN_INPUT + i] == measure)
            return true;
    return false;
}

static bool is_there(const struct publication_indicator *indicator, size_t group)
{
    for (size_t i = 0; indicator->is_by[group] && i < indicator->input_count; i++)
        if (count_of(indicator, group, i)->people > 0)
            return true;
    return false;
}

/* Where one person is enough there is nothing to protect. */
bool publication_is_telling(const struct publication_count *count, int64_t least)
{
    if (count->people > 0 && count->people < least)
        return true;
    return least > 1 && count->uniform && count->people > 0 && count->people < 2 * least;
}

static bool may_be_shown(const struct publication_indicator *indicator, size_t group)
{
    for (size_t i = 0; i < indicator->input_count; i++)
        if (publication_is_telling(count_of(indicator, group, i), indicator->least))
            return false;
    return is_there(indicator, group) && !(indicator->stays_withheld && indicator->stays_withheld[group]);
}

/* ---- a view of a measure ------------------------------------------------------------------------------- */

static void find_givers(struct view *view, size_t measure)
{
    view->giver_count = 0;
    for (size_t i = 0; i < view->tree->indicator_count; i++) {
        const struct publication_indicator *indicator = &view->tree->indicators[i];
        for (size_t k = 0; indicator->least >= view->least && k < indicator->input_count; k++)
            if (has_measure(indicator, k, measure))
                view->givers[view->giver_count++] = (struct giver){i, k};
    }
}

static size_t parent_in_view(const struct view *view, size_t group)
{
    for (size_t at = view->tree->parents[group]; at != PUBLICATION_NO_PARENT; at = view->tree->parents[at])
        if (view->places[at] != SIZE_MAX)
            return view->places[at];
    return DISCLOSURE_NO_PARENT;
}

/* Inputs of one measure count the same people, but for those that are still being read. */
static void add_group(struct view *view, size_t group)
{
    const struct publication_tree *tree = view->tree;
    int64_t people = 0, total = 0;
    bool is_known = false, was_known = false;
    for (size_t i = 0; i < view->giver_count; i++) {
        const struct giver giver = view->givers[i];
        const struct publication_indicator *indicator = &tree->indicators[giver.indicator];
        if (!indicator->is_by[group])
            continue;
        const struct publication_count *count = count_of(indicator, group, giver.input);
        people = count->people > people ? count->people : people;
        total = count->total > total ? count->total : total;
        is_known |= indicator->published[group];
        was_known |= view->was[giver.indicator * tree->group_count + group];
    }
    if (people == 0)
        return;
    view->groups[view->count] =
        (struct disclosure_group){.parent = parent_in_view(view, group),
                                  .people = people,
                                  .cost = (was_known ? (uint64_t)people << 32 : 0) + (uint64_t)people,
                                  .withheld = !is_known};
    view->totals[view->count] = total;
    view->numbers[view->count] = group;
    view->places[group] = view->count++;
}

/* How many people are in none of the groups next below. Where they overlap, that is not known; but somebody
 * is, when there is more in the group than in those together. */
static void count_own(struct view *view)
{
    int64_t *inside = mem_alloc(2 * view->count * sizeof *inside), *totals = inside + view->count;
    for (size_t i = view->count; i-- > 0;) {
        struct disclosure_group *group = &view->groups[i];
        const int64_t more = view->totals[i] - totals[i], people = group->people - inside[i];
        group->own = more <= 0 ? 0 : people > 0 ? people : 1;
        if (group->parent == DISCLOSURE_NO_PARENT)
            continue;
        inside[group->parent] += group->people;
        totals[group->parent] += view->totals[i];
    }
    free(inside);
}

/* false: nothing has to be withheld because of what is withheld already, or is few. */
static bool fill_view(struct view *view)
{
    bool is_at_risk = false;
    view->count = 0;
    for (size_t group = 0; group < view->tree->group_count; group++)
        view->places[group] = SIZE_MAX;
    for (size_t group = 0; group < view->tree->group_count; group++)
        add_group(view, group);
    count_own(view);
    for (size_t i = 0; i < view->count; i++)
        is_at_risk |=
            view->groups[i].withheld || (view->groups[i].own > 0 && view->groups[i].own < view->least);
    return is_at_risk;
}

/* Of every indicator that gives the measure away. Was anything of it published? */
static bool withhold(const struct view *view, size_t group)
{
    bool changed = false;
    for (size_t i = 0; i < view->giver_count; i++) {
        bool *published = &view->tree->indicators[view->givers[i].indicator].published[group];
        changed |= *published;
        *published = false;
    }
    return changed;
}

/* Did anything more have to be withheld? */
static bool solve_view(struct view *view, size_t measure)
{
    bool changed = false;
    find_givers(view, measure);
    if (!fill_view(view))
        return false;
    disclosure_solve(view->groups, view->count, view->least, view->tree->overlapping);
    for (size_t i = 0; i < view->count; i++)
        if (view->groups[i].withheld)
            changed |= withhold(view, view->numbers[i]);
    return changed;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

int64_t publication_next_least(const struct publication_tree *tree, int64_t above)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < tree->indicator_count; i++)
        if (tree->indicators[i].least > above && tree->indicators[i].least < next)
            next = tree->indicators[i].least;
    return next;
}

static bool solve_all(struct view *view)
{
    bool changed = false;
    for (int64_t least = publication_next_least(view->tree, 0); least != INT64_MAX;
         least = publication_next_least(view->tree, least))
        for (size_t measure = 0; measure < view->tree->measure_count; measure++) {
            view->least = least;
            changed |= solve_view(view, measure);
        }
    return changed;
}

static bool *begin_anew(const struct publication_tree *tree)
{
    bool *was = mem_alloc(tree->indicator_count * tree->group_count * sizeof *was);
    for (size_t i = 0; i < tree->indicator_count; i++)
        for (size_t group = 0; group < tree->group_count; group++) {
            bool *published = &tree->indicators[i].published[group];
            was[i * tree->group_count + group] = *published;
            *published = may_be_shown(&tree->indicators[i], group);
        }
    return was;
}

static size_t count_inputs(const struct publication_tree *tree)
{
    size_t inputs = 0;
    for (size_t i = 0; i < tree->indicator_count; i++)
        inputs += tree->indicators[i].input_count;
    return inputs;
}

void publication_decide(const struct publication_tree *tree)
{
    bool *was = begin_anew(tree);
    struct view view = {.tree = tree,
                        .was = was,
                        .givers = mem_alloc(count_inputs(tree) * sizeof *view.givers),
                        .places = mem_alloc(tree->group_count * sizeof *view.places),
                        .numbers = mem_alloc(tree->group_count * sizeof *view.numbers),
                        .groups = mem_alloc(tree->group_count * sizeof *view.groups),
                        .totals = mem_alloc(tree->group_count * sizeof *view.totals)};
    while (solve_all(&view))
        ;
    free(was);
    free(view.givers);
    free(view.places);
    free(view.numbers);
    free(view.groups);
    free(view.totals);
}
