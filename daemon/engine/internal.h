/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room.
 *
 * The engine takes one step at a time, round and round: *read* a stretch of the log for the inputs that stand
 * furthest back, *derive* what needs a script, *apply* the changes to the cells, *compute* the groups whose
 * cells changed. Reading and applying are jobs of the store, deriving and computing are calls of the scripts;
 * the loop only hands them on. While results of one indicator are written, the next may be computed, and
 * nothing else: whatever a step reads, no other writes.
 */
#ifndef ENGINE_INTERNAL_H
#define ENGINE_INTERNAL_H

#include "base/map.h"
#include "base/repeats.h"
#include "base/trouble.h"
#include "engine/engine.h"
#include "engine/publication/publication.h"
#include "engine/release/releasing.h"
#include "script/batch_size.h"
#include "script/turns.h"
#include "stats/cell.h"

enum { COMPUTE_EVERY_MS = 1000 };

/* An item as a scale scores it. */
struct scored_item {
    char *name;
    uint32_t id; /* the store's; 0: not seen in any response yet */
    bool reverse;
    double low_plus_high; /* of its range: a reversed answer x counts as this - x */
};

/* The turns of one script's file: its indicators, however many, have them together. */
struct lane {
    char *file;
    struct turn computes, derives;
    bool nearest_last;    /* as in struct engine, of its inputs */
    bool wanted;          /* while the next one is looked for: it would have a turn */
    size_t backfill_work; /* as in struct engine, of its inputs */
};

/* What is kept for one definition; indicators with the same definition share it. */
struct input {
    char *definition;
    char *measures[MEASURES_AN_INPUT]; /* see definitions.c */
    uint32_t id;                       /* the store's; 0: not registered yet */
    uint64_t position;
    char *instrument; /* NULL: of events */
    char *calendar;   /* of the periods that its cells are kept by */
    enum period_kind period;
    char *verb, *object;                 /* of events: only those; NULL: any */
    uint32_t verb_number, object_number; /* the store's; 0: not seen yet */
    char **levels;
    size_t level_count;
    enum input_kind kind;
    struct scored_item *items;
    size_t item_count;
    int min_answered;
    double at_least, at_most; /* -+ infinity where open */
    char *indicator, *name;   /* of a derived one: whose function it is */
    struct lane *lane; /* of indicators with a derived input, which they wait for together; NULL: it is read
                          with those that need no script */
    struct batch_size batch; /* of a derived one: rows that are derived at once */
    bool blocked;            /* its script cannot be called; until the scripts change */
    bool behind;             /* it was blocked, and has not been at the log's end since */
    bool caught_up;          /* it has been at the log's end since the start: what it holds is whole */
    bool was_reset;          /* it did not add up, and was started anew; once is enough */
    bool declared;           /* while the registry is updated: still wanted */
};

/* Has it been at the log's end, and missed nothing since? */
static inline bool input_keeps_up(const struct input *input)
{
    return input->caught_up && !input->behind;
}

/* Places of results. */
struct place_list {
    uint64_t *all; /* period and group */
    size_t count;
};

struct indicator {
    struct engine_indicator shown; /* points into the next ones */
    struct indicator_declaration declaration;
    uint32_t id;           /* the store's; 0: not registered yet */
    struct input **inputs; /* in the declaration's order; NULL while nobody declares its instrument */
    int least;             /* people that have to be behind what is shown */
    char *fingerprint;     /* of its script and inputs; a change means that everything is computed anew */
    char *calendar;        /* of the periods of its results */
    uint32_t window;       /* the period of its results, where that is a window; else 0 */
    unsigned relations;    /* what its script has looked at besides the group itself: enum compute_relation */
    char *error;
    struct repeats told;       /* of its errors, the log */
    struct place_list failing; /* where its script failed, and has not computed a result since */
    bool input_failed;         /* `error` is one of an input */
    struct lane *lane;
    uint64_t computed, computed_at; /* which step of computing its last one was, 0: none; and uv_now of it */
    struct batch_size batch;        /* groups that are computed at once */
    bool blocked;                   /* its script cannot be called; until the scripts change */
    bool behind;      /* what is marked has waited since its script could not be called, or since the start */
    bool maybe_stale; /* there may be groups to compute */
    bool keeping;     /* results of it are on their way to the store: what they are of is marked still */
};

