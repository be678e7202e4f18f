/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/decisions.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* An indicator of the source, and what it has in the tree that is decided on. */
struct source_indicator {
    const struct indicator *indicator;
    size_t *measures; /* by input MEASURES_AN_INPUT */
    bool *is_by, *was, *published;
    struct publication_count *counts;
};

struct source {
    struct store_view *view;
    const struct group_names *groups;
    const struct period_names *periods;
    int64_t now;
    struct source_indicator *indicators;
    size_t indicator_count, measure_count;
    uint32_t *roots; /* by group: the outermost group around it that an indicator is computed for; 0: none */
    size_t *places;  /* by group: its index in the tree; SIZE_MAX: it is not in it */
    struct decisions *decisions;
};

/* The groups of one tree that an indicator is computed for, each behind the one it lies in. */
struct tree {
    uint32_t period, root;
    uint32_t *groups;
    size_t *parents;
    size_t count;
};

/* ---- the source ---------------------------------------------------------------------------------------- */

static bool is_by(const struct indicator *indicator, const char *level)
{
    for (size_t i = 0; level && i < indicator->declaration.level_count; i++)
        if (strcmp(indicator->declaration.levels[i], level) == 0)
            return true;
    return false;
}

static bool is_shown(const struct source *source, uint32_t group)
{
    for (size_t i = 0; i < source->indicator_count; i++)
        if (is_by(source->indicators[i].indicator, source->groups->levels[group]))
            return true;
    return false;
}

static void number_measures(struct source *source)
{
    struct map numbers = {0};
    for (size_t i = 0; i < source->indicator_count; i++) {
        struct source_indicator *own = &source->indicators[i];
        const size_t inputs = own->indicator->declaration.input_count;
        own->measures = mem_alloc(inputs * MEASURES_AN_INPUT * sizeof *own->measures);
        for (size_t k = 0; k < inputs * MEASURES_AN_INPUT; k++) {
            const char *measure =
                own->indicator->inputs[k / MEASURES_AN_INPUT]->measures[k % MEASURES_AN_INPUT];
            const uint32_t *known = map_find_text(&numbers, measure);
            own->measures[k] = known ? *known : source->measure_count;
            if (!known)
                map_add_text(&numbers, measure, (uint32_t)source->measure_count++);
        }
    }
    map_free(&numbers);
}

static void find_roots(struct source *source)
{
    const struct group_names *groups = source->groups;
    source->roots = mem_alloc(groups->count * sizeof *source->roots);
    source->places = mem_alloc(groups->count * sizeof *source->places);
    for (uint32_t group = 0; group < groups->count; group++) {
        source->places[group] = SIZE_MAX;
        for (uint32_t at = groups->paths[group] ? group : 0; at && at < groups->count;
             at = groups->parents[at])
            if (is_shown(source, at))
                source->roots[group] = at;
    }
}

static void open_source(struct source *source, const struct engine *engine, const struct indicator *of)
{
    source->indicators = mem_alloc(engine->indicator_count * sizeof *source->indicators);
    for (size_t i = 0; i < engine->indicator_count; i++) {
        const struct indicator *indicator = engine->indicators[i];
        if (indicator->id && indicator->inputs && strcmp(indicator->calendar, of->calendar) == 0)
            source->indicators[source->indicator_count++].indicator = indicator;
    }
    number_measures(source);
    find_roots(source);
}

static void close_source(struct source *source)
{
    for (size_t i = 0; i < source->indicator_count; i++)
        free(source->indicators[i].measures);
    free(source->indicators);
    free(source->roots);
    free(source->places);
}

/* ---- a tree -------------------------------------------------------------------------------------------- */

struct sorted {
    const char *path;
    uint32_t group;
};

/* A path sorts behind those of the groups around it. */
static int by_path(const void *left, const void *right)
{
    return strcmp(((const struct sorted *)left)->path, ((const struct sorted *)right)->path);
}

static size_t parent_in_tree(const struct source *source, uint32_t group)
{
    for (uint32_t at = source->groups->parents[group]; at && at < source->groups->count;
         at = source->groups->parents[at])
        if (source->places[at] != SIZE_MAX)
            return source->places[at];
    return PUBLICATION_NO_PARENT;
}

