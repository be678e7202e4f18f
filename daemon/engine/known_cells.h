/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: cells that are kept in memory, all groups of an input and period together.
 *
 * Whenever something of a period changes, all its groups are decided on, and many are computed. So they are
 * read once, one after another as they lie on disk, which is many times faster than looking for each; from
 * then on what is written to the store is told here too. Of events only the summary is kept
 * (stats/event_summary.h), and who is in those that are written to (engine/event/known_members.h). Nothing
 * depends on it but time: what is not known is looked for in the store.
 *
 * Steps of the engine use it one at a time. After one that failed it has to be cleared.
 */
#ifndef ENGINE_KNOWN_CELLS_H
#define ENGINE_KNOWN_CELLS_H

#include "engine/event/known_members.h"
#include "engine/internal.h"

struct known_cells;

struct known_cells *known_cells_new(void);
void known_cells_free(struct known_cells *known);
/* Nothing is known any more. */
void known_cells_clear(struct known_cells *known);

/* Is it faster to read all, when so many cells out of those of so many groups are wanted? */
static inline bool known_cells_pay(size_t wanted, size_t groups)
{
    return wanted >= 8 && wanted >= groups / 16;
}

/* Reads the cells of an input in a period, unless they are known. */
int known_cells_read(struct known_cells *known, const struct input *input, uint32_t period,
                     struct store_view *view, struct error *error);
/* Appends the cell of a group, where there is one. false: what the period has is not known. */
bool known_cells_take(const struct known_cells *known, const struct input *input, uint32_t period,
                      uint32_t group, struct buf *out);
/* A cell was written; size 0: removed. Of events the bytes are the summary. */
void known_cells_change(struct known_cells *known, const struct input *input, uint32_t period, uint32_t group,
                        const void *bytes, size_t size);
/* They live as long as what is known, and are cleared with it. */
struct known_members *known_cells_members(struct known_cells *known);

#endif
