/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logs, cursors, cells and results on disk. Nothing outside this room knows what they are kept in.
 *
 * Writing: a *job* is a function that runs on the store's own thread inside a transaction. Jobs that wait
 * together share one commit; a job that fails is undone alone, and every job is answered on the loop, in
 * order, after the commit it was part of is on disk (synchronous=FULL). Reading: a job on a thread of libuv's
 * pool, on a read-only connection that sees one moment of the store for as long as the job runs.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/error.h"
#include "store/response.h"

#include <uv.h>

struct store;      /* owned by whoever starts it */
struct store_view; /* one moment of the store; lives for a job. A writing job sees its own writes */
struct store_tx;   /* a view that can be written to */

/* ---- life ---------------------------------------------------------------------------------------------- */

/* Opens DIR/wijzer.db, makes it (0600, in a 0700 folder) or brings its schema up to date, and starts the
 * writer. Holds a lock so that no second daemon uses the folder. */
int store_open(struct store **store, uv_loop_t *loop, const char *dir, struct error *error);
/* Finishes the jobs that wait, answers them, checkpoints, closes. `closed` is called on the loop; then it is
 * gone. */
void store_close(struct store *store, void (*closed)(void *data), void *data);

/* ---- jobs ---------------------------------------------------------------------------------------------- */

typedef int (*store_write_fn)(struct store_tx *tx, void *data, struct error *error);
typedef int (*store_read_fn)(struct store_view *view, void *data, struct error *error);
/* On the loop. `error` is NULL on success; kind ERROR_FULL where the disk is. */
typedef void (*store_done_fn)(void *data, const struct error *error);

void store_write(struct store *store, store_write_fn job, store_done_fn done, void *data);
/* The same for what can be made again of what was there before, as a result of its cells: it is answered when
 * every reader sees it, and a power cut may take it back, with whatever of the kind was written since. What
 * store_write answered never goes. */
void store_write_remade(struct store *store, store_write_fn job, store_done_fn done, void *data);
/* The same, of a job that is run again where what it did was undone because another one failed; so that many
 * small ones share a commit at little more than the cost of one. */
void store_write_repeatable(struct store *store, store_write_fn job, store_done_fn done, void *data);
void store_read(struct store *store, store_read_fn job, store_done_fn done, void *data);
struct store_view *store_tx_view(struct store_tx *tx);

/* What jobs of appends would do, without doing it: each sees what those before it were given on top of what
 * the store holds then, and nothing of it is kept. Of a trial's jobs positions mean nothing. */
struct store_trial; /* owned by whoever begins it */
struct store_trial *store_trial_begin(struct store *store);
/* As store_write; the jobs of one trial are run in order. A job is given the functions for names and the log,
 * and no others. */
void store_trial_run(struct store_trial *trial, store_write_fn job, store_done_fn done, void *data);
/* Every job has been answered by now. */
void store_trial_end(struct store_trial *trial);
/* Writes, and returns when it is on disk: the caller waits. For the start, when nothing else does. */
int store_write_now(struct store *store, store_write_fn job, void *data, struct error *error);
/* On the loop: the log's end, as store_log_end has it in a read that begins now. */
uint64_t store_position(const struct store *store);
/* On the loop: why nothing can be kept since some job, or NULL. Lives until the next is answered. */
const char *store_trouble(const struct store *store);

/* ---- names and their numbers --------------------------------------------------------------------------- */

struct store_group {
    uint32_t id, parent; /* parent 0: outermost */
    const char *level, *name;
    const char *path; /* names from the outermost on, joined by '/'; a '/' or '%' in a name is %2F, %25 */
};

/* Periods of one calendar are numbered as they appear; a survey's calendar is "survey:INSTRUMENT", its labels
 * are the waves. `starts` is the earliest time seen in it, `latest` the last (INT64_MIN: none). */
struct store_period {
    uint32_t id;
    const char *calendar, *label;
    int64_t starts, latest;
};

/* These find the number or give a new one. 0 on success. */
int store_group_intern(struct store_tx *tx, uint32_t parent, const char *level, const char *name,
                       uint32_t *id, struct error *error);
int store_item_intern(struct store_tx *tx, const char *name, uint32_t *id, struct error *error);
int store_period_intern(struct store_tx *tx, const char *calendar, const char *label, int64_t time,
                        uint32_t *id, struct error *error);
/* These visit all, in order of their numbers; a visitor that returns non-zero ends the visit. Texts live for
 * the call. */
int store_groups(struct store_view *view, int (*visit)(void *data, const struct store_group *group),
                 void *data, struct error *error);
