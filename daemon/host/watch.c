/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder in which documents appear. A document is taken when it is complete, and put away when it is still
 * what was read.
 */
#include "host/folder_events.h"
#include "host/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is known of a program that writes a file. */
enum writer { WRITER_UNKNOWN, WRITER_THERE, WRITER_GONE };

/* How long a file stays the same before it counts as complete. A program that has closed it may open it again
 * for the next piece; one that has not closed it is waited for, unless it seems to have forgotten; and of a
 * file that was there before us nobody knows. */
static const uint64_t patience_ms[] = {
    [WRITER_GONE] = 500, [WRITER_UNKNOWN] = 15 * 1000, [WRITER_THERE] = 10 * 60 * 1000};

enum { EVENTS_MS = 500 };     /* events that come together are looked at together */
enum { MOST_AT_ONCE = 1000 }; /* each has a descriptor */
#define NEVER UINT64_MAX

enum stage {
    WAITING, /* until it is complete */
    TAKEN,   /* is being read, or is in the queue for it */
    STUCK,   /* was read and could not be put away */
};

/* A file that is seen. Times are the loop's, in milliseconds. */
struct seen {
    char *name;
    struct file_state state;
    bool looked_at; /* the state is known */
    enum writer writer;
    enum stage stage;
    uint64_t since; /* it is as it is */
};

struct watch {
    struct folder_events *events;
    uv_timer_t due; /* runs only while a file is not complete, or something has happened */
    struct host *host;
    struct wz_instance *instance;
    struct seen *files; /* in order of their names */
    size_t count;
    size_t taken;
    unsigned open_handles;
};

static uint64_t now_of(const struct watch *watch)
{
    return uv_now(watch->host->parts.loop);
}

/* ---- the list of files --------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *ending)
{
    const size_t length = strlen(name), ending_length = strlen(ending);
    return length >= ending_length && strcmp(name + length - ending_length, ending) == 0;
}

/* What other programs write before they rename it is left alone. */
static bool may_be_document(const char *name)
{
    return name[0] != '.' && !ends_with(name, ".part") && !ends_with(name, ".tmp") && !ends_with(name, "~") &&
           utf8_valid(name, strlen(name));
}

