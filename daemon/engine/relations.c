/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/relations.h"
#include "engine/calendar.h"
#include "engine/window_sums.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- places -------------------------------------------------------------------------------------------- */

void places_free(struct places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free(places->all[i].offsets);
    free(places->all);
    free(places->days);
    map_free(&places->numbers);
    buf_free(&places->bytes);
}

void places_take_window(struct places *places, const struct engine *engine,
                        const struct period_names *periods)
{
    const int64_t now = clock_read(engine->clock);
    const struct indicator_declaration *declaration = &places->indicator->declaration;
    const int64_t begin = calendar_days_before(now, declaration->window_days - 1);
    const int64_t end = calendar_find(PERIOD_DAY, now).ends;
    places->sums = check_is_under_way(engine) ? NULL : engine->window_sums; /* a check looks at the cells */
    for (size_t i = 0; i < periods->count; i++) {
        if (!periods->calendars[i] || strcmp(periods->calendars[i], event_calendar(PERIOD_DAY)) != 0 ||
            periods->starts[i] < begin || periods->starts[i] >= end)
            continue;
        places->days = mem_resize(places->days, places->day_count + 1, sizeof *places->days);
        places->days[places->day_count++] = (uint32_t)i;
    }
}

int places_read_cell(struct places *places, uint32_t period, uint32_t group, size_t number,
                     struct store_view *view, struct error *error)
{
    const struct indicator *indicator = places->indicator;
    const struct input *input = indicator->inputs[number];
    const struct window_days days = {indicator->window, places->days, places->day_count};
    if (indicator->window)
        return window_sums_read(places->sums, input, &days, group, view, &places->bytes, error);
    if (known_cells_take(places->known, input, period, group, &places->bytes))
        return 0;
    return store_cell_get(view, input->id, period, group, &places->bytes, error);
}

int places_expect(const struct places *places, uint32_t period, struct store_view *view, struct error *error)
{
    const struct indicator *indicator = places->indicator;
    for (size_t i = 0; i < indicator->declaration.input_count && !indicator->window; i++)
        if (known_cells_read(places->known, indicator->inputs[i], period, view, error) != 0)
            return -1;
    return 0;
}

size_t places_first_like(const struct places *places, size_t number)
{
    struct input *const *inputs = places->indicator->inputs;
    size_t first = 0;
    while (inputs[first] != inputs[number])
        first++;
    return first;
}

static int read_cells(struct places *places, struct place *place, struct store_view *view,
                      struct error *error)
{
    for (size_t i = 0; i < places->indicator->declaration.input_count; i++) {
        const size_t first = places_first_like(places, i), begin = places->bytes.size;
        if (first == i && places_read_cell(places, place->period, place->group, i, view, error) != 0)
            return -1;
        place->offsets[i] = first == i ? begin : place->offsets[first];
        place->sizes[i] = first == i ? places->bytes.size - begin : place->sizes[first];
        place->empty &= place->sizes[i] == 0;
    }
    return 0;
}

int places_add(struct places *places, struct store_view *view, uint32_t period, uint32_t group,
               size_t *number, struct error *error)
{
    const uint32_t key[] = {period, group};
    const uint32_t *known = map_find(&places->numbers, key, sizeof key);
    if (known) {
        *number = *known;
        return 0;
    }
    if (places->count == places->capacity) {
        places->capacity = places->capacity ? 2 * places->capacity : 64;
        places->all = mem_resize(places->all, places->capacity, sizeof *places->all);
    }
    const size_t inputs = places->indicator->declaration.input_count;
    struct place *place = &places->all[places->count];
    size_t *spans = mem_alloc(2 * inputs * sizeof *spans); /* one piece of memory: there are many places */
    *place = (struct place){
        .period = period, .group = group, .offsets = spans, .sizes = spans + inputs, .empty = true};
    *number = places->count++;
    map_add(&places->numbers, key, sizeof key, (uint32_t)*number);
    return read_cells(places, place, view, error);
}

/* ---- who is related to whom ---------------------------------------------------------------------------- */

bool is_by_level(const struct indicator *indicator, const char *level)
{
    for (size_t i = 0; level && i < indicator->declaration.level_count; i++)
        if (strcmp(indicator->declaration.levels[i], level) == 0)
            return true;
    return false;
}

/* The nearest group around it that the indicator is computed for; 0: none. */
static uint32_t parent_of(const struct indicator *indicator, const struct group_names *groups, uint32_t group)
{
    for (uint32_t at = groups->parents[group]; at && at < groups->count; at = groups->parents[at])
        if (is_by_level(indicator, groups->levels[at]))
            return at;
    return 0;
}