static void find_groups(struct source *source, struct tree *tree)
{
    const struct group_names *groups = source->groups;
    struct sorted *sorted = mem_alloc(groups->count * sizeof *sorted);
    for (uint32_t group = 1; group < groups->count; group++)
        if (groups->paths[group] && source->roots[group] == tree->root && is_shown(source, group))
            sorted[tree->count++] = (struct sorted){groups->paths[group], group};
    qsort(sorted, tree->count, sizeof *sorted, by_path);
    tree->groups = mem_alloc(tree->count * sizeof *tree->groups);
    tree->parents = mem_alloc(tree->count * sizeof *tree->parents);
    for (size_t i = 0; i < tree->count; i++) {
        tree->groups[i] = sorted[i].group;
        tree->parents[i] = parent_in_tree(source, sorted[i].group);
        source->places[sorted[i].group] = i;
    }
    free(sorted);
}

static int count_place(const struct source_indicator *own, const struct places *places, size_t number,
                       size_t group, struct error *error)
{
    const size_t inputs = own->indicator->declaration.input_count;
    const struct place *place = &places->all[number];
    for (size_t i = 0; i < inputs; i++)
        if (head_count(own->indicator->inputs[i], places->bytes.data + place->offsets[i], place->sizes[i],
                       &own->counts[group * inputs + i], error) != 0)
            return -1;
    return 0;
}

/* How many people are behind the indicator in each group of the tree. */
static int count_indicator(const struct source *source, struct source_indicator *own, const struct tree *tree,
                           struct error *error)
{
    struct places places = {.indicator = own->indicator};
    int result = 0;
    if (own->indicator->window)
        places_take_window(&places, source->periods, source->now);
    for (size_t i = 0; i < tree->count && result == 0; i++) {
        size_t number;
        own->is_by[i] = is_by(own->indicator, source->groups->levels[tree->groups[i]]);
        if (!own->is_by[i])
            continue;
        result = places_add(&places, source->view, tree->period, tree->groups[i], &number, error);
        if (result == 0)
            result = count_place(own, &places, number, i, error);
    }
    places_free(&places);
    return result;
}

static int count_tree(const struct source *source, const struct tree *tree, struct error *error)
{
    for (size_t i = 0; i < source->indicator_count; i++) {
        struct source_indicator *own = &source->indicators[i];
        own->is_by = mem_alloc(tree->count * sizeof *own->is_by);
        own->was = mem_alloc(tree->count * sizeof *own->was);
        own->published = mem_alloc(tree->count * sizeof *own->published);
        own->counts = mem_alloc(tree->count * own->indicator->declaration.input_count * sizeof *own->counts);
        if (count_indicator(source, own, tree, error) != 0)
            return -1;
    }
    return 0;
}

static void close_tree(struct source *source, struct tree *tree)
{
    for (size_t i = 0; i < source->indicator_count; i++) {
        struct source_indicator *own = &source->indicators[i];
        free(own->is_by);
        free(own->was);
        free(own->published);
        free(own->counts);
        own->is_by = own->was = own->published = NULL;
        own->counts = NULL;
    }
    for (size_t i = 0; i < tree->count; i++)
        source->places[tree->groups[i]] = SIZE_MAX;
    free(tree->groups);
    free(tree->parents);
}

/* ---- what was published -------------------------------------------------------------------------------- */

static void add_decision(struct decisions *decisions, const struct decision *decision)
{
    if (decisions->count == decisions->capacity) {
        decisions->capacity = decisions->capacity ? 2 * decisions->capacity : 64;
        decisions->all = mem_resize(decisions->all, decisions->capacity, sizeof *decisions->all);
    }
    decisions->all[decisions->count++] = *decision;
}

struct looking {
    const struct source *source;
    uint32_t period, group;
};

/* Of an indicator that no script declares now, nothing can be known: should it come back, it is decided anew.
 */
static int take_publication(void *data, uint32_t indicator)
{
    const struct looking *looking = data;
    const struct source *source = looking->source;
    const size_t place = source->places[looking->group];
    for (size_t i = 0; i < source->indicator_count; i++) {
        struct source_indicator *own = &source->indicators[i];
        if (own->indicator->id != indicator)
            continue;
        if (place != SIZE_MAX && own->is_by[place]) {
            own->was[place] = own->published[place] = true;
            return 0;
        }
    }
    const struct decision withdrawn = {
        .indicator = indicator, .period = looking->period, .group = looking->group, .changed = true};
    add_decision(source->decisions, &withdrawn);
    return 0;
}

static int look_at(const struct source *source, const struct tree *tree, uint32_t group, struct error *error)
{
    struct looking looking = {source, tree->period, group};
    return store_publications_at(source->view, tree->period, group, take_publication, &looking, error);
}