struct alert {
    struct alert_declaration declaration;
    uint32_t id;       /* the store's; 0: not registered yet */
    char *fingerprint; /* of its script and the smallest group; a change means that all is judged anew */
    char *error;
    char *contradiction;     /* where its functions said the opposite of each other, or NULL: until its script
                                changes, for it is the functions that are wrong, whatever the values are now */
    struct repeats told;     /* of its errors, the log */
    struct batch_size batch; /* groups that are judged at once */
    bool blocked;            /* its script cannot be called; until the scripts change */
    bool maybe_due;          /* there may be groups to judge */
};

/* The names of the store, as of the last read; each reading adds what is new. */
struct group_names {
    uint32_t *parents;
    char **levels, **paths; /* by number; NULL: no such group */
    size_t count;
    uint32_t last; /* the highest number */
};

struct period_names {
    char **calendars, **labels; /* by number */
    int64_t *starts, *latest;
    size_t count;
    uint32_t last; /* the highest number */
};

/* More people than min_group_size, asked for what is shown of an instrument. */
struct raised_least {
    char *instrument; /* NULL: of events */
    int people;
};

struct engine {
    uv_loop_t *loop;
    struct store *store;
    struct scripts *scripts;
    const struct clock *clock;
    int min_group_size, min_change;
    struct raised_least *raised; /* in no order; of one instrument there may be several */
    size_t raised_count;

    struct input **inputs;
    size_t input_count;
    struct indicator **indicators; /* by id */
    size_t indicator_count;
    struct alert **alerts;
    size_t alert_count;
    struct lane **lanes;
    size_t lane_count;
    struct turns compute_turns, derive_turns;
    uint64_t computes;    /* steps of computing so far */
    bool derived_last;    /* catching up with scripts and without take turns */
    bool nearest_last;    /* those nearest to the log's end and those furthest back take turns */
    size_t backfilling;   /* as of the last step: inputs that add up what came before them */
    double backfilled;    /* how far the last of them is, of 1 */
    size_t backfill_work; /* entries, times inputs, that a step of a backfill has time for; 0: not known
                             yet */

    uint64_t log_end;
    bool log_grew, scripts_changed, ready; /* what is to be looked at before the next step */
    bool busy, stopping;
    unsigned keeping;         /* results that are on their way to the store, behind the step */
    struct error keep_failed; /* why some of them did not get there; kind ERROR_NONE: they did */
    bool computed_last;       /* computing and catching up take turns */
    uint64_t computed_at;     /* uv_now of the last step of computing */
    uint64_t published;       /* the log's end when there was nothing to do for the last time */
    uint64_t judged_at;       /* uv_now of the last step of judging alerts */
    uv_timer_t retry;         /* after an error of the store */
    struct trouble trouble;   /* that error, until all is done */
    uv_timer_t alert_timer;
    int64_t alert_deadline; /* when time alone moves an alert on; INT64_MAX: never */
    uv_timer_t day_timer;
    int64_t day_starts, day_ends; /* of the day that it runs on */
    bool day_passed;              /* windows are to be looked at */
    bool alert_time_passed;       /* the deadlines are to be looked at */
    struct releasing releasing;
    struct window_sums *window_sums;
    struct known_cells *known_cells;
    struct group_names groups; /* of the steps: their reading jobs add what is new */
    struct period_names periods;
    struct purge *purge;           /* that is wanted; or NULL */
    struct checking *check_wanted; /* begins when nothing else is left to do; or NULL */
    /* Under way; or NULL. Changes between two steps only, for their jobs on other threads look at it. */
    struct checking *checking;
    unsigned open_timers;
    void (*alerts_grew)(void *data);
    void *alerts_grew_data;
    void (*closed)(void *data);
    void *closed_data;
};