/* Those with numbers above `above`, for whoever knows the others; `path_of` gives the path of those, and of
 * what was visited. */
int store_groups_above(struct store_view *view, uint32_t above,
                       const char *(*path_of)(void *data, uint32_t group),
                       int (*visit)(void *data, const struct store_group *group), void *data,
                       struct error *error);
int store_periods(struct store_view *view, int (*visit)(void *data, const struct store_period *period),
                  void *data, struct error *error);
/* Those with numbers above `above`, and all waves, for when those begin and end changes. */
int store_periods_above(struct store_view *view, uint32_t above,
                        int (*visit)(void *data, const struct store_period *period), void *data,
                        struct error *error);
/* Those that start after a moment. */
int store_periods_after(struct store_view *view, int64_t moment,
                        int (*visit)(void *data, const struct store_period *period), void *data,
                        struct error *error);
int store_items(struct store_view *view, int (*visit)(void *data, uint32_t id, const char *name), void *data,
                struct error *error);

/* *id is 0 where there is none. */
int store_period_find(struct store_view *view, const char *calendar, const char *label, uint32_t *id,
                      struct error *error);

/* Moves the period's `latest` on to `time`; never back. */
int store_period_seen(struct store_tx *tx, uint32_t id, int64_t time, struct error *error);
/* The same for what has no time: it came now. But where others of the period have one, it says nothing: they
 * have none because they were never sent off, whenever that was. */
int store_period_seen_undated(struct store_tx *tx, uint32_t id, int64_t now, struct error *error);

/* What events are about, by numbers of their own. */
enum store_subject { STORE_ACTOR = 1, STORE_VERB = 2, STORE_OBJECT = 3 };
int store_subject_intern(struct store_tx *tx, enum store_subject kind, const void *key, size_t size,
                         uint32_t *id, struct error *error);
/* *id is 0 where there is none. */
int store_subject_find(struct store_view *view, enum store_subject kind, const void *key, size_t size,
                       uint32_t *id, struct error *error);

/* Appends the subject's key to `out`; nothing where there is none of that number. */
int store_subject_key(struct store_view *view, uint32_t id, struct buf *out, struct error *error);

/* ---- the log ------------------------------------------------------------------------------------------- */

enum store_outcome {
    STORE_ACCEPTED = 0,  /* new */
    STORE_DUPLICATE = 1, /* there already, to the last answer: nothing was written */
    STORE_REPLACED = 2,  /* took the place of an earlier one of the same respondent */
    STORE_ABSENT = 3,    /* a withdrawal of what is not there: nothing was written */
    STORE_CONFLICT = 4,  /* an event whose id is there with another body: nothing was written */
    /* A response, of whose respondent there is one that counts for more (see response_rank): nothing was
     * written. */
    STORE_UNFINISHED = 5,
    STORE_OLDER = 6,
};

/* STORE_EVENT_GONE: an event that was is not; it comes with that event's time and body. STORE_REMOVAL: a
 * withdrawal of what is to be removed for good, and must not wait. */
enum store_kind {
    STORE_RESPONSE = 1,
    STORE_WITHDRAWAL = 2,
    STORE_EVENT = 3,
    STORE_EVENT_GONE = 4,
    STORE_REMOVAL = 5,
};

/* Appends are checked against the identities there are. `position` is that of the entry (of the earlier one
 * for a duplicate). Positions only grow and are never used again. Fastest when sorted by period and
 * respondent. */
int store_append_response(struct store_tx *tx, const struct response *response, enum store_outcome *outcome,
                          uint64_t *position, struct error *error);
int store_append_withdrawal(struct store_tx *tx, uint32_t period, const uint8_t respondent[PSEUDONYM_SIZE],
                            enum store_outcome *outcome, uint64_t *position, struct error *error);
/* Events are appended by store_event_append (store/events.h). */

/* What changed at a position. A replacement comes with what it replaced; a withdrawal has only that. */
struct store_entry {
    uint64_t position;
    enum store_kind kind;
    const struct response *response; /* NULL for a withdrawal or an event */
    const struct response *before;   /* NULL where nothing was there */
    const void *body;                /* of an event that comes or goes */
    size_t body_size;
    int64_t time; /* likewise */
};

/* Visits entries after `position`, oldest first, at most `limit`. A visitor that returns non-zero ends the
 * visit. */
int store_log_after(struct store_view *view, uint64_t position, size_t limit,
                    int (*visit)(void *data, const struct store_entry *entry), void *data,
                    struct error *error);
int store_log_end(struct store_view *view, uint64_t *position, struct error *error);
/* Do at least so many responses count in a wave? */
int store_wave_has(struct store_view *view, uint32_t period, size_t responses, bool *has,
                   struct error *error);
