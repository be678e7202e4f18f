/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"
#include "store/internal.h"
#include "store/readers.h"
#include "store/trial.h"
#include "store/writer.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct store {
    uv_loop_t *loop;
    char *path;
    int lock; /* open on the lock file; the lock goes with the process */
    struct event_clock events;
    struct writer *writer;
    struct readers *readers;
    void (*closed)(void *data);
    void *closed_data;
};

static int make_folder(const char *dir, struct error *error)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return 0;
    return error_set(error, ERROR_FAILED, "the state folder %s could not be made: %s", dir, strerror(errno));
}

/* A record lock, not flock: a child of a killed wijzerd that has not come to its exec yet would still hold
 * that one. */
static int take_lock(struct store *store, const char *dir, struct error *error)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = mem_format("%s/wijzer.lock", dir);
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int result = 0;
    if (store->lock < 0)
        result = error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    else if (fcntl(store->lock, F_SETLK, &whole) != 0)
        result =
            error_set(error, ERROR_FAILED, "another wijzerd uses the state folder %s; stop it first", dir);
    free(path);
    return result;
}

/* SQLite makes its other files with the mode of the first. */
static int make_file(const char *path, struct error *error)
{
    const int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return error_set(error, errno == ENOSPC ? ERROR_FULL : ERROR_FAILED, "%s: %s", path, strerror(errno));
    close(descriptor);
    return 0;
}

/* Of SQLite in this process, which takes it until it has opened its first file. Nobody asks for its counts of
 * memory, which cost a lock each time that some is taken. */
static void set_up_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static void free_store(struct store *store)
{
    if (store->lock >= 0)
        close(store->lock);
    free(store->path);
    free(store);
}

int store_open(struct store **out, uv_loop_t *loop, const char *dir, struct error *error)
{
    struct store *store = mem_alloc(sizeof *store);
    set_up_sqlite();
    store->lock = -1;
    store->loop = loop;
    store->path = mem_format("%s/wijzer.db", dir);
    if (make_folder(dir, error) != 0 || take_lock(store, dir, error) != 0 ||
        make_file(store->path, error) != 0 ||
        writer_start(&store->writer, loop, store->path, &store->events, error) != 0) {
        free_store(store);
        return -1;
    }
    store->readers = readers_make(loop, store->path, &store->events);
    *out = store;
    return 0;
}

static void writer_gone(void *data)
{
    struct store *store = data;
    void (*closed)(void *data) = store->closed;
    void *closed_data = store->closed_data;
    free_store(store);
    closed(closed_data);
}

static void readers_gone(void *data)
{
    struct store *store = data;
    writer_stop(store->writer, writer_gone, store);
}

/* Readers first: the writer's last checkpoint wants the store for itself. */
void store_close(struct store *store, void (*closed)(void *data), void *data)
{
    store->closed = closed;
    store->closed_data = data;
    readers_close(store->readers, readers_gone, store);
}

void store_write(struct store *store, store_write_fn job, store_done_fn done, void *data)
{
    writer_submit(store->writer, job, done, data);
}

void store_write_repeatable(struct store *store, store_write_fn job, store_done_fn done, void *data)
{
    writer_submit_repeatable(store->writer, job, done, data);
}

void store_write_remade(struct store *store, store_write_fn job, store_done_fn done, void *data)
{
    writer_submit_remade(store->writer, job, done, data);
}

void store_scrub(struct store *store, enum store_scrub how, const uint8_t bytes[PSEUDONYM_SIZE],
                 store_done_fn done, void *data)
{
    writer_scrub(store->writer, how, bytes, done, data);
}

int store_write_now(struct store *store, store_write_fn job, void *data, struct error *error)
{
    return writer_run(store->writer, job, data, error);
}

uint64_t store_position(const struct store *store)
{
    return writer_position(store->writer);
}

const char *store_trouble(const struct store *store)
{
    return writer_trouble(store->writer);
}

void store_read(struct store *store, store_read_fn job, store_done_fn done, void *data)
{
    readers_submit(store->readers, job, done, data);
}

struct store_trial *store_trial_begin(struct store *store)
{
    return trial_make(store->loop, store->path);
}

struct store_view *store_tx_view(struct store_tx *tx)
{
    return &tx->view;
}