/* Tells whoever follows the alert log. */
void engine_alerts_grew(const struct engine *engine);

/* Takes the next step, if none is under way. Called whenever there may be something to do. */
void engine_step(struct engine *engine);
/* A step is over. */
void engine_step_done(struct engine *engine);
/* Forgets what of the cells is kept in memory: they were changed in other ways than that is told. */
void forget_kept(const struct engine *engine);
/* The step is over, but for its results, which go to the store: others are computed meanwhile. */
void engine_step_keeps(struct engine *engine);
/* They are there; or not, and `error` says why. */
void engine_step_kept(struct engine *engine, const struct error *error);
/* A step failed in the store: it is tried again after a while. */
void engine_step_failed(struct engine *engine, const struct error *error);

/* ---- registry.c ---------------------------------------------------------------------------------------- */

/* Takes over what the scripts declare, and begins the step that gives new inputs and indicators their numbers
 * and forgets old ones. What stays the same keeps its cells. */
void registry_update(struct engine *engine);
/* The one with this id, or NULL. */
struct indicator *registry_find(const struct engine *engine, const char *id);
/* Remembers what went wrong with an indicator, and logs it when it is new. NULL: nothing does any more. */
void registry_set_error(struct indicator *indicator, const char *error);
/* Keeps what the indicator's script looks at, for the next start. */
int registry_keep_relations(struct store_tx *tx, const struct indicator *indicator, struct error *error);
void registry_free(struct engine *engine);

/* ---- least.c ------------------------------------------------------------------------------------------- */

/* How many people have to be behind what is shown of an indicator: the most that anybody asks for. */
int least_of(const struct engine *engine, const struct indicator_declaration *declaration);
void least_free(struct engine *engine);

/* ---- definitions.c ------------------------------------------------------------------------------------- */

/* Gives an input, of which all else is known, its definition and its measures. */
void definitions_describe(struct input *input, const char *fingerprint);

/* ---- lanes.c: whose turn it is ------------------------------------------------------------------------- */

/* The one of a file, made where there is none yet. */
struct lane *lanes_of_file(struct engine *engine, const char *file);
/* Says which inputs wait for a script. Once the indicators are all there. */
void lanes_give_inputs(struct engine *engine);
/* The indicator to compute next of those that `can`; its lane's turn begins. NULL: none can. */
struct indicator *lanes_next_to_compute(struct engine *engine,
                                        bool (*can)(const struct engine *engine,
                                                    const struct indicator *indicator));
/* The lane to derive for next, of those with inputs that are behind; its turn begins. NULL: none is. */
struct lane *lanes_next_to_derive(struct engine *engine,
                                  bool (*is_behind)(const struct engine *engine, const struct input *input));
/* Is the indicator to be left for a while? */
bool lanes_hold_back(const struct engine *engine, const struct indicator *indicator);
/* How many ms the calls of a lane's script have taken since they had taken `before`. */
uint64_t lanes_spent(const struct engine *engine, const struct lane *lane, uint64_t before);
void lanes_free(struct engine *engine);

/* ---- catch_up.c: read, derive, apply ------------------------------------------------------------------- */

/* Begins a step for the inputs that stand furthest back. false: none is behind. */
bool catch_up_begin(struct engine *engine);

/* Begins a step that adds the input up from the log's beginning, and compares its cells. */
void catch_up_check(struct engine *engine, struct input *input);

/* Is an input behind that waits for no script? */
bool catch_up_is_due(const struct engine *engine);

/* It does not add up: it is added up from the log's beginning once more, or, where that was tried, blocked.
 */
