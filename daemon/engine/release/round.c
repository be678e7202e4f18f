/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/release/round.h"

#include "base/clock.h"
#include "base/mem.h"
#include "engine/changes.h"

#include <stdlib.h>
#include <string.h>

struct release_round *release_round_new(struct engine *engine)
{
    struct release_round *round = mem_alloc(sizeof *round);
    *round = (struct release_round){.engine = engine,
                                    .groups = &engine->groups,
                                    .periods = &engine->periods,
                                    .now = clock_read(engine->clock),
                                    .unsound = mem_alloc(engine->input_count * sizeof *round->unsound)};
    return round;
}

void release_round_free(struct release_round *round)
{
    releases_free(&round->releases);
    decisions_free(&round->decisions);
    buf_free(&round->bytes);
    free(round->instruments);
    free(round->cells);
    free(round->moved);
    free(round->released);
    free(round->unsound);
    free(round);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static int take_cell(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                     size_t size)
{
    struct release_round *round = data;
    if (round->cell_count == round->cell_capacity) {
        round->cell_capacity = round->cell_capacity ? 2 * round->cell_capacity : 64;
        round->cells = mem_resize(round->cells, round->cell_capacity, sizeof *round->cells);
    }
    round->cells[round->cell_count++] = (struct pending_cell){period, group, input, round->bytes.size, size};
    buf_put(&round->bytes, bytes, size);
    return 0;
}

static int take_moved(void *data, uint32_t period, uint32_t group, int64_t people)
{
    struct release_round *round = data;
    round->moved = mem_resize(round->moved, round->moved_count + 1, sizeof *round->moved);
    round->moved[round->moved_count++] = (struct moved_people){period, group, people};
    return 0;
}

static int by_moved_place(const void *left, const void *right)
{
    const struct moved_people *a = left, *b = right;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    return (a->group > b->group) - (a->group < b->group);
}

static int64_t moved_to(const struct release_round *round, uint32_t period, uint32_t group)
{
    const struct moved_people wanted = {.period = period, .group = group};
    const struct moved_people *found =
        round->moved_count ? bsearch(&wanted, round->moved, round->moved_count, sizeof wanted, by_moved_place)
                           : NULL;
    return found ? found->people : 0;
}

static struct round_instrument *instrument_of(const struct release_round *round, uint32_t period)
{
    const char *calendar = period < round->periods->count ? round->periods->calendars[period] : NULL;
    for (size_t i = 0; calendar && i < round->instrument_count; i++)
        if (strcmp(round->instruments[i].calendar, calendar) == 0)
            return &round->instruments[i];
    return NULL;
}

/* A wave with a year that somebody mistyped has not begun. */
static int has_later(const struct release_round *round, const struct round_instrument *instrument,
                     uint32_t period, struct store_view *view, bool *later, struct error *error)
{
    size_t count;
    uint32_t *waves = periods_latest_first(round->periods, instrument->calendar, &count);
    int result = 0;
    *later = false;
    for (size_t i = 0; i < count && waves[i] != period && !*later && result == 0; i++)
        result = store_wave_has(view, waves[i], (size_t)round->engine->min_group_size, later, error);
    free(waves);
    return result;
}

/* Until a later wave has begun, or for some time nobody answered any more. */
static int is_open(const struct release_round *round, const struct round_instrument *instrument,
                   uint32_t period, struct store_view *view, bool *open, struct error *error)
{
    const int64_t latest = round->periods->latest[period];
    bool later;
    if (has_later(round, instrument, period, view, &later, error) != 0)
        return -1;
    *open = !later && latest != INT64_MIN && round->now - latest < instrument->closes_after;
    return 0;
}

static void add_released(struct release_round *round, uint32_t period, uint32_t group, size_t first,
                         size_t end)
{
    round->released = mem_resize(round->released, round->released_count + 1, sizeof *round->released);
    round->released[round->released_count++] = (struct released_group){period, group, first, end};
}

/* The groups of a period that wait. */
static struct leaf *find_leaves(const struct release_round *round, size_t first, size_t end, size_t *count)
{
    struct leaf *leaves = mem_alloc((end - first) * sizeof *leaves);
    *count = 0;
    for (size_t i = first; i < end; i++) {
        const struct pending_cell *cell = &round->cells[i];
        if (*count == 0 || leaves[*count - 1].group != cell->group)
            leaves[(*count)++] =
                (struct leaf){.group = cell->group,
                              .first = i,
                              .moved = moved_to(round, cell->period, cell->group),
                              .wanted = releases_want(&round->releases, cell->period, cell->group)};
        leaves[*count - 1].end = i + 1;
    }
    return leaves;
}

/* Where a delivery is under way, nothing but what must not wait. */
static size_t drop_unwanted(struct leaf *leaves, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (leaves[i].wanted)
            leaves[kept++] = leaves[i];
    return kept;
}

static uint32_t root_of(const struct source *source, const struct leaf *leaf)
{
    return leaf->group < source->groups->count ? source->roots[leaf->group] : 0;
}

/* Of one tree after the other; what is in none is shown nowhere. */
static int decide_trees(struct release_round *round, struct source *source, uint32_t period, bool is_open,
                        struct leaf *leaves, size_t count, struct error *error)
{
    struct leaf *own = mem_alloc(count * sizeof *own);
    bool *done = mem_alloc(count * sizeof *done);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        const uint32_t root = root_of(source, &leaves[i]);
        size_t own_count = 0, at = 0;
        if (!root)
            leaves[i].released = true;
        if (!root || done[i])
            continue;
        for (size_t k = i; k < count; k++)
            if (root_of(source, &leaves[k]) == root)
                own[own_count++] = leaves[k];
        result = release_tree(round, source, period, root, is_open, own, own_count, error);
        for (size_t k = i; k < count; k++)
            if (root_of(source, &leaves[k]) == root) {
                leaves[k].released = own[at++].released;
                done[k] = true;
            }
    }
    free(own);
    free(done);
    return result;
}