static bool is_inside(const struct group_names *groups, uint32_t group, uint32_t outer)
{
    for (uint32_t at = groups->parents[group]; at && at < groups->count; at = groups->parents[at])
        if (at == outer)
            return true;
    return false;
}

static bool is_peer(const struct group_names *groups, uint32_t group, uint32_t other)
{
    return group != other && groups->parents[group] == groups->parents[other] &&
           strcmp(groups->levels[group], groups->levels[other]) == 0;
}

/* What a group is to another, in the same period. */
typedef bool (*related_fn)(const struct indicator *indicator, const struct group_names *groups,
                           uint32_t group, uint32_t other);

static bool other_is_peer(const struct indicator *indicator, const struct group_names *groups, uint32_t group,
                          uint32_t other)
{
    (void)indicator;
    return is_peer(groups, group, other);
}

static bool other_is_child(const struct indicator *indicator, const struct group_names *groups,
                           uint32_t group, uint32_t other)
{
    (void)indicator;
    return is_inside(groups, other, group);
}

static bool other_has_it_as_parent(const struct indicator *indicator, const struct group_names *groups,
                                   uint32_t group, uint32_t other)
{
    return parent_of(indicator, groups, other) == group;
}

/* ---- relatives ----------------------------------------------------------------------------------------- */

/* What is not published is not compared with either: a result could tell of it. */
static int add_place(struct places *places, struct store_view *view, uint32_t period, uint32_t group,
                     size_t *number, struct error *error)
{
    bool published, is_shown;
    *number = NO_PLACE;
    if (store_publication_get(view, places->indicator->id, period, group, &published, &is_shown, error) != 0)
        return -1;
    if (!published)
        return 0;
    if (places_add(places, view, period, group, number, error) != 0)
        return -1;
    if (places->all[*number].empty)
        *number = NO_PLACE;
    return 0;
}

/* The last period before with answers, also where that is withheld: then there is nothing to compare with. */
static int add_previous(struct relatives *relatives, struct places *places, size_t of,
                        struct store_view *view, const struct period_names *periods, struct error *error)
{
    const struct place place = places->all[of];
    size_t count, at = 0, number;
    bool is_there = false;
    int result = 0;
    uint32_t *order = periods_latest_first(periods, places->indicator->calendar, &count);
    while (at < count && order[at] != place.period)
        at++;
    for (at++; at < count && !is_there && result == 0; at++) {
        result = places_add(places, view, order[at], place.group, &number, error);
        is_there = result == 0 && !places->all[number].empty;
    }
    if (is_there && result == 0)
        result = add_place(places, view, order[at - 1], place.group, &relatives->previous, error);
    free(order);
    return result;
}

static int add_all(struct places *places, size_t of, related_fn is_related, size_t **numbers, size_t *count,
                   struct store_view *view, const struct group_names *groups, struct error *error)
{
    const struct place place = places->all[of];
    for (uint32_t other = 1; other < groups->count; other++) {
        size_t number;
        if (!groups->paths[other] || !is_by_level(places->indicator, groups->levels[other]) ||
            !is_related(places->indicator, groups, place.group, other))
            continue;
        if (add_place(places, view, place.period, other, &number, error) != 0)
            return -1;
        if (number == NO_PLACE)
            continue;
        *numbers = mem_resize(*numbers, *count + 1, sizeof **numbers);
        (*numbers)[(*count)++] = number;
    }
    return 0;
}

int relatives_find(struct relatives *relatives, struct places *places, size_t of, struct store_view *view,
                   const struct relation_names *names, struct error *error)
{
    const unsigned relations = places->indicator->relations;
    const struct place place = places->all[of];
    *relatives = (struct relatives){.previous = NO_PLACE, .parent = NO_PLACE};
    if (relations & RELATION_PREVIOUS &&
        add_previous(relatives, places, of, view, names->periods, error) != 0)
        return -1;
    const uint32_t parent =
        relations & RELATION_PARENT ? parent_of(places->indicator, names->groups, place.group) : 0;
    if (parent && add_place(places, view, place.period, parent, &relatives->parent, error) != 0)
        return -1;
    if (relations & RELATION_PEERS && add_all(places, of, other_is_peer, &relatives->peers,
                                              &relatives->peer_count, view, names->groups, error) != 0)
        return -1;
    if (relations & RELATION_CHILDREN && add_all(places, of, other_is_child, &relatives->children,
                                                 &relatives->child_count, view, names->groups, error) != 0)
        return -1;
    return 0;
}