void catch_up_anew(const struct engine *engine, struct input *input);

/* ---- check.c ------------------------------------------------------------------------------------------- */

/* Begins the next step of a check that is wanted. false: none is, or it has ended. */
bool check_begin(struct engine *engine);
/* It has begun: nothing else may. */
bool check_is_under_way(const struct engine *engine);
/* Ends it, where it is under way: a step has failed. */
void check_fail(struct engine *engine, const struct error *error);
/* Ends it: the engine stops. */
void check_abandon(struct engine *engine);

/* ---- windows.c ----------------------------------------------------------------------------------------- */

/* Begins a step that marks what a new day changes. false: it is the same day. */
bool windows_begin(struct engine *engine);
/* Gives a window indicator the period of its results. */
int window_register(struct store_tx *tx, struct indicator *indicator, struct error *error);

/* See engine_latest_begins. */
int64_t latest_begins(const struct engine *engine, const struct indicator *indicator);

/* ---- purge.c ------------------------------------------------------------------------------------------- */

/* Begins the one that is wanted, where nothing else is left to do. false: none is. */
bool purge_begin(struct engine *engine);

/* ---- compute.c ----------------------------------------------------------------------------------------- */

/* Begins a step for an indicator that has stale groups. false: none has. */
bool compute_begin(struct engine *engine);

/* ---- alerts.c ------------------------------------------------------------------------------------------ */

/* Begins a step for alerts whose time has come, or that have groups to judge. false: none. */
bool alerts_begin(struct engine *engine);
/* A group's result changed, or went: its alerts are to be judged. In the transaction that changes it. */
int alerts_mark(struct store_tx *tx, const struct engine *engine, const struct indicator *indicator,
                uint32_t group, struct error *error);

/* Some may have been marked. */
void alerts_look(struct engine *engine);

/* ---- alert/registry.c ---------------------------------------------------------------------------------- */

/* Takes over what the scripts declare. */
void alerts_update(struct engine *engine);
/* Gives new alerts their numbers, and marks those that changed; with `forget`, ends those that nobody
 * declares. After the indicators have theirs. */
int alerts_register(struct store_tx *tx, const struct engine *engine, bool forget, struct error *error);
void alerts_forget_numbers(struct engine *engine);
/* Remembers what went wrong with an alert, and logs it when it is new. NULL: nothing does any more. */
void alerts_set_error(struct alert *alert, const char *error);
/* `raise` and `clear` were both true for a group, whose value is published. Of several the first is told. */
void alerts_set_contradiction(struct alert *alert, const char *place, const char *group);
void alerts_free(struct engine *engine);

/* ---- names.c ------------------------------------------------------------------------------------------- */

/* Adds the names that it does not have. */
int group_names_read(struct group_names *names, struct store_view *view, struct error *error);
void group_names_free(struct group_names *names);
/* Likewise; and when waves began and ended by now. */
int period_names_read(struct period_names *names, struct store_view *view, struct error *error);
/* Of the periods that start after a moment alone; into zeroed names. */
int period_names_read_after(struct period_names *names, int64_t moment, struct store_view *view,
                            struct error *error);
void period_names_free(struct period_names *names);
/* The numbers of a calendar's periods, the latest first; free the array. */
uint32_t *periods_latest_first(const struct period_names *names, const char *calendar, size_t *count);

/* ---- head_count.c -------------------------------------------------------------------------------------- */

/* What the bytes of an input's cell (size 0: there is none) say of the people behind it. */
int head_count(const struct input *input, const void *bytes, size_t size, struct publication_count *count,
               struct error *error);

/* ---- score.c ------------------------------------------------------------------------------------------- */

/* How many tallies a cell of the input has. */
size_t input_tallies(const struct input *input);
/* Adds a response to a cell of a change, or takes it away (count -1). Not for derived inputs. */
void score_response(const struct input *input, const struct response *response, struct cell *cell,
                    int64_t count);

#endif
