/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script declares, as the engine reads it. Made from the JSON that the worker sends
 * (script/PROTOCOL.md). */
#ifndef SCRIPT_DECLARATION_H
#define SCRIPT_DECLARATION_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text for people; either may be NULL. */
struct bilingual {
    char *nl, *en;
};

struct item_declaration {
    char *id;
    struct bilingual text;
    bool reverse;
    bool has_range;
    double low, high; /* a reversed answer x counts as low + high - x in a scale */
};

enum { MOST_CLOSING_DAYS = 3650 };

struct instrument_declaration {
    char *id;
    struct bilingual title;
    char **levels; /* outermost first */
    size_t level_count;
    struct item_declaration *items; /* in byte order of their ids */
    size_t item_count;
    char *wave_function; /* "FILE:LINE" of the function that makes a row's wave; NULL: there is none */
    /* A wave is taken to be complete so many days after its latest response; 0: after every delivery. */
    int closes_after_days;
    char *json; /* the declaration without its place, for the plugin that reads its exports */
    char *file; /* where it is declared, relative to the scripts folder */
    int line;
};

/* Of surveys, and of events. */
enum input_kind {
    INPUT_SCALE = 1,
    INPUT_ITEM = 2,
    INPUT_SHARE = 3,
    INPUT_DERIVE = 4,
    INPUT_COUNT = 5,    /* how many events */
    INPUT_DISTINCT = 6, /* how many different actors, verbs or objects they have */
    INPUT_SUM = 7,      /* what they measure, added up */
    INPUT_RATE = 8,     /* how many events a day, or for each actor */
    INPUT_MADE = 9,     /* what a function makes of each event, added up: w.derive of events */
};

static inline bool input_is_of_events(enum input_kind kind)
{
    return kind >= INPUT_COUNT;
}

/* Does a function of the script make its numbers? */
static inline bool input_is_derived(enum input_kind kind)
{
    return kind == INPUT_DERIVE || kind == INPUT_MADE;
}

/* How time is cut for events. */
enum period_kind {
    PERIOD_WAVE = 0, /* of a survey */
    PERIOD_DAY = 1,
    PERIOD_WEEK = 2,
    PERIOD_MONTH = 3,
    PERIOD_SCHOOL_YEAR = 4,
    PERIOD_WINDOW = 5, /* the last so many days, today among them */
};

struct input_declaration {
    char *name;
    enum input_kind kind;
    char **items; /* scale: all; item and share: one; sum: the measure; distinct: "actor", "verb" or "object";
                     rate: "day" or "actor"; derive and count: none */
    size_t item_count;
    int min_answered;         /* scale */
    bool has_least, has_most; /* share: the part of the answers with at_least <= x <= at_most */
    double at_least, at_most;
    char *verb, *object; /* of events: only those; NULL: any */
};

struct indicator_declaration {
    char *id;
    struct bilingual title;
    char *unit;       /* or NULL */
    char *instrument; /* NULL: of events */
    enum period_kind period;
    int window_days; /* of PERIOD_WINDOW */
    char **levels;   /* `by` */
    size_t level_count;
    struct input_declaration *inputs; /* in the order of their names */
    size_t input_count;
    char **params; /* their names */
    size_t param_count;
    int min_group_size; /* people that have to be behind what is shown, if more than elsewhere; 0: as
                           elsewhere */
    char *file;
    int line;
};

/* What becomes of an alert whose indicator has no value, or one that is withheld. */
enum no_value_policy {
    NO_VALUE_KEEP = 0,    /* what held last goes on holding */
    NO_VALUE_RESOLVE = 1, /* as if it did not hold, at once */
    NO_VALUE_RAISE = 2,   /* as if it held */
};

struct alert_declaration {
    char *id;
    struct bilingual title;
    char *indicator; /* `on` */
    char *level;     /* NULL: every level of the indicator */
    char *severity;  /* "info", "warning" or "critical" */
    int64_t hold_ms; /* it holds this long before it fires */
    int64_t keep_ms; /* it no longer holds this long before it is resolved */
    enum no_value_policy on_no_value;
    struct bilingual summary; /* with placeholders, see script/placeholders.h */
    char *file;
    int line;
};

/* What is wrong with a file that did not load. */
struct problem_declaration {
    char *code; /* "syntax", "unknown-key", "declaration", "error" or "limit" */
    char *text; /* "FILE:LINE: what", and a line for each frame of the script */
    size_t
        taken; /* of "syntax": the bytes that the parser took; what is wrong ends before the last. Else 0 */
};

/* What one file declares; of one that did not load, what could be read of it. */
struct declarations {
    struct instrument_declaration *instruments;
    size_t instrument_count;
    struct indicator_declaration *indicators;
    size_t indicator_count;
    struct alert_declaration *alerts;
    size_t alert_count;
    struct problem_declaration *problems;
    size_t problem_count;
};

int declarations_parse(struct declarations *declarations, const char *json, struct error *error);
void declarations_free(struct declarations *declarations);

/* "scale", "item" and so on: how a script makes it. */
const char *input_kind_word(enum input_kind kind);
/* "day", "week" and so on, as a script writes it. */
const char *period_kind_word(enum period_kind kind);

/* The one with this id, or NULL. */
const struct instrument_declaration *declarations_instrument(const struct declarations *declarations,
                                                             const char *id);
const struct indicator_declaration *declarations_indicator(const struct declarations *declarations,
                                                           const char *id);
const struct alert_declaration *declarations_alert(const struct declarations *declarations, const char *id);

/* The item of an instrument with this id, or NULL. */
const struct item_declaration *instrument_item(const struct instrument_declaration *instrument,
                                               const char *id);

/* Copies that live on their own. */
void indicator_declaration_copy(struct indicator_declaration *copy,
                                const struct indicator_declaration *original);
void indicator_declaration_free(struct indicator_declaration *indicator);
void alert_declaration_copy(struct alert_declaration *copy, const struct alert_declaration *original);
void alert_declaration_free(struct alert_declaration *alert);

#endif