/* Visits the responses that count now, in order of position: each respondent's last, withdrawn ones gone. */
int store_current_responses(struct store_view *view,
                            int (*visit)(void *data, const struct response *response), void *data,
                            struct error *error);

/* ---- inputs and their cells ---------------------------------------------------------------------------- */

/* An input is known by its definition; equal definitions share cells. A new one starts at position 0. */
int store_input_intern(struct store_tx *tx, const char *definition, uint32_t *id, uint64_t *position,
                       struct error *error);
int store_input_advance(struct store_tx *tx, uint32_t input, uint64_t position, struct error *error);
/* Removes inputs that are not in `keep`, with their cells. */
int store_inputs_keep(struct store_tx *tx, const uint32_t *keep, size_t count, struct error *error);
/* Forgets the cells of an input and sets it back to position 0. */
int store_input_reset(struct store_tx *tx, uint32_t input, struct error *error);
/* The same for every input that has not come to `through`. */
int store_inputs_reset_behind(struct store_tx *tx, uint64_t through, struct error *error);

/* Appends the cell's bytes to `out`; leaves it as it is where there is none. */
int store_cell_get(struct store_view *view, uint32_t input, uint32_t period, uint32_t group, struct buf *out,
                   struct error *error);
/* `size` 0 removes. */
int store_cell_put(struct store_tx *tx, uint32_t input, uint32_t period, uint32_t group, const void *bytes,
                   size_t size, struct error *error);
int store_cells(struct store_view *view, uint32_t input,
                int (*visit)(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size),
                void *data, struct error *error);
/* Those of one period, in the order of their groups. */
int store_cells_of_period(struct store_view *view, uint32_t input, uint32_t period,
                          int (*visit)(void *data, uint32_t period, uint32_t group, const void *bytes,
                                       size_t size),
                          void *data, struct error *error);

/* Parts of a cell that is too large to be read and written whole: whoever keeps it says what is in which.
 * They go with their input as its cells do. */
struct store_member {
    uint32_t input, period, group, tally, part;
};
/* Appends to `out`; leaves it as it is where there is none. */
int store_member_get(struct store_view *view, const struct store_member *member, struct buf *out,
                     struct error *error);
/* `size` 0 removes. */
int store_member_put(struct store_tx *tx, const struct store_member *member, const void *bytes, size_t size,
                     struct error *error);
/* All parts of a tally, in their order; `member->part` says nothing. */
int store_members(struct store_view *view, const struct store_member *member,
                  int (*visit)(void *data, const void *bytes, size_t size), void *data, struct error *error);

/* ---- what waits to be released ------------------------------------------------------------------------- */

/* Responses are in the cells once they are *released*: all those of a group (the innermost on a response's
 * path) and a period, up to a position of the log. What later ones change is kept meanwhile in cells of their
 * own, by period, that group and input; such a cell can hold less than nothing, for somebody may be taken
 * away. These are gone with their input's cells (store_input_reset and the like). */
int store_pending_get(struct store_view *view, uint32_t period, uint32_t group, uint32_t input,
                      struct buf *out, struct error *error);
/* `size` 0 removes. */
int store_pending_put(struct store_tx *tx, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                      size_t size, struct error *error);
/* In order of period, group and input; period 0: of every one. */
int store_pending(struct store_view *view, uint32_t period,
                  int (*visit)(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                               size_t size),
                  void *data, struct error *error);

/* Visits how far groups are released, in order of period and group. Group 0: all groups of the period, at
 * least so far. `wanted`: what is further on must not wait (store_release_want). */
int store_releases(struct store_view *view,
                   int (*visit)(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted),
                   void *data, struct error *error);
/* With group 0 what is kept of the period's groups goes, but for what is further on, or wanted further on. */
int store_release_put(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t position,
                      struct error *error);
/* Until the group is released up to `through`. */
int store_release_want(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t through,
                       struct error *error);
/* Somebody moved to the group, by the entry at this position; one that was noted before is not again. It is
 * forgotten when the group is released. */
int store_moved_note(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t position,
                     struct error *error);
/* Visits how many moved to which group, in order of period and group. */
int store_moved(struct store_view *view,
                int (*visit)(void *data, uint32_t period, uint32_t group, int64_t people), void *data,
                struct error *error);
/* Visits the groups of which something waits, each once, in order of period and group. */
int store_pending_groups(struct store_view *view, int (*visit)(void *data, uint32_t period, uint32_t group),
                         void *data, struct error *error);

