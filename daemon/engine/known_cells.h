/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: the cells of an indicator in one period, read one after another as they lie on
 * disk. That is many times faster than looking for each, where most of them are wanted.
 */
#ifndef ENGINE_PERIOD_CELLS_H
#define ENGINE_PERIOD_CELLS_H

#include "engine/internal.h"

/* Zeroed: nothing is read. Freed, and zeroed, by period_cells_free. */
struct period_cells {
    uint32_t period; /* 0: none */
    bool is_whole;   /* else there are too many to be kept, and each is to be looked for */
    struct input_cells *inputs;
    size_t input_count;
    struct buf bytes;
};

/* Is it faster, when so many cells out of those of so many groups are wanted? */
static inline bool period_cells_pay(size_t wanted, size_t groups)
{
    return wanted >= 8 && wanted >= groups / 16;
}

void period_cells_free(struct period_cells *cells);
/* Reads the cells of all inputs of an indicator without a window, where another period was read. */
int period_cells_read(struct period_cells *cells, const struct indicator *indicator, uint32_t period,
                      struct store_view *view, struct error *error);
/* Appends the cell of the indicator's input of this number, where there is one, and knows of all in the
 * period: else false. `cells` may be NULL. */
bool period_cells_take(const struct period_cells *cells, size_t input, uint32_t period, uint32_t group,
                       struct buf *out);

#endif