void relatives_free(struct relatives *relatives)
{
    free(relatives->peers);
    free(relatives->children);
}

/* ---- marking ------------------------------------------------------------------------------------------- */

struct marking {
    struct store_tx *tx;
    const struct indicator *indicator;
    const struct relation_names *names;
    struct map marked; /* (period, group) */
};

static int mark(struct marking *marking, uint32_t period, uint32_t group, struct error *error)
{
    const uint32_t key[] = {period, group};
    if (map_find(&marking->marked, key, sizeof key))
        return 0;
    map_add(&marking->marked, key, sizeof key, 1);
    return store_stale_mark(marking->tx, marking->indicator->id, period, group, error);
}

/* Is there anything to be computed there? */
static int has_cell(const struct marking *marking, uint32_t period, uint32_t group, bool *has,
                    struct error *error)
{
    struct buf bytes = {0};
    int result = 0;
    *has = marking->indicator->window != 0; /* computing finds out */
    for (size_t i = 0; i < marking->indicator->declaration.input_count && !*has && result == 0; i++) {
        result = store_cell_get(store_tx_view(marking->tx), marking->indicator->inputs[i]->id, period, group,
                                &bytes, error);
        *has = bytes.size > 0;
    }
    buf_free(&bytes);
    return result;
}

/* The next period that the group has answers in is the one that looks back at this one. */
static int mark_next(struct marking *marking, const struct changed_place *place, struct error *error)
{
    size_t count;
    bool found = false;
    int result = 0;
    uint32_t *order = periods_latest_first(marking->names->periods, marking->indicator->calendar, &count);
    size_t at = 0;
    while (at < count && order[at] != place->period)
        at++;
    while (at > 0 && at < count && !found && result == 0) {
        at--;
        result = has_cell(marking, order[at], place->group, &found, error);
        if (result == 0 && found)
            result = mark(marking, order[at], place->group, error);
    }
    free(order);
    return result;
}

static int mark_around(struct marking *marking, const struct changed_place *place, struct error *error)
{
    const struct group_names *groups = marking->names->groups;
    for (uint32_t at = groups->parents[place->group]; at && at < groups->count; at = groups->parents[at])
        if (is_by_level(marking->indicator, groups->levels[at]) &&
            mark(marking, place->period, at, error) != 0)
            return -1;
    return 0;
}

static int mark_related(struct marking *marking, const struct changed_place *place, related_fn is_related,
                        struct error *error)
{
    const struct group_names *groups = marking->names->groups;
    for (uint32_t other = 1; other < groups->count; other++) {
        bool has;
        if (!groups->paths[other] || !is_by_level(marking->indicator, groups->levels[other]) ||
            !is_related(marking->indicator, groups, place->group, other))
            continue;
        if (has_cell(marking, place->period, other, &has, error) != 0 ||
            (has && mark(marking, place->period, other, error) != 0))
            return -1;
    }
    return 0;
}

static int mark_relatives(struct marking *marking, const struct changed_place *place, struct map *families,
                          struct error *error)
{
    const struct group_names *groups = marking->names->groups;
    const unsigned relations = marking->indicator->relations;
    if (relations & RELATION_PREVIOUS && mark_next(marking, place, error) != 0)
        return -1;
    if (relations & RELATION_CHILDREN && mark_around(marking, place, error) != 0)
        return -1;
    if (relations & RELATION_PARENT && mark_related(marking, place, other_has_it_as_parent, error) != 0)
        return -1;
    if (!(relations & RELATION_PEERS))
        return 0;
    struct buf family = {0};
    buf_put_u32(&family, place->period);
    buf_put_u32(&family, groups->parents[place->group]);
    buf_put_text(&family, groups->levels[place->group]);
    int result = 0;
    if (!map_find(families, family.data,
                  family.size)) { /* else all of them are marked, each changed one by itself */
        map_add(families, family.data, family.size, 1);
        result = mark_related(marking, place, other_is_peer, error);
    }
    buf_free(&family);
    return result;
}

int relations_mark(struct store_tx *tx, const struct indicator *indicator,
                   const struct changed_place *changed, size_t count, const struct relation_names *names,
                   struct error *error)
{
    struct marking marking = {.tx = tx, .indicator = indicator, .names = names};
    struct map families = {0};
    int result = 0;
    for (size_t i = 0; i < count && indicator->relations && result == 0; i++)
        result = mark_relatives(&marking, &changed[i], &families, error);
    map_free(&marking.marked);
    map_free(&families);
    return result;
}
