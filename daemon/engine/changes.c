/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/changes.h"
#include "engine/event/members.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void changes_init(struct changes *changes, struct input *const *inputs, size_t input_count)
{
    *changes = (struct changes){.inputs = inputs, .input_count = input_count};
}

void changes_free(struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        for (size_t k = 0; k < changes->input_count; k++)
            cell_free(&changes->all[i].cells[k]);
        free(changes->all[i].cells);
    }
    free(changes->all);
    map_free(&changes->places);
}

static struct change *place_of(struct changes *changes, uint32_t period, uint32_t group)
{
    const uint32_t key[] = {period, group};
    const uint32_t *known = map_find(&changes->places, key, sizeof key);
    if (known)
        return &changes->all[*known];
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity ? 2 * changes->capacity : 64;
        changes->all = mem_resize(changes->all, changes->capacity, sizeof *changes->all);
    }
    map_add(&changes->places, key, sizeof key, (uint32_t)changes->count);
    struct change *change = &changes->all[changes->count++];
    *change = (struct change){
        .period = period, .group = group, .cells = mem_alloc(changes->input_count * sizeof *change->cells)};
    return change;
}

struct cell *changes_cell(struct changes *changes, uint32_t period, uint32_t group, size_t input)
{
    struct cell *cell = &place_of(changes, period, group)->cells[input];
    if (!cell->count)
        cell_init(cell, input_tallies(changes->inputs[input]));
    return cell;
}

void changes_name_periods(struct changes *changes, uint32_t fresh, const uint32_t *numbers)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->all[i].period >= fresh)
            changes->all[i].period = numbers[changes->all[i].period - fresh];
}

