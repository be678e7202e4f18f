/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps indicators current. Follows the log with one cursor per input, adds what changed to the cells, has
 * the scripts compute the groups whose cells changed, and stores the results. All state is in the store:
 * killed at any moment, it goes on where it was.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/clock.h"
#include "base/error.h"
#include "engine/publication/gate.h"
#include "script/scripts.h"
#include "store/store.h"

#include <uv.h>

struct engine; /* owned by whoever starts it */

struct engine_options {
    struct store *store;
    struct scripts *scripts;
    const struct clock *clock; /* the time that periods, windows and alerts go by */
    int min_group_size;
    int min_change; /* people that have to differ before a published value is replaced; 1: nothing waits */
    /* The alert log may have grown. On the loop; NULL: nobody wants to know. */
    void (*alerts_grew)(void *data);
    void *data;
};

struct engine *engine_start(uv_loop_t *loop, const struct engine_options *options);
/* So many people have to be behind what is shown of an instrument (NULL: of events), if that is more than
 * min_group_size; of several, the most. Before engine_scripts_ready. */
void engine_raise_least(struct engine *engine, const char *instrument, int people);
/* Waits for the step that is under way. `closed` comes on the loop, then it is gone. Stop it before the
 * scripts. */
void engine_stop(struct engine *engine, void (*closed)(void *data), void *data);

/* The log has new entries. */
void engine_wake(struct engine *engine);
/* A delivery into an instrument has begun; and has ended, `whole` when it came to its end. Meanwhile nothing
 * of the instrument is released, so that nothing is decided on half a file; nor for some minutes after one
 * that was cut short, or after the start. On the loop. */
void engine_delivery_began(struct engine *engine, const char *instrument);
void engine_delivery_ended(struct engine *engine, const char *instrument, bool whole);
/* Runs a job that removes entries of the log for good, once every cell and result has followed it up to
 * `through`. What cannot follow, for its script fails, is begun anew by the same commit, and shows no result
 * until then. One at a time. `done` comes on the loop. */
void engine_purge(struct engine *engine, uint64_t through, store_write_fn job, store_done_fn done,
                  void *data);
/* true: it had not begun, and `done` will not come. */
bool engine_purge_abandon(struct engine *engine);
/* The clock may not be where it would be by itself: windows and alerts are looked at. */
void engine_clock_was_set(struct engine *engine);
/* Wire these to the scripts' callbacks. */
void engine_scripts_changed(struct engine *engine);
void engine_scripts_ready(struct engine *engine);

struct engine_status {
    uint64_t position; /* up to here the log is in every result */
    uint64_t log_end;
    uint64_t lag; /* entries that are not */
    size_t inputs, indicators;
    size_t backfilling; /* inputs that add up what came before them; and how far the last of them is, of 1 */
    double backfilled;
    size_t waiting; /* groups with answers that are not released yet (engine/release/release.h) */
    bool idle;
    const char *error; /* for which it waits, and then tries again; or NULL. Valid as below */
};
void engine_status(const struct engine *engine, struct engine_status *status);

/* What is known of an indicator, for the catalogue. Valid until control returns to the loop. */
struct engine_indicator {
    const struct indicator_declaration *declaration;
    const char *calendar; /* of the periods of its values */
    int64_t evaluated_at; /* milliseconds since 1970 UTC; 0: never */
    const char *error;    /* of the last compute or derive, or NULL */
};
/* In order of id. */
void engine_indicators(const struct engine *engine,
                       void (*visit)(void *data, const struct engine_indicator *indicator), void *data);
/* NULL where there is none. The result lives as above. */
const struct engine_indicator *engine_indicator(const struct engine *engine, const char *id);
/* Which of its results are behind because its script cannot be called. */
enum gate_lag engine_lag(const struct engine *engine, const char *id);

/* A period of its that begins after this is not the latest yet, ms since 1970 UTC. Events may be dated in the
 * future, by a clock that is wrong: they are kept and counted where they say, and hide nothing until then. Of
 * a survey any wave may be the latest: INT64_MAX. */
int64_t engine_latest_begins(const struct engine *engine, const char *id);

/* The last period with results of events that has not begun yet, in the finest calendar that has any; NULL:
 * there is none. The caller's to free. In a reading job. */
int engine_dated_ahead(const struct engine *engine, struct store_view *view, char **label,
                       struct error *error);

/* How many people have to be behind what is shown of it. */
int engine_least(const struct engine *engine, const char *id);

/* What is known of an alert rule. Valid until control returns to the loop. */
struct engine_alert {
    const struct alert_declaration *declaration;
    const char *error; /* why it cannot be judged, or else what is wrong with its functions; or NULL */
};
void engine_alerts(const struct engine *engine, void (*visit)(void *data, const struct engine_alert *alert),
                   void *data);

#endif
