/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: what an event adds to the cells of inputs, and the periods that events fall into.
 */
#ifndef ENGINE_EVENT_CELLS_H
#define ENGINE_EVENT_CELLS_H

#include "engine/calendar.h"
#include "engine/internal.h"
#include "store/event/event.h"

/* Periods that the store may not know yet have numbers of their own from here on, until it has. */
#define FRESH_PERIOD 0x80000000u

struct event_periods {
    struct event_period {
        enum period_kind kind;
        struct calendar_period period;
    } * all;
    size_t count, last;
};

void event_periods_free(struct event_periods *periods);
/* The number (of its own) of the period that a time lies in; windows are kept by days. */
uint32_t event_periods_number(struct event_periods *periods, enum period_kind kind, int64_t time);
/* The store's numbers, in the order of the own ones; free the array. NULL: error. */
uint32_t *event_periods_intern(const struct event_periods *periods, struct store_tx *tx, struct error *error);

/* The calendar that an input's cells are kept by. */
const char *event_calendar(enum period_kind kind);

/* Finds the store's numbers for what the input asks for, as far as there are any. */
int event_input_resolve(struct input *input, struct store_view *view, struct error *error);
/* Is the event one of the input's? */
bool event_fits(const struct input *input, const struct event *event);
/* Does the input make a number of an event, which tally 1 has? */
bool event_has_number(const struct input *input);
/* Adds what an input made of an event to a cell of a change. */
void event_score_number(struct cell *cell, uint32_t actor, double number, int64_t count);
/* Adds an event that fits to a cell of a change, or takes it away (count -1). */
void event_score(const struct input *input, const struct event *event, struct cell *cell, int64_t count);

#endif