/* By period and group, as the store keeps them. */
static int by_place(const void *left, const void *right)
{
    const struct change *a = left, *b = right;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    return (a->group > b->group) - (a->group < b->group);
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

struct comparison {
    struct changes *changes;
    size_t input;
    struct store_view *view;
    struct buf bytes;
    void (*differs)(void *data, uint32_t period, uint32_t group);
    void *data;
    uint64_t compared;
    bool failed;
    struct error *error;
};

/* Are the bytes of a cell what the cell should be? NULL: there should be none. */
static int compare_bytes(struct comparison *comparison, uint32_t period, uint32_t group, const void *bytes,
                         size_t size, const struct cell *cell, bool *same)
{
    const struct input *input = comparison->changes->inputs[comparison->input];
    if (cell && cell->count && !input->instrument) {
        const struct event_place place = {input, period, group};
        return event_members_compare(&place, bytes, size, cell, comparison->view, same, comparison->error);
    }
    buf_clear(&comparison->bytes);
    if (cell && cell->count && !cell_empty(cell))
        cell_encode(cell, &comparison->bytes);
    *same = comparison->bytes.size == size && memcmp(comparison->bytes.data, bytes, size) == 0;
    return 0;
}

/* Of a place that is compared, the cell is taken away: what is left in the end is not in the store. */
static int compare_stored(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    struct comparison *comparison = data;
    const struct changes *changes = comparison->changes;
    const struct change wanted = {.period = period, .group = group};
    const struct change *change =
        changes->count ? bsearch(&wanted, changes->all, changes->count, sizeof wanted, by_place) : NULL;
    struct cell *cell = change ? &change->cells[comparison->input] : NULL;
    bool same;
    comparison->compared++;
    if (compare_bytes(comparison, period, group, bytes, size, cell, &same) != 0) {
        comparison->failed = true;
        return -1;
    }
    if (!same)
        comparison->differs(comparison->data, period, group);
    if (cell) {
        cell_free(cell);
        *cell = (struct cell){0};
    }
    return 0;
}

static void compare_rest(struct comparison *comparison)
{
    const struct changes *changes = comparison->changes;
    for (size_t i = 0; i < changes->count; i++) {
        const struct cell *cell = &changes->all[i].cells[comparison->input];
        if (!cell->count || cell_empty(cell))
            continue;
        comparison->compared++;
        comparison->differs(comparison->data, changes->all[i].period, changes->all[i].group);
    }
}

static int visit_cells(struct store_view *view, uint32_t input, struct comparison *comparison,
                       struct error *error)
{
    return store_cells(view, input, compare_stored, comparison, error);
}

static int compare_pending(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                           size_t size)
{
    struct comparison *comparison = data;
    return input == comparison->changes->inputs[comparison->input]->id
               ? compare_stored(data, period, group, bytes, size)
               : 0;
}

static int visit_pending(struct store_view *view, uint32_t input, struct comparison *comparison,
                         struct error *error)
{
    (void)input;
    return store_pending(view, 0, compare_pending, comparison, error);
}

static int compare(struct comparison *comparison, struct store_view *view,
                   int (*visit)(struct store_view *view, uint32_t input, struct comparison *comparison,
                                struct error *error),
                   uint64_t *compared, struct error *error)
{
    struct changes *changes = comparison->changes;
    if (changes->count)
        qsort(changes->all, changes->count, sizeof *changes->all, by_place);
    for (size_t i = 0; i < changes->count; i++)
        cell_settle(&changes->all[i].cells[comparison->input]);
    comparison->view = view;
    comparison->error = error;
    int result = visit(view, changes->inputs[comparison->input]->id, comparison, error);
    if (comparison->failed)
        result = -1;
    if (result == 0)
        compare_rest(comparison);
    *compared += comparison->compared;
    buf_free(&comparison->bytes);
    return result;
}

int changes_compare(struct changes *changes, size_t input, struct store_view *view,
                    void (*differs)(void *data, uint32_t period, uint32_t group), void *data,
                    uint64_t *compared, struct error *error)
{
    struct comparison comparison = {.changes = changes, .input = input, .differs = differs, .data = data};
    return compare(&comparison, view, visit_cells, compared, error);
}

int changes_compare_pending(struct changes *pending, struct store_view *view,
                            void (*differs)(void *data, uint32_t period, uint32_t group), void *data,
                            uint64_t *compared, struct error *error)
{
    struct comparison comparison = {.changes = pending, .differs = differs, .data = data};
    return compare(&comparison, view, visit_pending, compared, error);
}

/* ---- applying ------------------------------------------------------------------------------------------ */

int changes_decode(struct cell *cell, const struct input *input, const void *bytes, size_t size,
                   struct error *error)
{
    if (cell_decode(cell, bytes, size) == 0) {
        if (cell->count == input_tallies(input))
            return 0;
        cell_free(cell);
    }
    return error_set(error, ERROR_FAILED,
                     "a cell of input \"%s\" cannot be read: the store is damaged; restore a backup",
                     input->definition);
}

/* Adds the store's cell to the change. */
static int merge_stored(const struct input *input, const struct change *change, struct cell *cell,
                        struct store_tx *tx, struct buf *bytes, struct error *error)
{
    buf_clear(bytes);
    if (store_cell_get(store_tx_view(tx), input->id, change->period, change->group, bytes, error) != 0)
        return -1;
    if (bytes->size == 0)
        return 0;
    struct cell stored;
    if (changes_decode(&stored, input, bytes->data, bytes->size, error) != 0)
        return -1;
    cell_merge(cell, &stored);
    cell_free(&stored);
    return 0;
}

static bool uses(const struct indicator *indicator, const struct input *input)
{
    for (size_t k = 0; indicator->inputs && k < indicator->declaration.input_count; k++)
        if (indicator->inputs[k] == input)
            return true;
    return false;
}

/* 1: it did not add up. */
static int apply_cell(const struct input *input, const struct change *change, struct cell *cell,
                      struct known_cells *known, struct store_tx *tx, struct buf *bytes, struct error *error)
{
    cell_settle(cell);
    if (cell_empty(cell))
        return 0;
    if (!input->instrument) {
        const struct event_place place = {input, change->period, change->group};
        return event_members_apply(&place, cell, known, tx, error);
    }
    if (merge_stored(input, change, cell, tx, bytes, error) != 0)
        return -1;
    if (!cell_sound(cell))
        return 1;
    buf_clear(bytes);
    if (!cell_empty(cell))
        cell_encode(cell, bytes);
    known_cells_change(known, input, change->period, change->group, bytes->data, bytes->size);
    return store_cell_put(tx, input->id, change->period, change->group, bytes->data, bytes->size, error);
}

static int apply_input(struct changes *changes, size_t input, struct known_cells *known, struct store_tx *tx,
                       struct buf *bytes, struct error *error)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->all[i];
        struct cell *cell = &change->cells[input];
        if (!cell->count)
            continue;
        const int applied = apply_cell(changes->inputs[input], change, cell, known, tx, bytes, error);
        if (applied != 0)
            return applied;
    }
    return 0;
}