/* In all groups of the tree, and around it. */
static int find_published(const struct source *source, const struct tree *tree, struct error *error)
{
    const struct group_names *groups = source->groups;
    for (uint32_t at = groups->parents[tree->root]; at && at < groups->count; at = groups->parents[at])
        if (look_at(source, tree, at, error) != 0)
            return -1;
    for (uint32_t group = 1; group < groups->count; group++)
        if (source->roots[group] == tree->root && look_at(source, tree, group, error) != 0)
            return -1;
    return 0;
}

/* ---- deciding ------------------------------------------------------------------------------------------ */

static void decide(const struct source *source, const struct tree *tree)
{
    struct publication_indicator *indicators = mem_alloc(source->indicator_count * sizeof *indicators);
    for (size_t i = 0; i < source->indicator_count; i++) {
        const struct source_indicator *own = &source->indicators[i];
        indicators[i] = (struct publication_indicator){.least = own->indicator->least,
                                                       .input_count = own->indicator->declaration.input_count,
                                                       .measures = own->measures,
                                                       .is_by = own->is_by,
                                                       .counts = own->counts,
                                                       .published = own->published};
    }
    const struct publication_tree publication = {.group_count = tree->count,
                                                 .parents = tree->parents,
                                                 .measure_count = source->measure_count,
                                                 .overlapping =
                                                     !source->indicators[0].indicator->declaration.instrument,
                                                 .indicator_count = source->indicator_count,
                                                 .indicators = indicators};
    publication_decide(&publication);
    free(indicators);
}

static void take_decisions(const struct source *source, const struct tree *tree)
{
    for (size_t i = 0; i < source->indicator_count; i++) {
        const struct source_indicator *own = &source->indicators[i];
        for (size_t k = 0; k < tree->count; k++) {
            const struct decision decision = {.indicator = own->indicator->id,
                                              .period = tree->period,
                                              .group = tree->groups[k],
                                              .of = own->indicator,
                                              .published = own->published[k],
                                              .changed = own->published[k] != own->was[k]};
            if (own->is_by[k])
                add_decision(source->decisions, &decision);
        }
    }
}

static int decide_tree(struct source *source, uint32_t period, uint32_t root, struct error *error)
{
    struct tree tree = {.period = period, .root = root};
    find_groups(source, &tree);
    int result = count_tree(source, &tree, error);
    if (result == 0)
        result = find_published(source, &tree, error);
    if (result == 0) {
        decide(source, &tree);
        take_decisions(source, &tree);
    }
    close_tree(source, &tree);
    return result;
}

int decisions_make(struct decisions *decisions, const struct engine *engine, const struct indicator *of,
                   const struct changed_place *places, size_t count, struct store_view *view,
                   const struct relation_names *names, struct error *error)
{
    struct source source = {.view = view,
                            .groups = names->groups,
                            .periods = names->periods,
                            .now = clock_read(engine->clock),
                            .decisions = decisions};
    struct map done = {0};
    int result = 0;
    open_source(&source, engine, of);
    for (size_t i = 0; i < count && result == 0; i++) {
        const uint32_t group = places[i].group, root = group < names->groups->count ? source.roots[group] : 0;
        const uint32_t tree[] = {places[i].period, root};
        if (!root || map_find(&done, tree, sizeof tree))
            continue;
        map_add(&done, tree, sizeof tree, 1);
        result = decide_tree(&source, places[i].period, root, error);
    }
    map_free(&done);
    close_source(&source);
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

/* What is marked here, is marked by what has just been decided. */
int decisions_keep(struct store_tx *tx, const struct engine *engine, const struct decisions *decisions,
                   const struct relation_names *names, struct error *error)
{
    for (size_t i = 0; i < decisions->count; i++)
        if (decisions->all[i].changed && keep_change(tx, engine, &decisions->all[i], error) != 0)
            return -1;
    for (size_t i = 0; i < decisions->count;)
        if (mark_compared(tx, decisions, i, &i, names, error) != 0)
            return -1;
    for (size_t i = 0; i < decisions->count; i++) {
        const struct decision *decision = &decisions->all[i];
        if (decision->of &&
            store_stale_decided(tx, decision->indicator, decision->period, decision->group, error) != 0)
            return -1;
    }
    return 0;
}

void decisions_free(struct decisions *decisions)
{
    free(decisions->all);
    *decisions = (struct decisions){0};
}
