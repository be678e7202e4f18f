/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/cells.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- periods ------------------------------------------------------------------------------------------- */

void event_periods_free(struct event_periods *periods)
{
    free(periods->all);
    *periods = (struct event_periods){0};
}

static bool is_in(const struct event_period *period, enum period_kind kind, int64_t time)
{
    return period->kind == kind && time >= period->period.starts && time < period->period.ends;
}

/* Events come roughly in order of time, so the period of the last one is a good guess. */
uint32_t event_periods_number(struct event_periods *periods, enum period_kind kind, int64_t time)
{
    const enum period_kind kept = kind == PERIOD_WINDOW ? PERIOD_DAY : kind;
    for (size_t i = 0; i < periods->count; i++) {
        const size_t at = (periods->last + i) % periods->count;
        if (is_in(&periods->all[at], kept, time)) {
            periods->last = at;
            return FRESH_PERIOD + (uint32_t)at;
        }
    }
    periods->all = mem_resize(periods->all, periods->count + 1, sizeof *periods->all);
    periods->all[periods->count] = (struct event_period){kept, calendar_find(kept, time)};
    periods->last = periods->count++;
    return FRESH_PERIOD + (uint32_t)periods->last;
}

const char *event_calendar(enum period_kind kind)
{
    return period_kind_word(kind == PERIOD_WINDOW ? PERIOD_DAY : kind);
}

uint32_t *event_periods_intern(const struct event_periods *periods, struct store_tx *tx, struct error *error)
{
    uint32_t *numbers = mem_alloc(periods->count * sizeof *numbers);
    for (size_t i = 0; i < periods->count; i++) {
        const struct event_period *one = &periods->all[i];
        if (store_period_intern(tx, event_calendar(one->kind), one->period.label, one->period.starts,
                                &numbers[i], error) != 0) {
            free(numbers);
            return NULL;
        }
    }
    return numbers;
}

/* ---- events -------------------------------------------------------------------------------------------- */

static int resolve(const char *key, enum store_subject kind, uint32_t *number, struct store_view *view,
                   struct error *error)
{
    if (!key || *number)
        return 0;
    return store_subject_find(view, kind, key, strlen(key), number, error);
}

int event_input_resolve(struct input *input, struct store_view *view, struct error *error)
{
    return resolve(input->verb, STORE_VERB, &input->verb_number, view, error) != 0
               ? -1
               : resolve(input->object, STORE_OBJECT, &input->object_number, view, error);
}

bool event_fits(const struct input *input, const struct event *event)
{
    if (input->verb && input->verb_number != event->verb)
        return false;
    if (input->object && input->object_number != event->object)
        return false;
    return input->kind != INPUT_SUM || (input->items[0].id && !isnan(event_value(event, input->items[0].id)));
}

bool event_has_number(const struct input *input)
{
    return input->kind == INPUT_SUM || input->kind == INPUT_MADE;
}

void event_score_number(struct cell *cell, uint32_t actor, double number, int64_t count)
{
    tally_add(&cell->tallies[0], actor, count);
    tally_add(&cell->tallies[1], number, count);
}

/* Tally 0 has the actors, whatever is asked: they are the people behind the cell. */
void event_score(const struct input *input, const struct event *event, struct cell *cell, int64_t count)
{
    if (input->kind == INPUT_SUM) {
        event_score_number(cell, event->actor, event_value(event, input->items[0].id), count);
        return;
    }
    tally_add(&cell->tallies[0], event->actor, count);
    if (cell->count > 1)
        tally_add(&cell->tallies[1], strcmp(input->items[0].name, "verb") == 0 ? event->verb : event->object,
                  count);
}