static int is_candidate(const struct dirent *entry)
{
    return may_be_document(entry->d_name);
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* Where the name is, or would be. */
static size_t place_of(const struct watch *watch, const char *name)
{
    size_t low = 0, high = watch->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(watch->files[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct seen *find_file(const struct watch *watch, const char *name)
{
    const size_t place = place_of(watch, name);
    return place < watch->count && strcmp(watch->files[place].name, name) == 0 ? &watch->files[place] : NULL;
}

static struct seen *find_or_add_file(struct watch *watch, const char *name)
{
    struct seen *known = find_file(watch, name);
    if (known)
        return known;
    const size_t place = place_of(watch, name);
    watch->files = mem_resize(watch->files, watch->count + 1, sizeof *watch->files);
    struct seen *file = &watch->files[place];
    memmove(file + 1, file, (watch->count - place) * sizeof *file);
    *file = (struct seen){.name = mem_copy_text(name)};
    watch->count++;
    return file;
}

/* The files that are there now, with what is known of them; both lists are in order. */
static void merge_entries(struct watch *watch, struct dirent *const *entries, size_t count)
{
    struct seen *files = mem_alloc((count + 1) * sizeof *files);
    size_t old = 0;
    for (size_t i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        while (old < watch->count && strcmp(watch->files[old].name, name) < 0)
            free(watch->files[old++].name);
        if (old < watch->count && strcmp(watch->files[old].name, name) == 0)
            files[i] = watch->files[old++];
        else
            files[i].name = mem_copy_text(name);
    }
    while (old < watch->count)
        free(watch->files[old++].name);
    free(watch->files);
    watch->files = files;
    watch->count = count;
}

/* ---- complete files ------------------------------------------------------------------------------------ */

static void take(struct watch *watch, struct seen *file, const char *path)
{
    const int document = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (document < 0) {
        log_error("feed %s: %s cannot be read: %s", watch->instance->section->name, path, strerror(errno));
        return;
    }
    file->stage = TAKEN;
    watch->taken++;
    deliveries_add(watch->instance, file->name, path, document, NULL, NULL);
}

/* Where nobody told of the change: a file that is seen for the first time may have been so for long. */
static uint64_t same_since(const struct watch *watch, const struct seen *file, const struct stat *status)
{
    const uint64_t now = now_of(watch);
    if (file->looked_at)
        return now;
    const int64_t age = clock_now() - ((int64_t)status->st_ctim.tv_sec + 1) * 1000;
    return age <= 0 ? now : now - ((uint64_t)age < now ? (uint64_t)age : now);
}

static void note_change(const struct watch *watch, struct seen *file, const struct stat *status)
{
    const struct file_state state = file_state_of(status);
    if (file->looked_at && file_state_equal(&file->state, &state))
        return;
    if (file->writer == WRITER_UNKNOWN)
        file->since = same_since(watch, file, status);
    file->looked_at = true;
    file->state = state;
    if (file->stage == STUCK)
        file->stage = WAITING;
}

/* In how many milliseconds it is to be looked at again. */
static uint64_t look_at(struct watch *watch, struct seen *file, const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return NEVER;
    note_change(watch, file, &status);
    if (file->stage != WAITING)
        return NEVER;
    const uint64_t now = now_of(watch), due = file->since + patience_ms[file->writer];
    if (now < due)
        return due - now;
    if (watch->taken < MOST_AT_ONCE) /* else the end of one of them has us look again */
        take(watch, file, path);
    return NEVER;
}

static void look(uv_timer_t *timer);

static void look_within(struct watch *watch, uint64_t milliseconds)
{
    if (uv_is_active((uv_handle_t *)&watch->due) && uv_timer_get_due_in(&watch->due) <= milliseconds)
        return;
    uv_timer_start(&watch->due, look, milliseconds, 0);
}

static void look_at_all(struct watch *watch)
{
    uint64_t soonest = NEVER;
    for (size_t i = 0; i < watch->count; i++) {
        char *path = mem_format("%s/%s", watch->instance->watch_path, watch->files[i].name);
        const uint64_t wait = look_at(watch, &watch->files[i], path);
        soonest = wait < soonest ? wait : soonest;
        free(path);
    }
    if (soonest != NEVER)
        look_within(watch, soonest);
}

static void look(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    struct dirent **entries = NULL;
    const int count = scandir(watch->instance->watch_path, &entries, is_candidate, by_name);
    if (count < 0)
        return;
    merge_entries(watch, entries, (size_t)count);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    look_at_all(watch);
}

/* true: that was known already. */
static bool note_writer(struct watch *watch, const char *name, enum writer writer)
{
    struct seen *file = find_or_add_file(watch, name);
    const bool known = file->writer == writer;
    file->writer = writer;
    file->since = now_of(watch);
    return known;
}

static void forget_writers(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        watch->files[i].writer = WRITER_UNKNOWN;
}

static void on_event(void *data, const char *name, enum folder_event event)
{
    struct watch *watch = data;
    if (name && !may_be_document(name))
        return;
    if (event == FILE_WRITTEN && name && note_writer(watch, name, WRITER_THERE))
        return; /* a copy of hours does not have us look all the time */
    if (event == FILE_COMPLETE && name)
        note_writer(watch, name, WRITER_GONE);
    if (event == FOLDER_CHANGED)
        forget_writers(watch);
    look_within(watch, EVENTS_MS);
}

/* ---- done with ----------------------------------------------------------------------------------------- */

enum afterwards { AS_READ, CHANGED, ANOTHER };

static enum afterwards how_it_is_now(const struct wz_delivery *delivery)
{
    struct stat there, read;
    if (fstat(delivery->document, &read) != 0 || lstat(delivery->path, &there) != 0 ||
        there.st_dev != read.st_dev || there.st_ino != read.st_ino)
        return ANOTHER;
    const struct file_state now = file_state_of(&read);
    return file_state_equal(&now, &delivery->as_read) ? AS_READ : CHANGED;
}

void watch_delivered(const struct wz_delivery *delivery, const struct delivery_report *report)
{
    struct watch *watch = delivery->instance->watch;
    struct seen *file = find_file(watch, delivery->name);
    const enum afterwards now = how_it_is_now(delivery);
    watch->taken--;
    if (now == AS_READ)
        put_away(delivery, report);
    else if (now == CHANGED)
        log_info(
            "feed %s: %s was still being written while it was read, and is read again when it is complete",
            delivery->instance->section->name, delivery->path);
    else
        log_info("feed %s: %s was removed or replaced while it was read", delivery->instance->section->name,
                 delivery->path);
    if (file) {
        file->stage = now == AS_READ ? STUCK : WAITING;
        file->since = now_of(watch);
    }
    look_within(watch, EVENTS_MS);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static int make_folder(const char *path, const char *below, struct error *error)
{
    char *folder = below ? mem_format("%s/%s", path, below) : mem_copy_text(path);
    int result = 0;
    if (mkdir(folder, 0770) != 0 && errno != EEXIST)
        result =
            error_set(error, ERROR_FAILED, "the folder %s could not be made: %s", folder, strerror(errno));
    free(folder);
    return result;
}

static void free_watch(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        free(watch->files[i].name);
    free(watch->files);
    free(watch);
}

static void handle_closed(void *data)
{
    struct watch *watch = data;
    if (--watch->open_handles > 0)
        return;
    struct host *host = watch->host;
    free_watch(watch);
    host_release(host);
}

static void timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

int watch_start(struct wz_instance *instance, struct error *error)
{
    const char *path = instance->watch_path;
    if (make_folder(path, NULL, error) != 0 || make_folder(path, "done", error) != 0 ||
        make_folder(path, "failed", error) != 0)
        return -1;
    struct watch *watch = mem_alloc(sizeof *watch);
    *watch = (struct watch){.host = instance->host, .instance = instance, .open_handles = 2};
    if (folder_events_start(&watch->events, instance->host->parts.loop, path, on_event, watch, error) != 0) {
        free(watch);
        return -1;
    }
    uv_timer_init(instance->host->parts.loop, &watch->due);
    watch->due.data = watch;
    instance->watch = watch;
    host_hold(instance->host);
    look(&watch->due);
    return 0;
}

void watch_stop(struct wz_instance *instance)
{
    struct watch *watch = instance->watch;
    if (!watch)
        return;
    instance->watch = NULL;
    folder_events_stop(watch->events, handle_closed);
    uv_close((uv_handle_t *)&watch->due, timer_closed);
}
