/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/readers.h"
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>

/* libuv's pool has four threads unless told otherwise. */
enum { CONNECTIONS = 4, CACHE_KIB = 1024 };

struct connection {
    struct database database;
    bool open, busy;
};

struct readers {
    uv_loop_t *loop;
    uv_mutex_t lock; /* over `busy` of the connections */
    uv_cond_t released;
    struct connection connections[CONNECTIONS];
    char *path;
    struct event_clock *clock;

    /* The loop's own. */
    size_t running;
    bool closing;
    void (*closed)(void *data);
    void *closed_data;
};

struct read_job {
    uv_work_t work;
    struct readers *readers;
    store_read_fn run;
    store_done_fn done;
    void *data;
    struct error error; /* kind ERROR_NONE: it went well */
};

/* ---- on a thread of the pool --------------------------------------------------------------------------- */

static struct connection *take_connection(struct readers *readers)
{
    struct connection *taken = NULL;
    uv_mutex_lock(&readers->lock);
    while (!taken) {
        for (size_t i = 0; i < CONNECTIONS && !taken; i++)
            if (!readers->connections[i].busy)
                taken = &readers->connections[i];
        if (!taken)
            uv_cond_wait(&readers->released, &readers->lock);
    }
    taken->busy = true;
    uv_mutex_unlock(&readers->lock);
    return taken;
}

static void give_back(struct readers *readers, struct connection *connection)
{
    uv_mutex_lock(&readers->lock);
    connection->busy = false;
    uv_cond_signal(&readers->released);
    uv_mutex_unlock(&readers->lock);
}

static int run_in_transaction(struct read_job *job, struct connection *connection)
{
    struct store_view view = {.database = &connection->database,
                              .path = job->readers->path,
                              .events_through = event_clock_through(job->readers->clock)};
    if (database_run(&connection->database, "BEGIN", &job->error) != 0)
        return -1;
    const int result = job->run(&view, job->data, &job->error);
    struct error ignored; /* of a transaction that only read */
    database_run(&connection->database, "COMMIT", &ignored);
    return result;
}

static void run_job(uv_work_t *work)
{
    struct read_job *job = work->data;
    struct connection *connection = take_connection(job->readers);
    if (!connection->open)
        connection->open =
            database_open(&connection->database, job->readers->path, true, CACHE_KIB, &job->error) == 0;
    if (connection->open && run_in_transaction(job, connection) == 0)
        job->error.kind = ERROR_NONE;
    give_back(job->readers, connection);
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void free_readers(struct readers *readers)
{
    for (size_t i = 0; i < CONNECTIONS; i++)
        if (readers->connections[i].open)
            database_close(&readers->connections[i].database);
    uv_mutex_destroy(&readers->lock);
    uv_cond_destroy(&readers->released);
    free(readers->path);
    void (*closed)(void *data) = readers->closed;
    void *data = readers->closed_data;
    free(readers);
    closed(data);
}

static void answer_job(uv_work_t *work, int status)
{
    (void)status;
    struct read_job *job = work->data;
    struct readers *readers = job->readers;
    job->done(job->data, job->error.kind == ERROR_NONE ? NULL : &job->error);
    free(job);
    if (--readers->running == 0 && readers->closing)
        free_readers(readers);
}

static void refuse_job(uv_work_t *work)
{
    struct read_job *job = work->data;
    error_set(&job->error, ERROR_CLOSED, "wijzerd is stopping");
}

void readers_submit(struct readers *readers, store_read_fn run, store_done_fn done, void *data)
{
    struct read_job *job = mem_alloc(sizeof *job);
    *job = (struct read_job){.readers = readers, .run = run, .done = done, .data = data};
    job->error = (struct error){.kind = ERROR_FAILED, .text = "the store did not say why"};
    job->work.data = job;
    readers->running++;
    uv_queue_work(readers->loop, &job->work, readers->closing ? refuse_job : run_job, answer_job);
}

struct readers *readers_make(uv_loop_t *loop, const char *path, struct event_clock *clock)
{
    struct readers *readers = mem_alloc(sizeof *readers);
    readers->loop = loop;
    readers->path = mem_copy_text(path);
    readers->clock = clock;
    uv_mutex_init(&readers->lock);
    uv_cond_init(&readers->released);
    return readers;
}

static int nothing(struct store_view *view, void *data, struct error *error)
{
    (void)view;
    (void)data;
    (void)error;
    return 0;
}

static void ignore(void *data, const struct error *error)
{
    (void)data;
    (void)error;
}

void readers_close(struct readers *readers, void (*closed)(void *data), void *data)
{
    readers->closed = closed;
    readers->closed_data = data;
    readers->closing = true;
    readers_submit(readers, nothing, ignore, NULL); /* whose answer frees, if nothing else runs */
}
