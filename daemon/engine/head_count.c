/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many people are behind a cell, and whether they all gave one answer. */
#include "engine/internal.h"
#include "stats/event_summary.h"

static bool count_events(const void *bytes, size_t size, struct publication_count *count)
{
    struct event_summary summary;
    struct reader reader = reader_of(bytes, size);
    event_summary_decode_counts(&summary, &reader);
    if (reader.failed)
        return false;
    *count = (struct publication_count){.people = summary.people,
                                        .total = summary.events,
                                        .uniform = summary.has_numbers && summary.min == summary.max};
    return true;
}

/* The answers of a survey are one for each person. */
static bool count_answers(const struct input *input, const void *bytes, size_t size,
                          struct publication_count *count)
{
    struct cell cell;
    if (cell_decode(&cell, bytes, size) != 0)
        return false;
    const bool good = cell.count == input_tallies(input);
    const struct tally *answers = &cell.tallies[0];
    for (size_t i = 0; i < answers->size; i++)
        count->total += answers->entries[i].count;
    count->people = count->total;
    count->uniform = answers->size == 1;
    cell_free(&cell);
    return good;
}

int head_count(const struct input *input, const void *bytes, size_t size, struct publication_count *count,
               struct error *error)
{
    *count = (struct publication_count){0};
    if (size == 0 ||
        (input->instrument ? count_answers(input, bytes, size, count) : count_events(bytes, size, count)))
        return 0;
    return error_set(error, ERROR_FAILED,
                     "a cell of input \"%s\" cannot be read: the store is damaged; restore a backup",
                     input->definition);
}
