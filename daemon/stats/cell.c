/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/cell.h"

#include "base/mem.h"

#include <stdlib.h>

void cell_init(struct cell *cell, size_t count)
{
    *cell = (struct cell){.tallies = mem_alloc(count * sizeof *cell->tallies), .count = count};
}

void cell_free(struct cell *cell)
{
    for (size_t i = 0; i < cell->count; i++)
        tally_free(&cell->tallies[i]);
    free(cell->tallies);
    *cell = (struct cell){0};
}

void cell_settle(struct cell *cell)
{
    for (size_t i = 0; i < cell->count; i++)
        tally_settle(&cell->tallies[i]);
}

void cell_merge(struct cell *cell, const struct cell *change)
{
    for (size_t i = 0; i < cell->count; i++)
        tally_merge(&cell->tallies[i], &change->tallies[i]);
}

bool cell_sound(const struct cell *cell)
{
    for (size_t i = 0; i < cell->count; i++)
        if (!tally_sound(&cell->tallies[i]))
            return false;
    return true;
}

bool cell_empty(const struct cell *cell)
{
    for (size_t i = 0; i < cell->count; i++)
        if (cell->tallies[i].size)
            return false;
    return true;
}

void cell_encode(const struct cell *cell, struct buf *out)
{
    buf_put_varint(out, cell->count);
    for (size_t i = 0; i < cell->count; i++)
        tally_encode(&cell->tallies[i], out);
}

int cell_decode(struct cell *cell, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    const uint64_t count = read_varint(&reader);
    if (count == 0 || count > reader_left(&reader)) /* a tally takes at least a byte */
        return -1;
    cell_init(cell, (size_t)count);
    for (size_t i = 0; i < cell->count; i++)
        tally_decode(&cell->tallies[i], &reader);
    if (!reader.failed && reader_left(&reader) == 0)
        return 0;
    cell_free(cell);
    return -1;
}
