/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/internal.h"

#include <math.h>
#include <string.h>

enum { MOST_ITEMS = 256 }; /* a scale has fewer, see script/worker/declare_inputs.c */

size_t input_tallies(const struct input *input)
{
    switch (input->kind) {
    case INPUT_SCALE:
        return input->item_count + 2;
    case INPUT_SUM:
    case INPUT_MADE:
        return 2;
    case INPUT_DISTINCT:
        return strcmp(input->items[0].name, "actor") == 0 ? 1 : 2;
    default:
        return 1;
    }
}

static double answer(const struct scored_item *item, const struct response *response)
{
    return item->id ? response_value(response, item->id) : NAN;
}

/* A scale's score is the mean of the answered items, when enough are; complete rows also go into the tallies
 * that alpha is computed of. */
static void score_scale(const struct input *input, const struct response *response, struct cell *cell,
                        int64_t count)
{
    double scores[MOST_ITEMS], sum = 0;
    size_t answered = 0;
    for (size_t i = 0; i < input->item_count; i++) {
        const struct scored_item *item = &input->items[i];
        const double value = answer(item, response);
        scores[i] = item->reverse ? item->low_plus_high - value : value;
        if (isnan(value))
            continue;
        sum += scores[i];
        answered++;
    }
    if (answered == 0 || answered < (size_t)input->min_answered)
        return;
    tally_add(&cell->tallies[0], sum / (double)answered, count);
    if (answered < input->item_count)
        return;
    tally_add(&cell->tallies[1], sum, count);
    for (size_t i = 0; i < input->item_count; i++)
        tally_add(&cell->tallies[i + 2], scores[i], count);
}

void score_response(const struct input *input, const struct response *response, struct cell *cell,
                    int64_t count)
{
    if (input->kind == INPUT_SCALE) {
        score_scale(input, response, cell, count);
        return;
    }
    const double value = answer(&input->items[0], response);
    if (isnan(value))
        return;
    if (input->kind == INPUT_SHARE)
        tally_add(&cell->tallies[0], value >= input->at_least && value <= input->at_most, count);
    else
        tally_add(&cell->tallies[0], value, count);
}
