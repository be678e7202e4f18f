/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is kept per input, group and period: tally 0 is that of the input's own number (score, answer, 0/1 of
 * a share, derived number). A scale of k items has k + 1 more, over its complete rows: tally 1 of the row
 * sums, tallies 2 .. k + 1 of the items (as scored, that is after reversing).
 */
#ifndef STATS_CELL_H
#define STATS_CELL_H

#include "stats/tally.h"

struct cell {
    struct tally *tallies;
    size_t count;
};

void cell_init(struct cell *cell, size_t count);
void cell_free(struct cell *cell);
void cell_settle(struct cell *cell);
/* Both settled and with the same count. */
void cell_merge(struct cell *cell, const struct cell *change);
bool cell_sound(const struct cell *cell);
bool cell_empty(const struct cell *cell);
void cell_encode(const struct cell *cell, struct buf *out);
/* Initialises `cell`; malformed bytes give -1 and leave nothing to free. */
int cell_decode(struct cell *cell, const void *bytes, size_t size);

#endif
