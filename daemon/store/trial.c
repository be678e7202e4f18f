/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/trial.h"
#include "store/events.h"
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_KIB = 1024, FIRST_NUMBER = 1 << 30 };
enum { EVENT_SCOPE = 0 }; /* periods are numbered from 1 */

/* A body that is NULL was withdrawn. */
static const char overlay[] =
    "PRAGMA query_only = OFF;"
    "PRAGMA temp_store = FILE;"
    "PRAGMA temp.cache_size = -4096;"
    "CREATE TEMP TABLE tried (scope INTEGER NOT NULL, id BLOB NOT NULL, body BLOB,"
    "  PRIMARY KEY (scope, id)) WITHOUT ROWID;"
    "CREATE TEMP TABLE tried_subject (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key BLOB NOT NULL,"
    "  UNIQUE (kind, key));";

struct trial_job {
    struct trial_job *next;
    uv_work_t work;
    struct store_trial *trial;
    store_write_fn run;
    store_done_fn done;
    void *data;
    struct error error; /* kind ERROR_NONE: it went well */
};

struct store_trial {
    uv_loop_t *loop;
    char *path;
    struct database database;
    bool open;
    struct store_tx tx;
    struct event_tail tail; /* as the job at hand sees it, once it looks for an event */
    struct event_reader events;
    uint32_t numbers;
    struct trial_job *first, **end; /* the first one runs */
};

/* ---- names --------------------------------------------------------------------------------------------- */

uint32_t trial_number(struct store_tx *tx)
{
    return FIRST_NUMBER + tx->trial->numbers++;
}

static int find_tried_subject(struct store_tx *tx, enum store_subject kind, const void *key, size_t size,
                              uint32_t *id, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *find =
        database_statement(database, "SELECT id FROM tried_subject WHERE kind = ?1 AND key = ?2", error);
    if (!find)
        return -1;
    bind_number(find, 1, kind);
    bind_bytes(find, 2, key, size);
    const int row = statement_next(database, find, error);
    *id = row > 0 ? (uint32_t)sqlite3_column_int64(find, 0) : 0;
    statement_end(find);
    return row < 0 ? -1 : 0;
}

int trial_subject(struct store_tx *tx, enum store_subject kind, const void *key, size_t size, uint32_t *id,
                  struct error *error)
{
    struct database *database = tx->view.database;
    if (store_subject_find(&tx->view, kind, key, size, id, error) != 0 ||
        (!*id && find_tried_subject(tx, kind, key, size, id, error) != 0))
        return -1;
    if (*id)
        return 0;
    sqlite3_stmt *insert =
        database_statement(database, "INSERT INTO tried_subject (id, kind, key) VALUES (?1, ?2, ?3)", error);
    if (!insert)
        return -1;
    *id = trial_number(tx);
    bind_number(insert, 1, *id);
    bind_number(insert, 2, kind);
    bind_bytes(insert, 3, key, size);
    return statement_run(database, insert, error);
}

/* ---- the log ------------------------------------------------------------------------------------------- */

/* What is tried, and what stands for its identity. */
struct standing {
    enum store_kind kind;
    const void *body;
    size_t size;
    bool is_known; /* by the trial, or by the store */
    bool is_there;
    enum store_outcome outcome; /* of the body, where there is another */
};