/* Where inputs that an indicator has changed, once each, as places of its results; free it. */
static struct changed_place *places_touched(const struct changes *changes, const struct indicator *indicator,
                                            size_t *count)
{
    struct changed_place *touched = mem_alloc(changes->count * sizeof *touched);
    bool *is_used = mem_alloc(changes->input_count * sizeof *is_used);
    *count = 0;
    for (size_t k = 0; k < changes->input_count; k++)
        is_used[k] = uses(indicator, changes->inputs[k]);
    for (size_t i = 0; i < changes->count; i++) {
        bool is_touched = false;
        for (size_t k = 0; k < changes->input_count && !is_touched; k++)
            is_touched = is_used[k] && changes->all[i].cells[k].count;
        if (is_touched)
            touched[(*count)++] = (struct changed_place){
                indicator->window ? indicator->window : changes->all[i].period, changes->all[i].group};
    }
    free(is_used);
    return touched;
}

static int mark(const struct changes *changes, struct store_tx *tx, const struct indicator *indicator,
                const struct relation_names *names, struct error *error)
{
    size_t count;
    int result = 0;
    struct changed_place *touched = places_touched(changes, indicator, &count);
    for (size_t i = 0; i < count && result == 0; i++)
        result = store_stale_mark(tx, indicator->id, touched[i].period, touched[i].group, error);
    if (result == 0 && indicator->relations)
        result = relations_mark(tx, indicator, touched, count, names, error);
    free(touched);
    return result;
}

int changes_apply(struct changes *changes, struct store_tx *tx, const struct engine *engine,
                  const struct relation_names *names, bool *unsound, struct error *error)
{
    struct buf bytes = {0};
    int result = 0;
    if (changes->count)
        qsort(changes->all, changes->count, sizeof *changes->all, by_place);
    for (size_t i = 0; i < changes->input_count && result == 0; i++) {
        result = apply_input(changes, i, engine->known_cells, tx, &bytes, error);
        unsound[i] = result > 0;
        if (unsound[i])
            result = store_input_reset(tx, changes->inputs[i]->id, error);
    }
    for (size_t i = 0; i < engine->indicator_count && result == 0; i++)
        if (engine->indicators[i]->id)
            result = mark(changes, tx, engine->indicators[i], names, error);
    buf_free(&bytes);
    return result;
}

/* ---- keeping what waits ---------------------------------------------------------------------------------
 */

static int keep_cell(const struct input *input, const struct change *change, struct cell *cell,
                     struct store_tx *tx, struct buf *bytes, struct error *error)
{
    struct cell stored;
    cell_settle(cell);
    buf_clear(bytes);
    if (store_pending_get(store_tx_view(tx), change->period, change->group, input->id, bytes, error) != 0)
        return -1;
    if (bytes->size) {
        if (changes_decode(&stored, input, bytes->data, bytes->size, error) != 0)
            return -1;
        cell_merge(cell, &stored);
        cell_free(&stored);
    }
    buf_clear(bytes);
    if (!cell_empty(cell))
        cell_encode(cell, bytes);
    return store_pending_put(tx, change->period, change->group, input->id, bytes->data, bytes->size, error);
}

int changes_keep_pending(struct changes *pending, const bool *unsound, struct store_tx *tx,
                         struct error *error)
{
    struct buf bytes = {0};
    int result = 0;
    if (pending->count)
        qsort(pending->all, pending->count, sizeof *pending->all, by_place);
    for (size_t i = 0; i < pending->count; i++)
        for (size_t k = 0; k < pending->input_count && result == 0; k++) {
            struct cell *cell = &pending->all[i].cells[k];
            if (cell->count && !unsound[k])
                result = keep_cell(pending->inputs[k], &pending->all[i], cell, tx, &bytes, error);
        }
    buf_free(&bytes);
    return result;
}
