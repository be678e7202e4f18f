/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many people are behind a cell, and whether they all gave one answer. */
#include "engine/event_cells.h"

/* The answers of a survey are one for each person; of events, tally 0 has how many each actor had. */
static struct publication_count count_of(const struct input *input, const struct cell *cell)
{
    const struct tally *people = &cell->tallies[0];
    struct publication_count count = {.people = input->instrument ? 0 : (int64_t)people->size};
    for (size_t i = 0; i < people->size; i++)
        count.total += people->entries[i].count;
    if (input->instrument)
        count.people = count.total;
    const struct tally *said = input->instrument         ? people
                               : event_has_number(input) ? &cell->tallies[1]
                                                         : NULL;
    count.uniform = said && said->size == 1;
    return count;
}

int head_count(const struct input *input, const void *bytes, size_t size, struct publication_count *count,
               struct error *error)
{
    struct cell cell = {0};
    *count = (struct publication_count){0};
    if (size == 0)
        return 0;
    const bool good = cell_decode(&cell, bytes, size) == 0 && cell.count == input_tallies(input);
    if (good)
        *count = count_of(input, &cell);
    cell_free(&cell);
    return good ? 0
                : error_set(error, ERROR_FAILED,
                            "a cell of input \"%s\" cannot be read: the store is damaged; restore a backup",
                            input->definition);
}
