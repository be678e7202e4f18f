/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/stretch.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A stretch is bounded by its entries; with derived inputs, whose rows travel to the worker, by fewer. */
enum { LONGEST_STRETCH = 65536, LONGEST_DERIVED = 2048, MOST_SCORED = 1 << 20, MOST_LEVELS = 64 };

/* Responses share the cells of their groups. Of events nearly each falls into one of its own, which takes so
 * many times as much. */
enum { WEIGHT_OF_EVENTS = 4 };

struct stretch *stretch_new(struct engine *engine, size_t input_count)
{
    struct stretch *stretch = mem_alloc(sizeof *stretch);
    stretch->engine = engine;
    stretch->groups = &engine->groups;
    stretch->periods = &engine->periods;
    stretch->inputs = mem_alloc(input_count * sizeof(struct input *));
    stretch->derived = mem_alloc(input_count * sizeof *stretch->derived);
    stretch->unsound = mem_alloc(input_count * sizeof *stretch->unsound);
    stretch->input_count = input_count;
    stretch->limit = UINT64_MAX;
    stretch->most = LONGEST_STRETCH;
    changes_init(&stretch->changes, stretch->inputs, input_count);
    changes_init(&stretch->pending, stretch->inputs, input_count);
    return stretch;
}

void stretch_free_derived(struct derived_rows *derived)
{
    free(derived->rows);
    free(derived->values);
    free(derived->numbers);
    *derived = (struct derived_rows){0};
}

void stretch_forget_names(struct stretch *stretch)
{
    releases_free(&stretch->releases);
    event_words_free(&stretch->words);
    free(stretch->group_levels);
    free(stretch->input_levels);
    free(stretch->applies);
    stretch->group_levels = NULL;
    stretch->input_levels = NULL;
    stretch->applies = NULL;
}

void stretch_free(struct stretch *stretch)
{
    const struct engine *engine = stretch->engine;
    if (stretch->lane)
        turn_end(&stretch->lane->derives, lanes_spent(engine, stretch->lane, stretch->spent_before));
    changes_free(&stretch->changes);
    changes_free(&stretch->pending);
    free(stretch->wanted.all);
    free(stretch->movers);
    for (size_t i = 0; i < stretch->input_count; i++)
        stretch_free_derived(&stretch->derived[i]);
    event_periods_free(&stretch->fresh);
    event_free(&stretch->event);
    stretch_forget_names(stretch);
    free(stretch->derived);
    free(stretch->unsound);
    free(stretch->inputs);
    free(stretch);
}

/* ---- which input takes which response, for which groups
 * ---------------------------------------------------- */

static void number_levels(struct stretch *stretch)
{
    const char *levels[MOST_LEVELS];
    uint8_t count = 0;
    stretch->group_levels = mem_alloc(stretch->groups->count);
    stretch->input_levels = mem_alloc(stretch->input_count * sizeof *stretch->input_levels);
    for (size_t group = 0; group < stretch->groups->count; group++) {
        const char *level = stretch->groups->levels[group];
        uint8_t number = 0;
        while (level && number < count && strcmp(levels[number], level) != 0)
            number++;
        if (level && number == count && count < MOST_LEVELS - 1)
            levels[count++] = level;
        stretch->group_levels[group] = level ? number : MOST_LEVELS - 1; /* the last bit is nobody's */
    }
    for (size_t i = 0; i < stretch->input_count; i++)
        for (size_t k = 0; k < stretch->inputs[i]->level_count; k++)
            for (uint8_t number = 0; number < count; number++)
                if (strcmp(levels[number], stretch->inputs[i]->levels[k]) == 0)
                    stretch->input_levels[i] |= (uint64_t)1 << number;
}

static void find_periods(struct stretch *stretch)
{
    const size_t periods = stretch->periods->count;
    stretch->applies = mem_alloc(stretch->input_count * periods);
    for (size_t i = 0; i < stretch->input_count; i++)
        for (size_t period = 0; period < periods; period++) {
            const char *calendar = stretch->periods->calendars[period];
            stretch->applies[i * periods + period] =
                calendar && strcmp(calendar, stretch->inputs[i]->calendar) == 0;
        }
}

static int give_item_number(void *data, uint32_t id, const char *name)
{
    const struct stretch *stretch = data;
    for (size_t i = 0; i < stretch->input_count; i++)
        for (size_t k = 0; k < stretch->inputs[i]->item_count; k++)
            if (!stretch->inputs[i]->items[k].id && strcmp(stretch->inputs[i]->items[k].name, name) == 0)
                stretch->inputs[i]->items[k].id = id;
    return 0;
}