/* The one column of the row that is found is a body. */
static int read_standing(struct store_tx *tx, sqlite3_stmt *select, int64_t scope, const uint8_t id[16],
                         struct standing *standing, struct error *error)
{
    bind_number(select, 1, scope);
    bind_bytes(select, 2, id, 16);
    const int row = statement_next(tx->view.database, select, error);
    if (row > 0) {
        const void *there;
        const size_t there_size = column_bytes(select, 0, &there);
        standing->is_known = true;
        standing->is_there = sqlite3_column_type(select, 0) != SQLITE_NULL;
        standing->outcome = log_outcome(standing->kind, standing->body, standing->size, there, there_size);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int find_standing(struct store_tx *tx, int64_t scope, const uint8_t id[16], struct standing *standing,
                         struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *tried =
        database_statement(database, "SELECT body FROM tried WHERE scope = ?1 AND id = ?2", error);
    sqlite3_stmt *stored =
        database_statement(database,
                           "SELECT log.body FROM identity JOIN log USING (seq) WHERE identity.scope = ?1 "
                           "AND identity.id = ?2",
                           error);
    if (!tried || !stored || read_standing(tx, tried, scope, id, standing, error) != 0)
        return -1;
    return standing->is_known ? 0 : read_standing(tx, stored, scope, id, standing, error);
}

static int remember(struct store_tx *tx, int64_t scope, const uint8_t id[16], const void *body, size_t size,
                    bool is_there, struct error *error)
{
    sqlite3_stmt *replace = database_statement(
        tx->view.database, "REPLACE INTO tried (scope, id, body) VALUES (?1, ?2, ?3)", error);
    if (!replace)
        return -1;
    bind_number(replace, 1, scope);
    bind_bytes(replace, 2, id, 16);
    if (is_there)
        bind_bytes(replace, 3, body, size);
    return statement_run(tx->view.database, replace, error);
}

static enum store_outcome outcome_of(const struct standing *standing)
{
    if (log_is_withdrawal(standing->kind))
        return standing->is_there ? STORE_ACCEPTED : STORE_ABSENT;
    return standing->is_there ? standing->outcome : STORE_ACCEPTED;
}

int trial_append(struct store_tx *tx, enum store_kind kind, int64_t scope, const uint8_t id[16],
                 const void *body, size_t size, enum store_outcome *outcome, struct error *error)
{
    struct standing standing = {.kind = kind, .body = body, .size = size};
    if (find_standing(tx, scope, id, &standing, error) != 0)
        return -1;
    *outcome = outcome_of(&standing);
    if (*outcome != STORE_ACCEPTED && *outcome != STORE_REPLACED)
        return 0;
    return remember(tx, scope, id, body, size, !log_is_withdrawal(kind), error);
}

/* Many ids are looked for. */
static int load_tail(struct store_tx *tx, struct error *error)
{
    struct event_tail *tail = &tx->trial->tail;
    if (tx->view.tail)
        return 0;
    tail_free(tail);
    if (tail_count(&tx->counts.tail, &tx->view, error) != 0 ||
        tail_load(tail, tx->counts.tail.packed, &tx->view, error) != 0)
        return -1;
    tx->view.tail = tail;
    return 0;
}

/* Of an event its digest stands for the body. */
int trial_append_event(struct store_tx *tx, const struct store_event *event, enum store_outcome *outcome,
                       struct error *error)
{
    bool found, is_same;
    if (load_tail(tx, error) != 0)
        return -1;
    if (events_look_up(&tx->view, &tx->trial->events, event, &found, &is_same, error) != 0)
        return -1;
    if (!found && !event->is_untimed && !event->has_digest_of_before)
        return trial_append(tx, STORE_EVENT, EVENT_SCOPE, event->id, &event->digest, sizeof event->digest,
                            outcome, error);
    *outcome = is_same ? STORE_DUPLICATE : STORE_CONFLICT;
    return 0;
}

/* ---- jobs: on a thread of the pool --------------------------------------------------------------------- */

static int open_overlay(struct store_trial *trial, struct error *error)
{
    if (trial->open)
        return 0;
    if (database_open(&trial->database, trial->path, true, CACHE_KIB, error) != 0)
        return -1;
    trial->open = true;
    trial->tx.view =
        (struct store_view){.database = &trial->database, .path = trial->path, .events_through = INT64_MIN};
    return database_execute(&trial->database, overlay, error);
}

static int run_in_transaction(struct trial_job *job)
{
    struct store_trial *trial = job->trial;
    struct error ignored;
    trial->tx.view.tail = NULL;
    event_reader_forget(&trial->events);
    if (open_overlay(trial, &job->error) != 0 ||
        database_execute(&trial->database, "BEGIN", &job->error) != 0)
        return -1;
    if (job->run(&trial->tx, job->data, &job->error) == 0 &&
        database_execute(&trial->database, "COMMIT", &job->error) == 0)
        return 0;
    if (!sqlite3_get_autocommit(trial->database.handle))
        database_execute(&trial->database, "ROLLBACK", &ignored);
    return -1;
}

static void run_job(uv_work_t *work)
{
    struct trial_job *job = work->data;
    if (run_in_transaction(job) == 0)
        job->error.kind = ERROR_NONE;
}

/* ---- jobs: on the loop --------------------------------------------------------------------------------- */

static void answer_job(uv_work_t *work, int status);

static void run_first(struct store_trial *trial)
{
    if (trial->first)
        uv_queue_work(trial->loop, &trial->first->work, run_job, answer_job);
}

static void answer_job(uv_work_t *work, int status)
{
    (void)status;
    struct trial_job *job = work->data;
    struct store_trial *trial = job->trial;
    trial->first = job->next;
    if (!trial->first)
        trial->end = &trial->first;
    run_first(trial);
    job->done(job->data, job->error.kind == ERROR_NONE ? NULL : &job->error);
    free(job);
}

void store_trial_run(struct store_trial *trial, store_write_fn run, store_done_fn done, void *data)
{
    struct trial_job *job = mem_alloc(sizeof *job);
    *job = (struct trial_job){.trial = trial, .run = run, .done = done, .data = data};
    job->error = (struct error){.kind = ERROR_FAILED, .text = "the store did not say why"};
    job->work.data = job;
    const bool is_alone = !trial->first;
    *trial->end = job;
    trial->end = &job->next;
    if (is_alone)
        run_first(trial);
}

struct store_trial *trial_make(uv_loop_t *loop, const char *path)
{
    struct store_trial *trial = mem_alloc(sizeof *trial);
    *trial = (struct store_trial){.loop = loop, .path = mem_copy_text(path)};
    trial->end = &trial->first;
    trial->tx.trial = trial;
    return trial;
}

void store_trial_end(struct store_trial *trial)
{
    if (trial->open)
        database_close(&trial->database);
    names_free(&trial->tx.names);
    tail_free(&trial->tail);
    event_reader_free(&trial->events);
    buf_free(&trial->tx.body);
    free(trial->path);
    free(trial);
}
