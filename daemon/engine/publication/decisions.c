/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/publication/decisions.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- making -------------------------------------------------------------------------------------------- */

static void add_decision(struct decisions *decisions, const struct decision *decision)
{
    if (decisions->count == decisions->capacity) {
        decisions->capacity = decisions->capacity ? 2 * decisions->capacity : 64;
        decisions->all = mem_resize(decisions->all, decisions->capacity, sizeof *decisions->all);
    }
    decisions->all[decisions->count++] = *decision;
}

/* Of an indicator that no script declares now, nothing can be known: should it come back, it is decided anew.
 */
static void withdraw_foreign(struct decisions *decisions, const struct source_tree *tree)
{
    for (size_t i = 0; i < tree->foreign_count; i++) {
        const struct decision withdrawn = {.indicator = tree->foreign[i].indicator,
                                           .period = tree->period,
                                           .group = tree->foreign[i].group,
                                           .changed = true};
        add_decision(decisions, &withdrawn);
    }
}

/* Is all in the cells that is released? Nothing is without an input that keeps up (engine/release/tree.c). */
static bool is_whole(const struct engine *engine, const struct indicator *indicator)
{
    for (size_t i = 0; i < indicator->declaration.input_count; i++) {
        const struct input *input = indicator->inputs[i];
        if (input->position < engine->log_end && !input_keeps_up(input))
            return false;
    }
    return true;
}

static bool has_people(const struct source_indicator *own, size_t group)
{
    const size_t inputs = own->indicator->declaration.input_count;
    for (size_t i = 0; own->is_by[group] && i < inputs; i++)
        if (own->counts[group * inputs + i].people > 0)
            return true;
    return false;
}

/* Counts of an indicator that is still being added up are no reason to withhold anything for good. */
static void take_indicator(struct decisions *decisions, const struct source *source,
                           const struct source_tree *tree, const struct source_indicator *own)
{
    const bool waits = own->indicator->declaration.instrument && source->engine->min_change > 1;
    const bool whole = is_whole(source->engine, own->indicator);
    for (size_t group = 0; group < tree->count; group++) {
        const bool withheld = !own->published[group] && has_people(own, group);
        const struct decision decision = {.indicator = own->indicator->id,
                                          .period = tree->period,
                                          .group = tree->groups[group],
                                          .of = own->indicator,
                                          .published = own->published[group],
                                          .changed = own->published[group] != own->was[group],
                                          .is_due = waits && !whole,
                                          .to_stay =
                                              waits && whole && withheld && !own->stays_withheld[group]};
        if (own->is_by[group])
            add_decision(decisions, &decision);
    }
}

void decisions_take(struct decisions *decisions, const struct source *source, const struct source_tree *tree)
{
    withdraw_foreign(decisions, tree);
    for (size_t i = 0; i < source->indicator_count; i++)
        take_indicator(decisions, source, tree, &source->indicators[i]);
}

static int decide_tree(struct decisions *decisions, struct source *source, uint32_t period, uint32_t root,
                       struct error *error)
{
    struct source_tree tree = {.period = period, .root = root};
    const int result = source_read_tree(source, &tree, error);
    if (result == 0) {
        struct publication_tree publication = source_publication(source, &tree);
        publication_decide(&publication);
        free(publication.indicators);
        decisions_take(decisions, source, &tree);
    }
    source_close_tree(source, &tree);
    return result;
}

/* How many of the places, which are in order, are of the first one's period. */
static size_t of_one_period(const struct changed_place *places, size_t count)
{
    size_t same = 0;
    while (same < count && places[same].period == places[0].period)
        same++;
    return same;
}

