/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder in which documents appear. A document is taken when it is complete, and put away when it is still
 * what was read.
 */
#include "host/folder_events.h"
#include "host/seen.h"

#include "base/clock.h"
#include "base/ending.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ingest/report.h"
#include "store/audit.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a file stays the same before it counts as complete. A program that has closed it may open it again
 * for the next piece; one that has not closed it is waited for, unless it seems to have forgotten; and of a
 * file that was there before us nobody knows. */
static const uint64_t patience_ms[] = {
    [WRITER_GONE] = 500, [WRITER_UNKNOWN] = 15 * 1000, [WRITER_THERE] = 10 * 60 * 1000};

enum { EVENTS_MS = 500 };     /* events that come together are looked at together */
enum { MOST_AT_ONCE = 1000 }; /* each has a descriptor */
/* What failed for a reason that may pass is tried again after so long, then after twice as long, and so on.
 */
enum { FIRST_RETRY_MS = 5000, LONGEST_RETRY_MS = 5 * 60 * 1000 };
#define NEVER UINT64_MAX

struct watch {
    struct folder_events *events;
    uv_timer_t due; /* runs only while a file is not complete, or something has happened */
    struct host *host;
    struct wz_instance *instance;
    struct seen_list seen;
    size_t taken;
    unsigned open_handles;
    uint64_t problems; /* so many there were */
    char *problem;     /* of the folder itself, or NULL */
    bool gone;         /* the folder is, or another may be in its place */
    unsigned tries;
};

static uint64_t now_of(const struct watch *watch)
{
    return uv_now(watch->host->parts.loop);
}

/* ---- problems ------------------------------------------------------------------------------------------ */

/* Says a problem when it is new, and keeps it for those who ask. Names may be no UTF-8. */
static void set_problem(const struct watch *watch, char **kept, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    utf8_mend(text);
    if (*kept && strcmp(*kept, text) == 0)
        return;
    log_warning("feed %s: %s", watch->instance->section->name, text);
    free(*kept);
    *kept = mem_copy_text(text);
}

static void clear_problem(char **kept)
{
    free(*kept);
    *kept = NULL;
}

static uint64_t retry_after(unsigned tries)
{
    const uint64_t longest = LONGEST_RETRY_MS, wait = (uint64_t)FIRST_RETRY_MS << (tries < 10 ? tries : 10);
    return wait < longest ? wait : longest;
}

static void try_again(struct watch *watch, struct seen *file)
{
    file->problem_number = ++watch->problems;
    file->not_before = now_of(watch) + retry_after(file->tries++);
}

const char *watch_problem(const struct wz_instance *instance)
{
    const struct watch *watch = instance->watch;
    const struct seen *last = NULL;
    if (!watch || watch->problem)
        return watch ? watch->problem : NULL;
    for (size_t i = 0; i < watch->seen.count; i++) {
        const struct seen *file = &watch->seen.files[i];
        if (file->problem && (!last || file->problem_number > last->problem_number))
            last = file;
    }
    return last ? last->problem : NULL;
}

/* ---- what may be a document ---------------------------------------------------------------------------- */

/* What is ours, and what other programs write before they rename it, is left alone. */
static bool may_be_document(const char *name)
{
    return name[0] != '.' && !ends_with(name, ".part") && !ends_with(name, ".tmp") && !ends_with(name, "~") &&
           strcmp(name, "done") != 0 && strcmp(name, "failed") != 0;
}

static int is_candidate(const struct dirent *entry)
{
    return may_be_document(entry->d_name);
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFLNK:
        return "a symbolic link";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}

/* Can it be taken at all? A symbolic link could lead to what its maker may not read. */
static bool is_document(struct watch *watch, struct seen *file, const char *path, const struct stat *status)
{
    if (!S_ISREG(status->st_mode))
        set_problem(watch, &file->problem,
                    "%s is %s and no plain file, and is passed over; put files themselves into the folder",
                    path, kind_of(status->st_mode));
    else if (!utf8_valid(file->name, strlen(file->name)))
        set_problem(watch, &file->problem, "%s has a name that is not UTF-8, and is passed over; rename it",
                    path);
    else
        return true;
    if (!file->problem_number)
        file->problem_number = ++watch->problems;
    return false;
}

