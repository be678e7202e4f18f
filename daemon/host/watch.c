/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ingest/report.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file counts as complete when it has stayed the same for so long. */
enum { SETTLE_MS = 500, MOST_AT_ONCE = 1000 };

/* A file that is seen, and how it was seen last. */
struct seen {
    char *name;
    off_t size;
    struct timespec changed;
    bool taken, present;
};

struct watch {
    uv_fs_event_t event;
    uv_timer_t settle; /* runs only while a file is not complete */
    struct host *host;
    struct wz_instance *instance;
    struct seen *files;
    size_t count;
    unsigned open_handles;
};

static void look(struct watch *watch);

/* ---- complete files ------------------------------------------------------------------------------------ */

static bool ends_with(const char *name, const char *ending)
{
    const size_t length = strlen(name), ending_length = strlen(ending);
    return length >= ending_length && strcmp(name + length - ending_length, ending) == 0;
}

/* What other programs write before they rename it is left alone. */
static int may_be_document(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && !ends_with(entry->d_name, ".part") &&
           !ends_with(entry->d_name, ".tmp") && !ends_with(entry->d_name, "~") &&
           utf8_valid(entry->d_name, strlen(entry->d_name));
}

static struct seen *find_seen(struct watch *watch, const char *name)
{
    for (size_t i = 0; i < watch->count; i++)
        if (strcmp(watch->files[i].name, name) == 0)
            return &watch->files[i];
    watch->files = mem_resize(watch->files, watch->count + 1, sizeof *watch->files);
    watch->files[watch->count] = (struct seen){.name = mem_copy_text(name), .size = -1};
    return &watch->files[watch->count++];
}

static void take(struct watch *watch, struct seen *file, const char *path)
{
    const int document = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (document < 0) {
        log_error("feed %s: %s cannot be read: %s", watch->instance->section->name, path, strerror(errno));
        return;
    }
    file->taken = true;
    deliveries_add(watch->instance, file->name, path, document, NULL, NULL);
}

/* true: it is still changing. */
static bool look_at(struct watch *watch, const char *name)
{
    char *path = mem_format("%s/%s", watch->instance->watch_path, name);
    struct stat status;
    bool changing = false;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        struct seen *file = find_seen(watch, name);
        file->present = true;
        const bool same = file->size == status.st_size && file->changed.tv_sec == status.st_mtim.tv_sec &&
                          file->changed.tv_nsec == status.st_mtim.tv_nsec;
        if (!same)
            file->taken = false;
        file->size = status.st_size;
        file->changed = status.st_mtim;
        changing = !same;
        if (same && !file->taken)
            take(watch, file, path);
    }
    free(path);
    return changing;
}

static void forget_gone(struct watch *watch)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->files[i].present)
            watch->files[kept++] = watch->files[i];
        else
            free(watch->files[i].name);
    }
    watch->count = kept;
}

static void on_settled(uv_timer_t *timer)
{
    look(timer->data);
}

static void look(struct watch *watch)
{
    struct dirent **entries = NULL;
    const int count = scandir(watch->instance->watch_path, &entries, may_be_document, alphasort);
    bool changing = count > MOST_AT_ONCE;
    for (size_t i = 0; i < watch->count; i++)
        watch->files[i].present = false;
    for (int i = 0; i < count; i++) {
        if (i < MOST_AT_ONCE)
            changing |= look_at(watch, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    forget_gone(watch);
    if (changing)
        uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    (void)name;
    (void)events;
    (void)status;
    struct watch *watch = event->data;
    if (!uv_is_active((uv_handle_t *)&watch->settle))
        look(watch);
}

/* ---- done with ----------------------------------------------------------------------------------------- */

static void write_report(const char *path, const struct delivery_report *report, const char *name)
{
    char *file = mem_format("%s.report.json", path);
    cJSON *json = report_json(report, name);
    if (report->error)
        cJSON_AddStringToObject(json, "error", report->error);
    char *text = cJSON_Print(json);
    const int descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (descriptor < 0 || dprintf(descriptor, "%s\n", text) < 0)
        log_warning("%s could not be written: %s", file, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    free(text);
    free(file);
    cJSON_Delete(json);
}

/* A name in the folder that nothing has yet: NAME, NAME.2, NAME.3 ... */
static char *free_name(const char *folder, const char *name)
{
    char *path = mem_format("%s/%s", folder, name);
    for (unsigned number = 2; access(path, F_OK) == 0; number++) {
        free(path);
        path = mem_format("%s/%s.%u", folder, name, number);
    }
    return path;
}

void watch_put_away(struct wz_instance *instance, const char *path, const char *name,
                    const struct delivery_report *report)
{
    char *folder = mem_format("%s/%s", instance->watch_path, report->error ? "failed" : "done");
    char *target = free_name(folder, name);
    if (rename(path, target) != 0)
        log_error("feed %s: %s was read, but could not be moved to %s: %s", instance->section->name, path,
                  folder, strerror(errno));
    else
        write_report(target, report, name);
    free(target);
    free(folder);
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

static void handle_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    if (--watch->open_handles > 0)
        return;
    struct host *host = watch->host;
    for (size_t i = 0; i < watch->count; i++)
        free(watch->files[i].name);
    free(watch->files);
    free(watch);
    host_release(host);
}

int watch_start(struct wz_instance *instance, struct error *error)
{
    const char *path = instance->watch_path;
    if (make_folder(path, NULL, error) != 0 || make_folder(path, "done", error) != 0 ||
        make_folder(path, "failed", error) != 0)
        return -1;
    struct watch *watch = mem_alloc(sizeof *watch);
    *watch = (struct watch){.host = instance->host, .instance = instance, .open_handles = 2};
    uv_fs_event_init(instance->host->parts.loop, &watch->event);
    uv_timer_init(instance->host->parts.loop, &watch->settle);
    watch->event.data = watch->settle.data = watch;
    instance->watch = watch;
    host_hold(instance->host);
    const int failed = uv_fs_event_start(&watch->event, on_event, path, 0);
    if (failed)
        return error_set(error, ERROR_FAILED, "the folder %s cannot be watched: %s", path,
                         uv_strerror(failed));
    look(watch);
    return 0;
}

void watch_stop(struct wz_instance *instance)
{
    if (!instance->watch)
        return;
    uv_close((uv_handle_t *)&instance->watch->event, handle_closed);
    uv_close((uv_handle_t *)&instance->watch->settle, handle_closed);
    instance->watch = NULL;
}
