/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/period_cells.h"

#include "base/mem.h"

#include <stdlib.h>

enum { MOST_BYTES = 1 << 20 }; /* of an indicator */

struct found_cell {
    uint32_t group;
    size_t offset, size; /* in `bytes` */
};

/* By group. */
struct input_cells {
    struct found_cell *all;
    size_t count, capacity;
};

void period_cells_free(struct period_cells *cells)
{
    for (size_t i = 0; i < cells->input_count; i++)
        free(cells->inputs[i].all);
    free(cells->inputs);
    buf_free(&cells->bytes);
    *cells = (struct period_cells){0};
}

struct finding {
    struct period_cells *cells;
    struct input_cells *of;
};

static int take_cell(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    (void)period;
    const struct finding *finding = data;
    struct input_cells *of = finding->of;
    struct buf *all = &finding->cells->bytes;
    if (all->size + size > MOST_BYTES) {
        finding->cells->is_whole = false;
        return 1;
    }
    if (of->count == of->capacity) {
        of->capacity = of->capacity ? 2 * of->capacity : 64;
        of->all = mem_resize(of->all, of->capacity, sizeof *of->all);
    }
    of->all[of->count++] = (struct found_cell){group, all->size, size};
    buf_put(all, bytes, size);
    return 0;
}

int period_cells_read(struct period_cells *cells, const struct indicator *indicator, uint32_t period,
                      struct store_view *view, struct error *error)
{
    if (cells->period == period)
        return 0;
    period_cells_free(cells);
    cells->input_count = indicator->declaration.input_count;
    cells->inputs = mem_alloc(cells->input_count * sizeof *cells->inputs);
    cells->period = period;
    cells->is_whole = true;
    for (size_t i = 0; i < cells->input_count && cells->is_whole; i++) {
        struct finding finding = {cells, &cells->inputs[i]};
        if (store_cells_of_period(view, indicator->inputs[i]->id, period, take_cell, &finding, error) != 0)
            return -1;
    }
    return 0;
}

static int by_group(const void *left, const void *right)
{
    const struct found_cell *a = left, *b = right;
    return (a->group > b->group) - (a->group < b->group);
}

bool period_cells_take(const struct period_cells *cells, size_t input, uint32_t period, uint32_t group,
                       struct buf *out)
{
    if (!cells || cells->period != period || !cells->is_whole)
        return false;
    const struct input_cells *of = &cells->inputs[input];
    const struct found_cell wanted = {.group = group};
    const struct found_cell *found =
        of->count ? bsearch(&wanted, of->all, of->count, sizeof wanted, by_group) : NULL;
    if (found)
        buf_put(out, cells->bytes.data + found->offset, found->size);
    return true;
}