/* ---- reading: on a thread of the pool
 * ---------------------------------------------------------------------- */

/* The values of the new row, to be filled in. */
static double *add_derived_row(struct derived_rows *rows, const struct input *input,
                               const struct derived_row *row)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? 2 * rows->capacity : 256;
        rows->rows = mem_resize(rows->rows, rows->capacity, sizeof *rows->rows);
        rows->values = mem_resize(rows->values, rows->capacity * input->item_count, sizeof *rows->values);
    }
    rows->rows[rows->count] = *row;
    return rows->values + rows->count++ * input->item_count;
}

static void derive_of_response(struct stretch *stretch, size_t index, const struct response *response,
                               int8_t count, bool released)
{
    const struct input *input = stretch->inputs[index];
    const struct derived_row row = {
        .period = response->period, .group = response->group, .count = count, .released = released};
    double *values = add_derived_row(&stretch->derived[index], input, &row);
    for (size_t i = 0; i < input->item_count; i++)
        values[i] = input->items[i].id ? response_value(response, input->items[i].id) : NAN;
}

/* Events wait for nothing. */
static void derive_of_event(struct stretch *stretch, size_t index, const struct event *event, int64_t time,
                            int8_t count)
{
    const struct input *input = stretch->inputs[index];
    const struct derived_row row = {.period = event_periods_number(&stretch->fresh, input->period, time),
                                    .group = event->group,
                                    .actor = event->actor,
                                    .count = count,
                                    .released = true};
    event_row_fill(input, event, time, &stretch->words,
                   add_derived_row(&stretch->derived[index], input, &row));
}

/* To every group on the response's path whose level the input is kept for; while it waits, to where it is
 * released with the others. */
static void take_response(struct stretch *stretch, size_t index, const struct response *response,
                          int8_t count, bool released)
{
    const struct input *input = stretch->inputs[index];
    if (response->period >= stretch->periods->count ||
        !stretch->applies[index * stretch->periods->count + response->period] || !response->group)
        return;
    if (input->kind == INPUT_DERIVE) {
        derive_of_response(stretch, index, response, count, released);
        return;
    }
    if (!released) {
        score_response(input, response,
                       changes_cell(&stretch->pending, response->period, response->group, index), count);
        return;
    }
    for (uint32_t group = response->group; group && group < stretch->groups->count;
         group = stretch->groups->parents[group])
        if (stretch->input_levels[index] >> stretch->group_levels[group] & 1)
            score_response(input, response, changes_cell(&stretch->changes, response->period, group, index),
                           count);
}

static void want(struct stretch *stretch, const struct response *response)
{
    struct place_list *wanted = &stretch->wanted;
    const uint64_t place = (uint64_t)response->period << 32 | response->group;
    if (wanted->count && wanted->all[wanted->count - 1] == place)
        return;
    wanted->all = mem_resize(wanted->all, wanted->count + 1, sizeof *wanted->all);
    wanted->all[wanted->count++] = place;
}

/* Who was in another group, of which something is released: perhaps what this one said. */
static void take_mover(struct stretch *stretch, const struct store_entry *entry)
{
    const struct response *to = entry->response, *from = entry->before;
    if (!to || !from || !from->group || !to->group || from->group == to->group ||
        !releases_cover(&stretch->releases, from->period, from->group, 1) ||
        releases_cover(&stretch->releases, to->period, to->group, entry->position))
        return;
    stretch->movers = mem_resize(stretch->movers, stretch->mover_count + 1, sizeof *stretch->movers);
    stretch->movers[stretch->mover_count++] = (struct mover){to->period, to->group, entry->position};
}

/* What came, or went, at a position: for all inputs. */
static void take_change(struct stretch *stretch, const struct store_entry *entry,
                        const struct response *response, int8_t count)
{
    const bool released =
        releases_cover(&stretch->releases, response->period, response->group, entry->position);
    if (entry->kind == STORE_REMOVAL && !released && response->group)
        want(stretch, response);
    for (size_t i = 0; i < stretch->input_count; i++)
        take_response(stretch, i, response, count, released);
}