int decisions_make(struct decisions *decisions, const struct engine *engine, const struct indicator *of,
                   const struct changed_place *places, size_t count, struct store_view *view,
                   const struct relation_names *names, struct error *error)
{
    struct source source;
    struct map done = {0};
    int result = 0;
    source_open(&source, engine, of->calendar, view, names);
    for (size_t i = 0; i < count && result == 0; i++) {
        const uint32_t group = places[i].group, root = group < names->groups->count ? source.roots[group] : 0;
        const uint32_t tree[] = {places[i].period, root};
        const bool is_new = i == 0 || places[i].period != places[i - 1].period;
        if (is_new && known_cells_pay(of_one_period(places + i, count - i), names->groups->count))
            result = source_expect(&source, places[i].period, error);
        if (result != 0 || !root || map_find(&done, tree, sizeof tree))
            continue;
        map_add(&done, tree, sizeof tree, 1);
        result = decide_tree(decisions, &source, places[i].period, root, error);
    }
    map_free(&done);
    source_close(&source);
    return result;
}

/* ---- keeping ------------------------------------------------------------------------------------------- */

static int keep_change(struct store_tx *tx, const struct engine *engine, const struct decision *decision,
                       struct error *error)
{
    if (store_publication_put(tx, decision->indicator, decision->period, decision->group, decision->published,
                              error) != 0)
        return -1;
    return decision->of ? alerts_mark(tx, engine, decision->of, decision->group, error) : 0;
}

/* Marks what is compared with groups that changed, from this decision on; *next is the first one of another
 * indicator. */
static int mark_compared(struct store_tx *tx, const struct decisions *decisions, size_t first, size_t *next,
                         const struct relation_names *names, struct error *error)
{
    const struct indicator *of = decisions->all[first].of;
    struct changed_place *places = mem_alloc((decisions->count - first) * sizeof *places);
    size_t count = 0;
    for (*next = first; *next < decisions->count && decisions->all[*next].of == of; (*next)++) {
        const struct decision *decision = &decisions->all[*next];
        if (of && decision->changed)
            places[count++] = (struct changed_place){decision->period, decision->group};
    }
    const int result = count ? relations_mark(tx, of, places, count, names, error) : 0;
    free(places);
    return result;
}

static int by_place(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;
    if (a->indicator != b->indicator)
        return a->indicator < b->indicator ? -1 : 1;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    return (a->group > b->group) - (a->group < b->group);
}

/* Has the indicator nothing in the period, by the groups' numbers, between the two? */
static bool are_next(const struct decision *one, const struct decision *other,
                     const struct group_names *groups)
{
    if (one->indicator != other->indicator || one->period != other->period)
        return false;
    uint32_t group = one->group + 1;
    while (group < other->group && !is_by_level(one->of, groups->levels[group]))
        group++;
    return group >= other->group;
}

/* Mostly all groups of a period are decided on: they are noted as the ranges that they are. */
static int note_decided(struct store_tx *tx, const struct decisions *decisions,
                        const struct group_names *groups, struct error *error)
{
    struct decision *decided = mem_alloc(decisions->count * sizeof *decided);
    size_t count = 0;
    int result = 0;
    for (size_t i = 0; i < decisions->count; i++)
        if (decisions->all[i].of && !decisions->all[i].is_due)
            decided[count++] = decisions->all[i];
    if (count)
        qsort(decided, count, sizeof *decided, by_place);
    for (size_t i = 0, end; i < count && result == 0; i = end) {
        for (end = i + 1; end < count && are_next(&decided[end - 1], &decided[end], groups);)
            end++;
        result = store_stale_decided(tx, decided[i].indicator, decided[i].period, decided[i].group,
                                     decided[end - 1].group, error);
    }
    free(decided);
    return result;
}

/* What is marked here, is marked by what has just been decided. */
int decisions_keep(struct store_tx *tx, const struct engine *engine, const struct decisions *decisions,
                   const struct relation_names *names, struct error *error)
{
    for (size_t i = 0; i < decisions->count; i++) {
        const struct decision *decision = &decisions->all[i];
        if (decision->changed && keep_change(tx, engine, decision, error) != 0)
            return -1;
        if (decision->to_stay &&
            store_withheld_put(tx, decision->indicator, decision->period, decision->group, error) != 0)
            return -1;
    }
    for (size_t i = 0; i < decisions->count;)
        if (mark_compared(tx, decisions, i, &i, names, error) != 0)
            return -1;
    return note_decided(tx, decisions, names->groups, error);
}

void decisions_free(struct decisions *decisions)
{
    free(decisions->all);
    *decisions = (struct decisions){0};
}
