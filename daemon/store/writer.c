/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/writer.h"
#include "store/files.h"
#include "store/internal.h"
#include "store/scrub.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/trouble.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CACHE_KIB = 12 * 1024 };

/* So long without work is a rest. */
static const uint64_t rest_ns = 1000000000;

/* Events are packed again so long after it failed: a full disk is not made emptier by trying. */
static const uint64_t pack_again_ns = 60000000000;

/* The tail of events is looked through by who asks, so when it is that long, jobs wait until it is shorter.
 */
enum { TAIL_SEGMENTS = 8 };

struct write_job {
    struct write_job *next;
    store_write_fn run;
    store_done_fn done;
    void *data;
    enum store_scrub how; /* of a scrub */
    const uint8_t *bytes; /* of a scrub */
    bool remade;          /* as in store_write_remade */
    bool repeatable;      /* it may run again after it was undone */
    bool scrubs;          /* instead of running in a transaction, it works on the files, alone */
    bool awaited, over;   /* by writer_run, whose it is; over: it looks at the error now */
    struct error error;   /* kind ERROR_NONE: it went well */
};

/* First in, first out. */
struct job_list {
    struct write_job *first, **end;
};

struct writer {
    uv_thread_t thread;
    uv_async_t answered; /* wakes the loop */
    uv_prepare_t waking; /* wakes the thread, when a turn of the loop is over */
    uv_mutex_t lock;     /* over the next four */
    uv_cond_t changed;
    struct job_list waiting, finished;
    bool stopping, thread_over;
    atomic_uint_least64_t position; /* of the log, committed */

    /* The thread's own. */
    struct database database;
    struct store_tx tx;
    char *path;
    bool hurries;        /* commits are not waited for until they are on disk */
    bool resting;        /* what is not needed has been given back */
    uint64_t pack_after; /* by uv_hrtime */
    struct store_files files;
    struct error lost; /* the files are; kind ERROR_NONE: they are not */

    /* The loop's own. */
    struct trouble trouble; /* why the last job could not be kept */
    void (*stopped)(void *data);
    void *stopped_data;
};