/* ---- results ------------------------------------------------------------------------------------------- */

enum store_value_kind { STORE_NO_VALUE = 0, STORE_NUMBER = 1, STORE_INTEGER = 2 };

struct store_result {
    uint32_t period, group;
    enum store_value_kind kind;
    double value;       /* STORE_NUMBER */
    int64_t integer;    /* STORE_INTEGER */
    const char *reason; /* why there is no value, or NULL */
    int64_t n;          /* the fewest respondents behind any number that the script read */
    bool has_ci;
    double ci[2];
    const char *extra;   /* JSON object, or NULL */
    int64_t computed_at; /* milliseconds since 1970 UTC */
    /* Of one that is read: its script failed to compute it anew; it waits to be computed anew. */
    bool outlived, marked;
    bool published; /* it may be shown; of one that is put: the one before might be, so nothing is to be noted
                     */
};

int store_indicator_intern(struct store_tx *tx, const char *name, uint32_t *id, struct error *error);
/* *id is 0 where there is none. */
int store_indicator_find(struct store_view *view, const char *name, uint32_t *id, struct error *error);
int store_indicators(struct store_view *view, int (*visit)(void *data, uint32_t id, const char *name),
                     void *data, struct error *error);
/* A group and period whose result no longer fits its cells. Marks survive a crash; a result that is put or
 * removed takes its mark along. */
int store_stale_mark(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                     struct error *error);
int store_stale_clear(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                      struct error *error);
/* Marks all that have a cell of the input or a result of the indicator. */
int store_stale_mark_all(struct store_tx *tx, uint32_t indicator, uint32_t input, struct error *error);
/* Marks, in one period, all groups that have a cell of the input or a result of the indicator. */
int store_stale_mark_groups(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t input,
                            struct error *error);
/* `decided`: what is published there was decided since it was marked. */
int store_stale(struct store_view *view, uint32_t indicator, size_t limit,
                int (*visit)(void *data, uint32_t period, uint32_t group, bool decided), void *data,
                struct error *error);
/* Of the marks of all groups from `first` to `last`, by their numbers. */
int store_stale_decided(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t first,
                        uint32_t last, struct error *error);
/* Of all marks of an indicator. */
int store_stale_decided_all(struct store_tx *tx, uint32_t indicator, struct error *error);
int store_result_put(struct store_tx *tx, uint32_t indicator, const struct store_result *result,
                     struct error *error);
int store_result_remove(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                        struct error *error);
/* It stands, although it no longer fits its cells; takes its mark along. */
int store_result_outlive(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                         struct error *error);
/* Removes every result that does not follow the cells: those that are marked or outlive them, and all of
 * indicators that are not among `followed`. They are marked, and computed anew once they can be. */
int store_results_remove_behind(struct store_tx *tx, const uint32_t *followed, size_t count,
                                struct error *error);
/* Removes the results and marks of an indicator that no script declares any more, and marks those of others
 * in the same periods: more of them may perhaps be published now. */
int store_indicator_remove(struct store_tx *tx, uint32_t indicator, struct error *error);
/* In order of period and group; period 0: every one. */
int store_results(struct store_view *view, uint32_t indicator, uint32_t period,
                  int (*visit)(void *data, const struct store_result *result), void *data,
                  struct error *error);

/* One result; *found says whether there is one. Its texts are put into `texts`. */
int store_result_get(struct store_view *view, uint32_t indicator, uint32_t period, uint32_t group,
                     struct store_result *result, struct buf *texts, bool *found, struct error *error);

/* ---- what is published --------------------------------------------------------------------------------- */

/* Whether the result of an indicator may be shown. One that may from now on is shown once it has been
 * computed since; either way it is marked to be. Results that nothing was said of are not shown, and a result
 * that is removed takes what was said of it along. */
int store_publication_put(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                          bool published, struct error *error);
/* *is_shown: it has been computed since. */
int store_publication_get(struct store_view *view, uint32_t indicator, uint32_t period, uint32_t group,
                          bool *published, bool *is_shown, struct error *error);
/* What is withheld for as long as there is the period, for it was once (engine/release/release.h). It is
 * forgotten with the indicator, and by store_withheld_forget: once the indicator is another. */
int store_withheld_put(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                       struct error *error);
int store_withheld_forget(struct store_tx *tx, uint32_t indicator, struct error *error);
int store_withheld(struct store_view *view, uint32_t period,
                   int (*visit)(void *data, uint32_t group, uint32_t indicator), void *data,
                   struct error *error);