/* Then groups may wait of which nothing is known yet. */
static bool is_any_input_behind(const struct engine *engine, const char *calendar)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (strcmp(engine->inputs[i]->calendar, calendar) == 0 &&
            engine->inputs[i]->position < engine->log_end)
            return true;
    return false;
}

static void take_leaves(struct release_round *round, uint32_t period, const struct leaf *leaves, size_t count,
                        size_t all)
{
    size_t released = 0;
    for (size_t i = 0; i < count; i++)
        released += leaves[i].released;
    round->waiting += all - released;
    if (released == all && !is_any_input_behind(round->engine, round->periods->calendars[period])) {
        add_released(round, period, 0, leaves[0].first, leaves[count - 1].end);
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (leaves[i].released)
            add_released(round, period, leaves[i].group, leaves[i].first, leaves[i].end);
}

static int read_period(struct release_round *round, size_t first, size_t end, struct store_view *view,
                       struct error *error)
{
    const struct relation_names names = {round->groups, round->periods};
    const uint32_t period = round->cells[first].period;
    struct round_instrument *instrument = instrument_of(round, period);
    size_t all;
    struct leaf *leaves = find_leaves(round, first, end, &all);
    int result = 0;
    if (!instrument) {
        round->waiting += all;
    } else {
        const size_t count = instrument->held ? drop_unwanted(leaves, all) : all;
        struct source source;
        bool is_running;
        instrument->has_pending = true;
        source_open(&source, round->engine, instrument->calendar, view, &names);
        result = is_open(round, instrument, period, view, &is_running, error);
        if (result == 0)
            result = decide_trees(round, &source, period, is_running, leaves, count, error);
        source_close(&source);
        if (result == 0)
            take_leaves(round, period, leaves, count, all);
    }
    free(leaves);
    return result;
}

static bool has_cells(const struct release_round *round, uint32_t period, uint32_t group)
{
    for (size_t i = 0; i < round->cell_count; i++)
        if (round->cells[i].period == period && round->cells[i].group == group)
            return true;
    return false;
}

/* What must not wait may have come and gone meanwhile: then nothing waits, and nothing is wanted any more. */
static void take_wanted(struct release_round *round)
{
    for (size_t i = 0; i < round->releases.wanted_count; i++) {
        const uint64_t place = round->releases.wanted[i];
        const uint32_t period = (uint32_t)(place >> 32), group = (uint32_t)place;
        if (!has_cells(round, period, group))
            add_released(round, period, group, 0, 0);
    }
}

int release_round_read(struct store_view *view, void *data, struct error *error)
{
    struct release_round *round = data;
    if (group_names_read(round->groups, view, error) != 0 ||
        period_names_read(round->periods, view, error) != 0 ||
        releases_read(&round->releases, view, error) != 0 ||
        store_pending(view, 0, take_cell, round, error) != 0 ||
        store_moved(view, take_moved, round, error) != 0)
        return -1;
    for (size_t first = 0, end; first < round->cell_count; first = end) {
        for (end = first; end < round->cell_count && round->cells[end].period == round->cells[first].period;)
            end++;
        if (read_period(round, first, end, view, error) != 0)
            return -1;
    }
    take_wanted(round);
    return 0;
}

/* ---- keeping ------------------------------------------------------------------------------------------- */

static bool is_for(const struct input *input, const char *level)
{
    for (size_t i = 0; level && i < input->level_count; i++)
        if (strcmp(input->levels[i], level) == 0)
            return true;
    return false;
}

static size_t input_of(const struct engine *engine, uint32_t id)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->id == id)
            return i;
    return SIZE_MAX;
}

