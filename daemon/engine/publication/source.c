/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/publication/source.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- the source ---------------------------------------------------------------------------------------- */

static bool is_shown(const struct source *source, uint32_t group)
{
    for (size_t i = 0; i < source->indicator_count; i++)
        if (is_by_level(source->indicators[i].indicator, source->groups->levels[group]))
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

/* Of thousands of groups each may be a tree of its own: none is looked for among all. */
static void sort_by_root(struct source *source)
{
    const size_t count = source->groups->count;
    source->first = mem_alloc((count + 2) * sizeof *source->first);
    source->inside = mem_alloc(count * sizeof *source->inside);
    for (size_t group = 0; group < count; group++)
        source->first[source->roots[group] + 2]++;
    for (size_t root = 2; root < count + 2; root++)
        source->first[root] += source->first[root - 1];
    for (uint32_t group = 0; group < count; group++) /* moves the beginnings on to where they belong */
        source->inside[source->first[source->roots[group] + 1]++] = group;
}

static void add_indicator(struct source *source, const struct indicator *indicator)
{
    struct source_indicator *own = &source->indicators[source->indicator_count++];
    *own = (struct source_indicator){
        .indicator = indicator, .places = {.indicator = indicator, .known = source->engine->known_cells}};
    if (indicator->window)
        places_take_window(&own->places, source->engine, source->periods);
}

void source_open(struct source *source, const struct engine *engine, const char *calendar,
                 struct store_view *view, const struct relation_names *names)
{
    *source =
        (struct source){.view = view, .engine = engine, .groups = names->groups, .periods = names->periods};
    source->indicators = mem_alloc(engine->indicator_count * sizeof *source->indicators);
    for (size_t i = 0; i < engine->indicator_count; i++) {
        const struct indicator *indicator = engine->indicators[i];
        if (indicator->id && indicator->inputs && strcmp(indicator->calendar, calendar) == 0)
            add_indicator(source, indicator);
    }
    number_measures(source);
    find_roots(source);
    sort_by_root(source);
}

void source_close(struct source *source)
{
    for (size_t i = 0; i < source->indicator_count; i++) {
        free(source->indicators[i].measures);
        places_free(&source->indicators[i].places);
    }
    free(source->indicators);
    free(source->roots);
    free(source->inside);
    free(source->first);
    free(source->places);
    free(source->publications);
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

size_t source_place(const struct source *source, uint32_t group)
{
    for (uint32_t at = group; at && at < source->groups->count; at = source->groups->parents[at])
        if (source->places[at] != SIZE_MAX)
            return source->places[at];
    return SIZE_MAX;
}

static void find_groups(struct source *source, struct source_tree *tree)
{
    const struct group_names *groups = source->groups;
    const size_t first = source->first[tree->root], end = source->first[tree->root + 1];
    struct sorted *sorted = mem_alloc((end - first) * sizeof *sorted);
    for (size_t i = first; i < end; i++)
        if (is_shown(source, source->inside[i]))
            sorted[tree->count++] = (struct sorted){groups->paths[source->inside[i]], source->inside[i]};
    qsort(sorted, tree->count, sizeof *sorted, by_path);
    tree->groups = mem_alloc(tree->count * sizeof *tree->groups);
    tree->parents = mem_alloc(tree->count * sizeof *tree->parents);
    for (size_t i = 0; i < tree->count; i++) {
        tree->groups[i] = sorted[i].group;
        tree->parents[i] = source_place(source, source->groups->parents[sorted[i].group]);
        source->places[sorted[i].group] = i;
    }
    free(sorted);
}

static int count_place(struct source_indicator *own, const struct source *source, uint32_t period,
                       uint32_t group, struct publication_count *counts, struct error *error)
{
    struct buf *bytes = &own->places.bytes;
    for (size_t i = 0; i < own->indicator->declaration.input_count; i++) {
        const size_t first = places_first_like(&own->places, i);
        if (first < i) {
            counts[i] = counts[first];
            continue;
        }
        buf_clear(bytes);
        if (places_read_cell(&own->places, period, group, i, source->view, error) != 0 ||
            head_count(own->indicator->inputs[i], bytes->data, bytes->size, &counts[i], error) != 0)
            return -1;
    }
    return 0;
}

/* How many people are behind the indicator in each group of the tree. */
static int count_indicator(const struct source *source, struct source_indicator *own,
                           const struct source_tree *tree, struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < tree->count && result == 0; i++) {
        own->is_by[i] = is_by_level(own->indicator, source->groups->levels[tree->groups[i]]);
        if (own->is_by[i])
            result = count_place(own, source, tree->period, tree->groups[i],
                                 own->counts + i * own->indicator->declaration.input_count, error);
    }
    return result;
}

static int count_tree(const struct source *source, const struct source_tree *tree, struct error *error)
{
    for (size_t i = 0; i < source->indicator_count; i++) {
        struct source_indicator *own = &source->indicators[i];
        own->is_by = mem_alloc(tree->count * sizeof *own->is_by);
        own->was = mem_alloc(tree->count * sizeof *own->was);
        own->published = mem_alloc(tree->count * sizeof *own->published);
        own->stays_withheld = mem_alloc(tree->count * sizeof *own->stays_withheld);
        own->counts = mem_alloc(tree->count * own->indicator->declaration.input_count * sizeof *own->counts);
        if (count_indicator(source, own, tree, error) != 0)
            return -1;
    }
    return 0;
}

void source_close_tree(struct source *source, struct source_tree *tree)
{
    for (size_t i = 0; i < source->indicator_count; i++) {
        struct source_indicator *own = &source->indicators[i];
        free(own->is_by);
        free(own->was);
        free(own->published);
        free(own->stays_withheld);
        free(own->counts);
        own->is_by = own->was = own->published = own->stays_withheld = NULL;
        own->counts = NULL;
    }
    for (size_t i = 0; i < tree->count; i++)
        source->places[tree->groups[i]] = SIZE_MAX;
    free(tree->groups);
    free(tree->parents);
    free(tree->foreign);
}

/* ---- what was published -------------------------------------------------------------------------------- */

struct looking {
    const struct source *source;
    struct source_tree *tree;
    uint32_t group;
};

/* The one of the source with this number that the group is for; NULL: there is none. */
static struct source_indicator *find_here(const struct looking *looking, uint32_t indicator)
{
    const struct source *source = looking->source;
    const size_t place = source->places[looking->group];
    for (size_t i = 0; i < source->indicator_count; i++)
        if (source->indicators[i].indicator->id == indicator)
            return place != SIZE_MAX && source->indicators[i].is_by[place] ? &source->indicators[i] : NULL;
    return NULL;
}

static int take_publication(void *data, uint32_t group, uint32_t indicator)
{
    struct looking *looking = data;
    struct source_tree *tree = looking->tree;
    looking->group = group;
    struct source_indicator *own = find_here(looking, indicator);
    if (own) {
        const size_t place = looking->source->places[group];
        own->was[place] = own->published[place] = true;
        return 0;
    }
    tree->foreign = mem_resize(tree->foreign, tree->foreign_count + 1, sizeof *tree->foreign);
    tree->foreign[tree->foreign_count++] = (struct source_publication){group, indicator};
    return 0;
}

static int take_withheld(void *data, uint32_t group, uint32_t indicator)
{
    struct looking *looking = data;
    looking->group = group;
    if (group >= looking->source->groups->count || looking->source->roots[group] != looking->tree->root)
        return 0;
    struct source_indicator *own = find_here(looking, indicator);
    if (own)
        own->stays_withheld[looking->source->places[group]] = true;
    return 0;
}

/* The first publication that is read already of this group or a later one. */
static size_t first_known(const struct source *source, uint32_t group)
{
    size_t low = 0, high = source->publication_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (source->publications[middle].group < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int look_at(const struct source *source, struct source_tree *tree, uint32_t group, struct error *error)
{
    struct looking looking = {source, tree, group};
    if (source->expected != tree->period)
        return store_publications(source->view, tree->period, group, group, take_publication, &looking,
                                  error);
    for (size_t i = first_known(source, group);
         i < source->publication_count && source->publications[i].group == group; i++)
        take_publication(&looking, group, source->publications[i].indicator);
    return 0;
}

/* In all groups of the tree, and around it. */
static int find_published(const struct source *source, struct source_tree *tree, struct error *error)
{
    const struct group_names *groups = source->groups;
    for (uint32_t at = groups->parents[tree->root]; at && at < groups->count; at = groups->parents[at])
        if (look_at(source, tree, at, error) != 0)
            return -1;
    for (size_t i = source->first[tree->root]; i < source->first[tree->root + 1]; i++)
        if (look_at(source, tree, source->inside[i], error) != 0)
            return -1;
    struct looking looking = {source, tree, 0};
    return source->engine->min_change > 1
               ? store_withheld(source->view, tree->period, take_withheld, &looking, error)
               : 0;
}

/* ---- both ---------------------------------------------------------------------------------------------- */

static int add_publication(void *data, uint32_t group, uint32_t indicator)
{
    struct source *source = data;
    if (source->publication_count == source->publication_capacity) {
        source->publication_capacity = source->publication_capacity ? 2 * source->publication_capacity : 256;
        source->publications =
            mem_resize(source->publications, source->publication_capacity, sizeof *source->publications);
    }
    source->publications[source->publication_count++] = (struct source_publication){group, indicator};
    return 0;
}

int source_expect(struct source *source, uint32_t period, struct error *error)
{
    for (size_t i = 0; i < source->indicator_count; i++)
        if (places_expect(&source->indicators[i].places, period, source->view, error) != 0)
            return -1;
    source->publication_count = 0;
    source->expected = period;
    return store_publications(source->view, period, 0, UINT32_MAX, add_publication, source, error);
}

int source_read_tree(struct source *source, struct source_tree *tree, struct error *error)
{
    find_groups(source, tree);
    if (count_tree(source, tree, error) != 0)
        return -1;
    return find_published(source, tree, error);
}

struct publication_tree source_publication(const struct source *source, const struct source_tree *tree)
{
    struct publication_indicator *indicators = mem_alloc(source->indicator_count * sizeof *indicators);
    for (size_t i = 0; i < source->indicator_count; i++) {
        const struct source_indicator *own = &source->indicators[i];
        indicators[i] = (struct publication_indicator){.least = own->indicator->least,
                                                       .input_count = own->indicator->declaration.input_count,
                                                       .measures = own->measures,
                                                       .is_by = own->is_by,
                                                       .counts = own->counts,
                                                       .stays_withheld = own->stays_withheld,
                                                       .published = own->published};
    }
    return (struct publication_tree){.group_count = tree->count,
                                     .parents = tree->parents,
                                     .measure_count = source->measure_count,
                                     .overlapping = !source->indicators[0].indicator->declaration.instrument,
                                     .indicator_count = source->indicator_count,
                                     .indicators = indicators};
}