/* ---- complete files ------------------------------------------------------------------------------------ */

/* Another may have come in its place since it was looked at, and to open a pipe must not wait. */
static int open_document(const char *path)
{
    struct stat status;
    const int document = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (document < 0 || (fstat(document, &status) == 0 && S_ISREG(status.st_mode)))
        return document;
    close(document);
    errno = EINVAL;
    return -1;
}

static void take(struct watch *watch, struct seen *file, const char *path)
{
    const struct feed_document document = {
        .name = file->name, .descriptor = open_document(path), .is_named = true, .user = AUDIT_NOBODY};
    if (document.descriptor < 0) {
        set_problem(watch, &file->problem, "%s cannot be read: %s; it stays there and is tried again", path,
                    strerror(errno));
        try_again(watch, file);
        return;
    }
    file->stage = TAKEN;
    watch->taken++;
    deliveries_add(watch->instance, &document, path, NULL, NULL);
}

static void put_file_away(struct watch *watch, struct seen *file)
{
    struct error error;
    const char *below = file->refused ? "failed" : "done";
    if (put_away(watch->instance->watch_path, file->name, below, file->report, &error) == 0) {
        clear_problem(&file->problem);
        file->not_before = NEVER; /* it is gone, as the next look will find */
        return;
    }
    set_problem(watch, &file->problem, "%s", error.text);
    try_again(watch, file);
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
    file->tries = 0;
    file->not_before = 0;
    clear_problem(&file->problem);
    if (file->stage == READ)
        file->stage = WAITING;
}

/* Some programs make a file, close it, and only then write it. */
static uint64_t patience_for(const struct seen *file)
{
    return patience_ms[file->writer == WRITER_GONE && file->state.size == 0 ? WRITER_UNKNOWN : file->writer];
}

static uint64_t due_time(const struct seen *file)
{
    const uint64_t complete = file->stage == READ ? 0 : file->since + patience_for(file);
    return complete > file->not_before ? complete : file->not_before;
}

/* In how many milliseconds it is to be looked at again. */
static uint64_t look_at(struct watch *watch, struct seen *file, const char *path)
{
    struct stat status;
    if (lstat(path, &status) != 0 || !is_document(watch, file, path, &status))
        return NEVER;
    note_change(watch, file, &status);
    const uint64_t now = now_of(watch);
    if (file->stage != TAKEN && now >= due_time(file)) {
        if (file->stage == READ)
            put_file_away(watch, file);
        else if (watch->taken < MOST_AT_ONCE)
            take(watch, file, path);
        else
            return NEVER; /* the end of one of them has us look again */
    }
    const uint64_t due = due_time(file);
    return file->stage == TAKEN || due == NEVER ? NEVER : due > now ? due - now : 0;
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
    for (size_t i = 0; i < watch->seen.count; i++) {
        char *path = mem_format("%s/%s", watch->instance->watch_path, watch->seen.files[i].name);
        const uint64_t wait = look_at(watch, &watch->seen.files[i], path);
        soonest = wait < soonest ? wait : soonest;
        free(path);
    }
    if (soonest != NEVER)
        look_within(watch, soonest);
}

static int list_files(struct watch *watch, struct error *error)
{
    const char *path = watch->instance->watch_path;
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_candidate, by_name);
    if (count < 0)
        return error_set(error, ERROR_FAILED, "the folder %s cannot be read: %s", path, strerror(errno));
    seen_merge(&watch->seen, entries, (size_t)count);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return 0;
}

static int follow_folder(struct watch *watch, struct error *error);