/* To every group on the path whose level the input is kept for. An input that is not at hand, for its script
 * is broken, begins anew when it comes back. */
static int let_in(const struct release_round *round, const struct pending_cell *waiting,
                  struct changes *changes, struct store_tx *tx, struct error *error)
{
    const size_t index = input_of(round->engine, waiting->input);
    struct cell cell;
    if (index == SIZE_MAX)
        return store_input_reset(tx, waiting->input, error);
    const struct input *input = round->engine->inputs[index];
    if (changes_decode(&cell, input, round->bytes.data + waiting->offset, waiting->size, error) != 0)
        return -1;
    for (uint32_t group = waiting->group; group && group < round->groups->count;
         group = round->groups->parents[group])
        if (is_for(input, round->groups->levels[group]))
            cell_merge(changes_cell(changes, waiting->period, group, index), &cell);
    cell_free(&cell);
    return store_pending_put(tx, waiting->period, waiting->group, waiting->input, NULL, 0, error);
}

static int keep_groups(struct release_round *round, struct changes *changes, struct store_tx *tx,
                       struct error *error)
{
    for (size_t i = 0; i < round->released_count; i++) {
        const struct released_group *released = &round->released[i];
        for (size_t k = released->first; k < released->end; k++)
            if (let_in(round, &round->cells[k], changes, tx, error) != 0)
                return -1;
        if (store_release_put(tx, released->period, released->group, round->engine->log_end, error) != 0)
            return -1;
    }
    return 0;
}

int release_round_keep(struct store_tx *tx, void *data, struct error *error)
{
    struct release_round *round = data;
    const struct engine *engine = round->engine;
    const struct relation_names names = {round->groups, round->periods};
    struct changes changes;
    changes_init(&changes, engine->inputs, engine->input_count);
    int result = keep_groups(round, &changes, tx, error);
    if (result == 0)
        result = changes_apply(&changes, tx, engine, &names, round->unsound, error);
    if (result == 0)
        result = decisions_keep(tx, engine, &round->decisions, &names, error);
    changes_free(&changes);
    return result;
}