/* The indicators that may be shown of the groups from `first` to `last`, by their numbers. */
int store_publications(struct store_view *view, uint32_t period, uint32_t first, uint32_t last,
                       int (*visit)(void *data, uint32_t group, uint32_t indicator), void *data,
                       struct error *error);

/* ---- alerts -------------------------------------------------------------------------------------------- */

/* How an alert stands in a group. A group without a state is at peace. */
struct store_alert_state {
    uint32_t alert, group;
    int stage;        /* the engine's, see engine/alert/rule.h; not 0 */
    int64_t since;    /* milliseconds since 1970 UTC: when the stage began */
    int64_t lapsed;   /* of one that fires: when it stopped holding; 0: it holds */
    const char *body; /* JSON object: what people are told of it */
};

int store_alert_intern(struct store_tx *tx, const char *name, uint32_t *id, struct error *error);
int store_alerts(struct store_view *view, int (*visit)(void *data, uint32_t id, const char *name), void *data,
                 struct error *error);
/* Removes an alert with its states and marks; what the log says of it stays. */
int store_alert_remove(struct store_tx *tx, uint32_t alert, struct error *error);
/* Stage 0 removes. */
int store_alert_state_put(struct store_tx *tx, const struct store_alert_state *state, struct error *error);
/* In order of alert and group; alert 0: every one. */
int store_alert_states(struct store_view *view, uint32_t alert,
                       int (*visit)(void *data, const struct store_alert_state *state), void *data,
                       struct error *error);
/* Stage 0 where there is none. The body is put into `body`, "" where there is none. */
int store_alert_state_get(struct store_view *view, uint32_t alert, uint32_t group,
                          struct store_alert_state *state, struct buf *body, struct error *error);
/* Groups whose alert is to be judged again. Marks survive a crash, and are taken away by the judgement. */
int store_alert_due_mark(struct store_tx *tx, uint32_t alert, uint32_t group, struct error *error);
int store_alert_due_clear(struct store_tx *tx, uint32_t alert, uint32_t group, struct error *error);
/* Marks all groups that have a state of the alert or a result of the indicator. */
int store_alert_due_mark_all(struct store_tx *tx, uint32_t alert, uint32_t indicator, struct error *error);
int store_alert_due(struct store_view *view, uint32_t alert, size_t limit,
                    int (*visit)(void *data, uint32_t group), void *data, struct error *error);
/* The alert log: entries only come, and their numbers only grow. */
int store_alert_log_append(struct store_tx *tx, const char *body, struct error *error);
int store_alert_log_after(struct store_view *view, uint64_t position, size_t limit,
                          int (*visit)(void *data, uint64_t position, const char *body), void *data,
                          struct error *error);

/* ---- the rest ------------------------------------------------------------------------------------------ */

/* Small texts by owner and key. `size` 0 removes. */
int store_document_put(struct store_tx *tx, const char *owner, const char *key, const void *body, size_t size,
                       struct error *error);
/* Appends to `out`; *found says whether there is one. */
int store_document_get(struct store_view *view, const char *owner, const char *key, struct buf *out,
                       bool *found, struct error *error);

/* Visits those of an owner, in byte order of their keys; a visitor that returns non-zero ends the visit. What
 * it is handed lives for the call. */
int store_documents(struct store_view *view, const char *owner,
                    int (*visit)(void *data, const char *key, const void *body, size_t size), void *data,
                    struct error *error);

/* Replaces every pseudonym that is kept: of respondents and of actors, wherever they stand. */
int store_pseudonyms_renew(struct store_tx *tx,
                           void (*renew)(void *data, const uint8_t old[PSEUDONYM_SIZE],
                                         uint8_t out[PSEUDONYM_SIZE]),
                           void *data, struct error *error);

/* Takes what was removed out of the files, too: shortens the write-ahead log, and with SCRUB_FOUND writes the
 * database anew where the bytes are still found in it, with SCRUB_ALL in any case. `bytes` lives until
 * `done`; NULL where they are not looked for. */
enum store_scrub { SCRUB_LOG, SCRUB_FOUND, SCRUB_ALL };
void store_scrub(struct store *store, enum store_scrub how, const uint8_t bytes[PSEUDONYM_SIZE],
                 store_done_fn done, void *data);

struct store_figures {
    uint64_t position;  /* the log's end */
    uint64_t responses; /* that count now */
    uint64_t events;    /* that are kept; those that were taken back are among them */
    int64_t since;      /* the first of these was stored then or little later, in milliseconds since 1970
                           UTC; 0: there is none */
    uint64_t bytes;     /* on disk */
};
/* What these cost does not depend on how much there is. */
int store_figures(struct store_view *view, struct store_figures *figures, struct error *error);

#endif