static void look(uv_timer_t *timer)
{
    struct watch *watch = timer->data;
    struct error error;
    if (follow_folder(watch, &error) != 0 || list_files(watch, &error) != 0) {
        set_problem(watch, &watch->problem, "%s; put it back, or mend its rights", error.text);
        look_within(watch, retry_after(watch->tries++));
        return;
    }
    clear_problem(&watch->problem);
    watch->tries = 0;
    look_at_all(watch);
}

/* true: that was known already. */
static bool note_writer(struct watch *watch, const char *name, enum writer writer)
{
    struct seen *file = seen_find_or_add(&watch->seen, name);
    const bool known = file->writer == writer;
    file->writer = writer;
    file->since = now_of(watch);
    return known;
}

static void forget_writers(struct watch *watch)
{
    for (size_t i = 0; i < watch->seen.count; i++)
        watch->seen.files[i].writer = WRITER_UNKNOWN;
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
    if (event == FOLDER_GONE)
        watch->gone = true;
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

static char *report_text(const struct delivery_report *report, const char *name)
{
    cJSON *json = report_json(report, name);
    if (report->error)
        cJSON_AddStringToObject(json, "error", report->error);
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    return text;
}

/* Nothing is wrong with the document: with room on the disk, say, it would have been taken. */
static bool may_pass(const struct delivery_report *report)
{
    return report->error_kind != ERROR_NONE && report->error_kind != ERROR_INPUT &&
           report->error_kind != ERROR_CANCELLED;
}

static void end_file(struct watch *watch, struct seen *file, const struct delivery_report *report)
{
    if (may_pass(report)) {
        set_problem(watch, &file->problem, "%s/%s stays there and is tried again: %s",
                    watch->instance->watch_path, file->name, report->error);
        try_again(watch, file);
        return;
    }
    file->stage = READ;
    file->refused = report->error != NULL;
    free(file->report);
    file->report = report_text(report, file->name);
    file->tries = 0;
    put_file_away(watch, file);
}

void watch_delivered(const struct wz_delivery *delivery, const struct delivery_report *report)
{
    struct watch *watch = delivery->instance->watch;
    struct seen *file = seen_find_or_add(&watch->seen, delivery->name);
    const enum afterwards now = how_it_is_now(delivery);
    watch->taken--;
    file->stage = WAITING;
    file->since = now_of(watch);
    if (now == AS_READ) {
        file->state = delivery->as_read;
        file->looked_at = true;
        end_file(watch, file, report);
    } else if (now == CHANGED) {
        log_info(
            "feed %s: %s was still being written while it was read, and is read again when it is complete",
            delivery->instance->section->name, delivery->path);
    } else {
        log_info("feed %s: %s was removed or replaced while it was read", delivery->instance->section->name,
                 delivery->path);
    }
    look_within(watch, EVENTS_MS);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static int make_folder(const char *path, const char *below, struct error *error)
{
    char *folder = below ? mem_format("%s/%s", path, below) : mem_copy_text(path);
    const int reason = mkdir(folder, 0770) == 0 || errno == EEXIST ? 0 : errno;
    if (reason)
        error_set(error, ERROR_FAILED, "the folder %s could not be made: %s%s", folder, strerror(reason),
                  reason == EROFS ? "; a service of systemd writes where its ReadWritePaths= says so" : "");
    free(folder);
    return reason ? -1 : 0;
}

static void free_watch(struct watch *watch)
{
    seen_clear(&watch->seen);
    free(watch->problem);
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

/* Where the folder was moved away, whatever is there now is watched instead. */
static int follow_folder(struct watch *watch, struct error *error)
{
    struct folder_events *events;
    if (!watch->gone)
        return 0;
    if (folder_events_start(&events, watch->host->parts.loop, watch->instance->watch_path, on_event, watch,
                            error) != 0)
        return -1;
    watch->open_handles++;
    folder_events_stop(watch->events, handle_closed);
    watch->events = events;
    watch->gone = false;
    forget_writers(watch);
    return 0;
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