static void take_event(struct stretch *stretch, const struct event *event, int64_t time, int8_t count)
{
    for (size_t i = 0; i < stretch->input_count; i++) {
        const struct input *input = stretch->inputs[i];
        if (input->instrument || !event_fits(input, event))
            continue;
        if (input->kind == INPUT_MADE) {
            derive_of_event(stretch, i, event, time, count);
            continue;
        }
        const uint32_t period = event_periods_number(&stretch->fresh, input->period, time);
        for (uint32_t group = event->group; group && group < stretch->groups->count;
             group = stretch->groups->parents[group])
            if (stretch->input_levels[i] >> stretch->group_levels[group] & 1)
                event_score(input, event, changes_cell(&stretch->changes, period, group, i), count);
    }
}

static int take_entry(void *data, const struct store_entry *entry)
{
    struct stretch *stretch = data;
    if (entry->position > stretch->limit)
        return 1;
    stretch->to = entry->position;
    stretch->left--;
    if (entry->kind == STORE_EVENT || entry->kind == STORE_EVENT_GONE) {
        if (event_decode(&stretch->event, entry->body, entry->body_size) == 0)
            take_event(stretch, &stretch->event, entry->time, entry->kind == STORE_EVENT ? 1 : -1);
        return 0;
    }
    take_mover(stretch, entry);
    if (entry->before)
        take_change(stretch, entry, entry->before, -1);
    if (entry->response)
        take_change(stretch, entry, entry->response, 1);
    return 0;
}

static size_t weight(const struct stretch *stretch)
{
    size_t sum = 0;
    for (size_t i = 0; i < stretch->input_count; i++)
        sum += stretch->inputs[i]->instrument ? 1 : WEIGHT_OF_EVENTS;
    return sum ? sum : 1;
}

/* A step is no longer than what the script does at once, so that others come in between; and what it gathers
 * for all its inputs is bounded. */
static size_t longest(const struct stretch *stretch)
{
    size_t most = MOST_SCORED / weight(stretch);
    if (most > stretch->most)
        most = stretch->most;
    if (stretch->lane && most > LONGEST_DERIVED)
        most = LONGEST_DERIVED;
    for (size_t i = 0; stretch->lane && i < stretch->input_count; i++)
        most = batch_size_of(&stretch->inputs[i]->batch, most);
    return most ? most : 1;
}

int stretch_read(struct store_view *view, void *data, struct error *error)
{
    struct stretch *stretch = data;
    if (group_names_read(stretch->groups, view, error) != 0 ||
        period_names_read(stretch->periods, view, error) != 0 ||
        releases_read(&stretch->releases, view, error) != 0 ||
        store_items(view, give_item_number, stretch, error) != 0)
        return -1;
    for (size_t i = 0; i < stretch->input_count; i++)
        if (event_input_resolve(stretch->inputs[i], view, error) != 0)
            return -1;
    number_levels(stretch);
    find_periods(stretch);
    stretch->left = longest(stretch);
    if (store_log_after(view, stretch->from, stretch->left, take_entry, stretch, error) != 0)
        return -1;
    if (event_words_read(&stretch->words, view, error) != 0)
        return -1;
    /* The last entries may have been removed for good: then there is nothing up to the end. */
    if (stretch->left && store_log_end(view, &stretch->to, error) != 0)
        return -1;
    if (stretch->to > stretch->limit)
        stretch->to = stretch->limit;
    return 0;
}

/* ---- what scripts made of it ---- */

static void take_made(struct stretch *stretch, size_t index, const struct derived_row *row, double number)
{
    for (uint32_t group = row->group; group && group < stretch->groups->count;
         group = stretch->groups->parents[group])
        if (stretch->input_levels[index] >> stretch->group_levels[group] & 1)
            event_score_number(changes_cell(&stretch->changes, row->period, group, index), row->actor, number,
                               row->count);
}

void stretch_take_derived(struct stretch *stretch, size_t index)
{
    const struct derived_rows *rows = &stretch->derived[index];
    for (size_t i = 0; i < rows->count; i++) {
        const struct derived_row *row = &rows->rows[i];
        if (isnan(rows->numbers[i]))
            continue;
        if (stretch->inputs[index]->kind == INPUT_MADE) {
            take_made(stretch, index, row, rows->numbers[i]);
            continue;
        }
        if (!row->released) {
            tally_add(&changes_cell(&stretch->pending, row->period, row->group, index)->tallies[0],
                      rows->numbers[i], row->count);
            continue;
        }
        for (uint32_t group = row->group; group && group < stretch->groups->count;
             group = stretch->groups->parents[group])
            if (stretch->input_levels[index] >> stretch->group_levels[group] & 1)
                tally_add(&changes_cell(&stretch->changes, row->period, group, index)->tallies[0],
                          rows->numbers[i], row->count);
    }
}