static void list_init(struct job_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

static void list_append(struct job_list *list, struct write_job *job)
{
    job->next = NULL;
    *list->end = job;
    list->end = &job->next;
}

/* A job that has to be alone, or those before the first such one. */
static struct write_job *list_take_group(struct job_list *list)
{
    struct write_job *first = list->first, *last = first;
    while (last && !last->scrubs && last->next && !last->next->scrubs)
        last = last->next;
    list->first = last ? last->next : NULL;
    if (!list->first)
        list->end = &list->first;
    if (last)
        last->next = NULL;
    return first;
}

static struct write_job *list_take_all(struct job_list *list)
{
    struct write_job *first = list->first;
    list_init(list);
    return first;
}

/* ---- on the thread ------------------------------------------------------------------------------------- */

/* Undoes what names and counts learned in a transaction that is not to be. */
static void forget_undone(struct store_tx *tx, const struct counts *counts)
{
    tx->counts = *counts;
    names_clear(&tx->names);
    event_writer_undone(tx->events, counts->position);
}

/* Runs one job of several inside a savepoint, so that it can be undone alone. */
static void run_in_savepoint(struct writer *writer, struct write_job *job)
{
    const struct counts before = writer->tx.counts;
    struct error ignored;
    if (database_run(&writer->database, "SAVEPOINT job", &job->error) != 0)
        return;
    if (job->run(&writer->tx, job->data, &job->error) != 0 || tail_close(&writer->tx, &job->error) != 0) {
        database_run(&writer->database, "ROLLBACK TO job", &ignored);
        forget_undone(&writer->tx, &before);
    } else {
        job->error.kind = ERROR_NONE;
    }
    database_run(&writer->database, "RELEASE job", &ignored);
}

/* A job that is alone needs no savepoint, which would keep a copy of every page that a large import touches;
 * nor do several that can be run again, should one fail. */
static bool can_run_together(const struct write_job *job)
{
    if (!job->next)
        return true;
    while (job && job->repeatable)
        job = job->next;
    return !job;
}

/* Up to the first that fails; 0: none did. */
static int run_together(struct writer *writer, struct write_job *first)
{
    for (struct write_job *job = first; job; job = job->next) {
        if (job->run(&writer->tx, job->data, &job->error) != 0)
            return -1;
        job->error.kind = ERROR_NONE;
    }
    return 0;
}

/* Where the disk is full, or cannot be written, SQLite undoes the whole transaction: what the jobs behind
 * that did would be kept at once, each in a transaction of its own. */
static bool was_undone(const struct writer *writer)
{
    return sqlite3_get_autocommit(writer->database.handle);
}

static int say_full(struct error *error)
{
    return error_set(
        error, ERROR_FULL,
        "the disk is full; free some space and send it again: what was kept already is recognised");
}

/* -1: nothing of any of them is kept. */
static int run_apart(struct writer *writer, struct write_job *first, struct error *error)
{
    for (struct write_job *job = first; job; job = job->next) {
        run_in_savepoint(writer, job);
        if (!was_undone(writer))
            continue;
        if (job->error.kind == ERROR_NONE)
            return say_full(error);
        *error = job->error;
        return -1;
    }
    return 0;
}

static bool any_went_well(const struct write_job *job)
{
    while (job && job->error.kind != ERROR_NONE)
        job = job->next;
    return job != NULL;
}

static void fail_all(struct write_job *job, const struct error *error)
{
    for (; job; job = job->next)
        if (job->error.kind == ERROR_NONE)
            job->error = *error;
}

/* After the commit, for only then it is known where it went. Once lost, the files stay so until the next
 * start: what was written to them meanwhile is known to nobody. */
static int check_files(struct writer *writer, struct error *error)
{
    if (files_check(&writer->files, &writer->lost) == 0)
        return 0;
    *error = writer->lost;
    return -1;
}

static int commit(struct writer *writer, struct error *error)
{
    if (was_undone(writer))
        return say_full(error);
    if (tail_close(&writer->tx, error) != 0 || counts_save(&writer->tx, error) != 0)
        return -1;
    if (database_run(&writer->database, "COMMIT", error) != 0)
        return -1;
    return check_files(writer, error);
}

/* In WAL mode a commit that is not waited for can be lost, and with it those after it, but the next that is
 * waited for brings all before it to disk, in order (https://sqlite.org/pragma.html#pragma_synchronous). */
static int set_hurry(struct writer *writer, bool hurries, struct error *error)
{
    if (writer->hurries == hurries)
        return 0;
    const char *mode = hurries ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL";
    if (database_execute(&writer->database, mode, error) != 0)
        return -1;
    writer->hurries = hurries;
    return 0;
}

static int begin(struct writer *writer, bool hurries, struct error *error)
{
    if (writer->lost.kind == ERROR_NONE)
        return set_hurry(writer, hurries, error) == 0
                   ? database_run(&writer->database, "BEGIN IMMEDIATE", error)
                   : -1;
    *error = writer->lost;
    return -1;
}

static bool can_be_remade(const struct write_job *job)
{
    while (job && job->remade)
        job = job->next;
    return !job;
}

static void roll_back(struct writer *writer)
{
    struct error ignored;
    if (!was_undone(writer))
        database_run(&writer->database, "ROLLBACK", &ignored);
    forget_undone(&writer->tx, &writer->tx.committed);
}

static void note_committed(struct writer *writer)
{
    writer->tx.committed = writer->tx.counts;
    atomic_store(&writer->position, writer->tx.counts.position);
}

/* In a transaction that is begun here. */
static int run_jobs(struct writer *writer, struct write_job *first, struct error *error)
{
    const bool hurries = can_be_remade(first);
    if (begin(writer, hurries, error) != 0)
        return -1;
    if (can_run_together(first)) {
        if (run_together(writer, first) == 0 || !first->next)
            return 0;
        roll_back(writer);
        if (begin(writer, hurries, error) != 0)
            return -1;
    }
    return run_apart(writer, first, error);
}

/* One transaction for all jobs of the list. */
static void run_group(struct writer *writer, struct write_job *first)
{
    struct error error;
    for (struct write_job *job = first; job; job = job->next)
        job->error = (struct error){.kind = ERROR_FAILED, .text = "the store did not say why"};
    if (run_jobs(writer, first, &error) != 0) {
        roll_back(writer);
        for (struct write_job *job = first; job; job = job->next)
            job->error = error;
    } else if (any_went_well(first) && commit(writer, &error) == 0) {
        note_committed(writer);
    } else {
        roll_back(writer);
        fail_all(first, &error);
    }
    event_writer_committed(writer->tx.events);
}

/* What is there to be done for the events that came in: one thing at a time, so that nobody waits long. */
typedef int (*tidy_fn)(struct store_tx *tx, struct error *error);

static int merge_runs(struct store_tx *tx, struct error *error)
{
    bool merged;
    if (runs_merge(tx, &merged, error) != 0)
        return -1;
    tx->counts.tail.may_be_merged = merged;
    return 0;
}

static tidy_fn next_to_tidy(const struct store_tx *tx, bool resting)
{
    if (tail_wants_joining(&tx->counts.tail))
        return tail_join;
    if (tx->counts.tail.may_be_merged)
        return merge_runs;
    return events_fill(tx, resting ? 1 : 2) ? events_pack : NULL;
}

/* Packs events and the like, if it is time: of what is on disk, so a power cut that takes it back loses
 * nothing. Whoever waits for a commit waits for no more than that. Returns whether it did. */
static bool tidy(struct writer *writer, bool resting)
{
    struct store_tx *tx = &writer->tx;
    struct error error;
    const tidy_fn step = next_to_tidy(tx, resting);
    if (!step || writer->lost.kind != ERROR_NONE || uv_hrtime() < writer->pack_after ||
        begin(writer, true, &error) != 0)
        return false;
    if (step(tx, &error) == 0 && commit(writer, &error) == 0) {
        note_committed(writer);
        event_writer_moved(tx->events);
        return true;
    }
    roll_back(writer);
    struct error ignored;
    if (tail_count(&tx->counts.tail, &tx->view, &ignored) == 0) /* what was thought may not be so */
        tx->committed.tail = tx->counts.tail;
    if (error.kind != ERROR_NOT_FOUND) {
        log_warning("events could not be packed, and take more room until they are: %s", error.text);
        writer->pack_after = uv_hrtime() + pack_again_ns;
    }
    return false;
}

static void run_scrub(struct writer *writer, struct write_job *job)
{
    job->error.kind = ERROR_NONE;
    if (writer->lost.kind != ERROR_NONE)
        job->error = writer->lost;
    else if (scrub_files(&writer->database, job->how, job->bytes, &job->error) == 0)
        check_files(writer, &job->error);
}

/* Everything is written: the pages that were kept for the next job, and what the work of the whole daemon
 * left free in between, are the system's again. */
static void give_back_memory(struct writer *writer)
{
    map_free(&writer->tx.names.subjects);
    event_writer_rest(&writer->tx);
    database_shrink(&writer->database);
    malloc_trim(0);
}

/* With the lock. Returns when there is work, or it is time to end. */
static void wait_for_work(struct writer *writer)
{
    while (!writer->waiting.first && !writer->stopping) {
        if (writer->resting) {
            uv_cond_wait(&writer->changed, &writer->lock);
        } else if (uv_cond_timedwait(&writer->changed, &writer->lock, rest_ns) == UV_ETIMEDOUT) {
            uv_mutex_unlock(&writer->lock);
            const bool tidied = tidy(writer, true);
            if (!tidied)
                give_back_memory(writer);
            uv_mutex_lock(&writer->lock);
            writer->resting = !tidied;
        }
    }
    writer->resting = false;
}

/* Moves finished jobs to where the loop finds them. */
static void finish_group(struct writer *writer, struct write_job *finished)
{
    uv_mutex_lock(&writer->lock);
    while (finished) {
        struct write_job *next = finished->next;
        if (finished->awaited)
            finished->over = true;
        else
            list_append(&writer->finished, finished);
        finished = next;
    }
    uv_cond_broadcast(&writer->changed);
    if (writer->finished.first)
        uv_async_send(&writer->answered);
    uv_mutex_unlock(&writer->lock);
}

/* NULL: it is time to end. */
static struct write_job *next_group(struct writer *writer)
{
    uv_mutex_lock(&writer->lock);
    wait_for_work(writer);
    struct write_job *group = list_take_group(&writer->waiting);
    uv_mutex_unlock(&writer->lock);
    return group;
}

/* What is not packed by then is packed after the next start. */
static bool is_to_end(struct writer *writer)
{
    uv_mutex_lock(&writer->lock);
    const bool stopping = writer->stopping;
    uv_mutex_unlock(&writer->lock);
    return stopping;
}

static void write_jobs(void *data)
{
    struct writer *writer = data;
    struct write_job *group;
    pthread_setname_np(pthread_self(), "wijzer-store"); /* for whoever wonders what keeps wijzerd busy */
    while ((group = next_group(writer))) {
        if (group->scrubs)
            run_scrub(writer, group);
        else
            run_group(writer, group);
        finish_group(writer, group);
        while (tidy(writer, false) && events_fill(&writer->tx, TAIL_SEGMENTS) && !is_to_end(writer))
            ;
    }
    struct error error;
    if (writer->lost.kind == ERROR_NONE &&
        database_execute(&writer->database, "PRAGMA wal_checkpoint(TRUNCATE)", &error) != 0)
        log_warning("the last checkpoint: %s", error.text);
    names_free(&writer->tx.names);
    buf_free(&writer->tx.body);
    buf_free(&writer->tx.ids);
    event_writer_free(writer->tx.events);
    database_close(&writer->database);

    uv_mutex_lock(&writer->lock);
    writer->thread_over = true;
    uv_async_send(&writer->answered);
    uv_mutex_unlock(&writer->lock);
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void free_parts(struct writer *writer)
{
    files_free(&writer->files);
    trouble_free(&writer->trouble);
    free(writer->path);
    free(writer);
}

static void note_outcome(struct writer *writer, const struct error *error)
{
    if (error->kind == ERROR_FULL || error->kind == ERROR_FAILED)
        trouble_begins(&writer->trouble, "the store cannot be written", error->text);
    else if (error->kind == ERROR_NONE)
        trouble_is_over(&writer->trouble, "the store can be written again");
}

uint64_t writer_position(const struct writer *writer)
{
    return atomic_load(&writer->position);
}

const char *writer_trouble(const struct writer *writer)
{
    return writer->trouble.text;
}

/* Answers those that are finished. false: there are none. */
static bool answer_finished(struct writer *writer, bool *thread_is_over)
{
    uv_mutex_lock(&writer->lock);
    struct write_job *job = list_take_all(&writer->finished);
    *thread_is_over = writer->thread_over;
    uv_mutex_unlock(&writer->lock);
    const bool any = job != NULL;
    while (job) {
        struct write_job *next = job->next;
        note_outcome(writer, &job->error);
        job->done(job->data, job->error.kind == ERROR_NONE ? NULL : &job->error);
        free(job);
        job = next;
    }
    return any;
}

static void free_writer(uv_handle_t *handle)
{
    struct writer *writer = handle->data;
    void (*stopped)(void *data) = writer->stopped;
    void *data = writer->stopped_data;
    bool over;
    while (answer_finished(writer, &over)) /* what came while the handles were closed, which is refused */
        ;
    uv_mutex_destroy(&writer->lock);
    uv_cond_destroy(&writer->changed);
    free_parts(writer);
    if (stopped)
        stopped(data);
}

static void close_waking(uv_handle_t *handle)
{
    struct writer *writer = handle->data;
    uv_close((uv_handle_t *)&writer->waking, free_writer);
}

static void answer_jobs(uv_async_t *async)
{
    struct writer *writer = async->data;
    bool over;
    answer_finished(writer, &over);
    if (!over)
        return;
    uv_thread_join(&writer->thread);
    uv_close((uv_handle_t *)&writer->answered, close_waking);
}

static void wake_thread(uv_prepare_t *waking)
{
    struct writer *writer = waking->data;
    uv_prepare_stop(waking);
    uv_mutex_lock(&writer->lock);
    uv_cond_signal(&writer->changed);
    uv_mutex_unlock(&writer->lock);
}

/* A thread that rests is woken when the loop is about to wait, so that all that came in until then is one
 * transaction, and nobody waits for that. */
static void submit(struct writer *writer, const struct write_job *given)
{
    struct write_job *job = mem_alloc(sizeof *job);
    *job = *given;
    uv_mutex_lock(&writer->lock);
    if (writer->stopping) {
        error_set(&job->error, ERROR_CLOSED, "wijzerd is stopping");
        list_append(&writer->finished, job);
        uv_async_send(&writer->answered);
    } else {
        list_append(&writer->waiting, job);
        uv_prepare_start(&writer->waking, wake_thread);
    }
    uv_mutex_unlock(&writer->lock);
}

void writer_submit(struct writer *writer, store_write_fn run, store_done_fn done, void *data)
{
    const struct write_job job = {.run = run, .done = done, .data = data};
    submit(writer, &job);
}

void writer_submit_repeatable(struct writer *writer, store_write_fn run, store_done_fn done, void *data)
{
    const struct write_job job = {.run = run, .repeatable = true, .done = done, .data = data};
    submit(writer, &job);
}

void writer_submit_remade(struct writer *writer, store_write_fn run, store_done_fn done, void *data)
{
    const struct write_job job = {.run = run, .done = done, .data = data, .remade = true};
    submit(writer, &job);
}

void writer_scrub(struct writer *writer, enum store_scrub how, const uint8_t bytes[PSEUDONYM_SIZE],
                  store_done_fn done, void *data)
{
    const struct write_job job = {.scrubs = true, .how = how, .bytes = bytes, .done = done, .data = data};
    submit(writer, &job);
}

int writer_run(struct writer *writer, store_write_fn run, void *data, struct error *error)
{
    struct write_job job = {.run = run, .data = data, .awaited = true};
    uv_mutex_lock(&writer->lock);
    list_append(&writer->waiting, &job);
    uv_cond_broadcast(&writer->changed);
    while (!job.over)
        uv_cond_wait(&writer->changed, &writer->lock);
    uv_mutex_unlock(&writer->lock);
    if (job.error.kind == ERROR_NONE)
        return 0;
    *error = job.error;
    return -1;
}

static int open_database(struct writer *writer, struct event_clock *clock, struct error *error)
{
    if (database_open(&writer->database, writer->path, false, CACHE_KIB, error) != 0)
        return -1;
    writer->tx.view =
        (struct store_view){.database = &writer->database, .path = writer->path, .events_through = INT64_MIN};
    if (schema_migrate(&writer->database, error) == 0 && counts_load(&writer->tx, error) == 0 &&
        event_writer_make(&writer->tx, clock, error) == 0 &&
        files_note(&writer->files, writer->path, error) == 0) {
        writer->database.starts = false;
        note_committed(writer);
        return 0;
    }
    event_writer_free(writer->tx.events);
    database_close(&writer->database);
    return error_at(error, "%s", writer->path);
}

int writer_start(struct writer **out, uv_loop_t *loop, const char *path, struct event_clock *clock,
                 struct error *error)
{
    struct writer *writer = mem_alloc(sizeof *writer);
    writer->path = mem_copy_text(path);
    list_init(&writer->waiting);
    list_init(&writer->finished);
    if (open_database(writer, clock, error) != 0) {
        free_parts(writer);
        return -1;
    }
    uv_mutex_init(&writer->lock);
    uv_cond_init(&writer->changed);
    uv_async_init(loop, &writer->answered, answer_jobs);
    uv_prepare_init(loop, &writer->waking);
    writer->answered.data = writer->waking.data = writer;
    uv_thread_create(&writer->thread, write_jobs, writer);
    *out = writer;
    return 0;
}

void writer_stop(struct writer *writer, void (*stopped)(void *data), void *data)
{
    writer->stopped = stopped;
    writer->stopped_data = data;
    uv_mutex_lock(&writer->lock);
    writer->stopping = true;
    uv_cond_signal(&writer->changed);
    uv_mutex_unlock(&writer->lock);
}
