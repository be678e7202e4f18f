/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: a stretch of the log, and what it changes for inputs that stand at its beginning.
 * What is not released yet (engine/release/release.h) goes into cells of its own.
 */
#ifndef ENGINE_STRETCH_H
#define ENGINE_STRETCH_H

#include "engine/changes.h"
#include "engine/event/cells.h"
#include "engine/event/rows.h"
#include "engine/internal.h"
#include "engine/release/pending.h"

/* A row of a derived input's table: whose answers or event these are, and whether they come or go. */
struct derived_row {
    uint32_t period, group;
    uint32_t actor; /* of an event */
    int8_t count;
    bool released;
};

struct derived_rows {
    struct derived_row *rows;
    double *values;  /* rows * the input's items */
    double *numbers; /* what the script made of them */
    size_t count, capacity, asked, asking;
};

struct stretch {
    struct engine *engine;
    struct input **inputs;
    size_t input_count;
    uint64_t from, to;
    size_t left;           /* so many more entries may be read */
    uint64_t until;        /* of a check: the input's position; else 0 */
    uint64_t limit;        /* no further than this; UINT64_MAX: to the log's end */
    size_t most;           /* entries */
    bool is_backfill;      /* its length is learned */
    int64_t jobs_ms;       /* of a processor, that reading and applying it took */
    struct lane *lane;     /* of the script that has to see rows; NULL: none has */
    uint64_t spent_before; /* ms that its calls had taken */
    struct changes changes;
    struct changes pending;   /* by period and innermost group */
    struct place_list wanted; /* of these, where something must not wait */
    struct mover {
        uint32_t period, group; /* from another one to this, where it waits */
        uint64_t position;
    } * movers;
    size_t mover_count;
    struct event_periods fresh; /* that events fell into */
    struct event event;
    struct event_words words;     /* of the events whose rows a script has to see */
    struct derived_rows *derived; /* one per input; empty for those that are not */
    size_t deriving;              /* the input whose rows are with the script */
    bool *unsound;                /* one per input */

    struct group_names *groups; /* the engine's */
    struct period_names *periods;
    struct releases releases;
    uint8_t *group_levels;  /* by group: a number of its level */
    uint64_t *input_levels; /* by input: a bit for each level it is kept for */
    bool *applies;          /* by input and period: is the period one of its instrument's? */
};

/* Of `input_count` inputs, which are filled in by the caller. */
struct stretch *stretch_new(struct engine *engine, size_t input_count);
void stretch_free(struct stretch *stretch);
/* Reads it: a reading job. */
int stretch_read(struct store_view *view, void *data, struct error *error);
/* Adds what the script made of the rows of an input. */
void stretch_take_derived(struct stretch *stretch, size_t index);
void stretch_free_derived(struct derived_rows *derived);
/* Forgets what has been read, but not what it changes: the next piece can be read. */
void stretch_forget_names(struct stretch *stretch);

#endif
