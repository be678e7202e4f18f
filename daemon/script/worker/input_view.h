/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One input of the group that compute works on: g.knowledge.mean and its like. Statistics are made when they
 * are read, and what was read is remembered, because the result may be published only if enough people stand
 * behind all of it.
 */
#ifndef SCRIPT_WORKER_INPUT_VIEW_H
#define SCRIPT_WORKER_INPUT_VIEW_H

#include "script/declaration.h"
#include "stats/cell.h"
#include "stats/event_summary.h"

#include <lua.h>

/* Lives in C for the length of one compute; a view that outlives it says so. */
struct input_data {
    const char *name;
    enum input_kind kind;
    struct cell cell;            /* of a survey; no tallies: nobody answered */
    struct event_summary events; /* of events */
    int64_t n;                   /* people: respondents, or actors of events */
    double days;                 /* of events: how long the period is */
    bool per_actor;              /* of a rate; of a distinct count: it is of actors */
    int64_t fewest; /* if n is below it, the input is not shown: what is never seen cannot be told */
    bool read;
};

/* Pushes a statistic: nil where it does not exist, which is NAN. Gives 1, the number of values. */
int statistic_push(lua_State *state, double number);

/* Pushes a view of `data`, which lives until the program's epoch changes. */
void input_view_push(lua_State *state, struct input_data *data);

/* The answers of the view at `index`, for a statistic that shows none of them; NULL: it is no view. It has
 * been read then, and an error is raised where it may not be shown. Lives as long as the view. */
const struct tally *input_view_tally(lua_State *state, int index);

/* "g.knowledge is an input; take one of its numbers, as in g.knowledge.mean", on top of the stack, for the
 * view at `index`, also when its compute is over. NULL, and nothing is pushed: it is no view. */
const char *input_view_advice(lua_State *state, int index);

#endif
