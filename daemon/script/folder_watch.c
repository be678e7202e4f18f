/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/script_folder.h"

#include "base/log.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_MS = 50, MOST_FOLDERS = 16 };

/* A folder that is not there cannot be watched, so the nearest one above it is, for as long as that lasts. */
struct watched {
    uv_fs_event_t event, above;
    char *path;
    char *above_path; /* of the one above that is watched, or NULL */
    char *awaited;    /* the name in it that leads to the folder */
    bool told;        /* that it cannot be watched */
};

struct folder_watch {
    struct watched folders[MOST_FOLDERS];
    size_t count;
    uv_timer_t settle; /* a file that is being saved changes several times */
    size_t open_handles;
    void (*changed)(void *data);
    void (*stopped)(void *data);
    void *data;
};

static void on_settled(uv_timer_t *timer)
{
    struct folder_watch *watch = timer->data;
    watch->changed(watch->data);
}

static void look_soon(struct folder_watch *watch)
{
    if (!uv_is_active((uv_handle_t *)&watch->settle))
        uv_timer_start(&watch->settle, on_settled, SETTLE_MS, 0);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    (void)name;
    (void)events;
    (void)status;
    look_soon(event->data);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Much may happen up there that is none of our business; that it goes itself comes with its own name. */
static void on_event_above(uv_fs_event_t *event, const char *name, int events, int status)
{
    (void)events;
    (void)status;
    struct folder_watch *watch = event->data;
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *folder = &watch->folders[i];
        if (&folder->above != event || !folder->awaited)
            continue;
        if (!name || strcmp(name, folder->awaited) == 0 || strcmp(name, last_name(folder->above_path)) == 0)
            look_soon(watch);
    }
}

static void stop_above(struct watched *folder)
{
    uv_fs_event_stop(&folder->above);
    free(folder->above_path);
    free(folder->awaited);
    folder->above_path = folder->awaited = NULL;
}

/* The folder that holds what a path names, which becomes `name`; NULL: there is none above. */
static char *folder_above(const char *path, char **name)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    *name = NULL;
    if (start == end) /* "/" itself */
        return NULL;
    *name = strndup(path + start, end - start);
    while (start > 1 && path[start - 1] == '/')
        start--;
    if (start == 0)
        return strcmp(*name, ".") == 0 ? NULL : mem_copy_text(".");
    return strndup(path, start);
}

static void watch_above(struct watched *folder)
{
    char *at = mem_copy_text(folder->path);
    while (at && !folder->above_path) {
        char *name, *above = folder_above(at, &name);
        free(at);
        at = above;
        if (above && uv_fs_event_start(&folder->above, on_event_above, above, 0) == 0) {
            folder->above_path = mem_copy_text(above);
            folder->awaited = name;
            name = NULL;
        }
        free(name);
    }
    free(at);
}

static bool can_be_read(const char *path)
{
    DIR *folder = opendir(path);
    if (folder)
        closedir(folder);
    return folder != NULL;
}

/* The one above is watched before this one is looked at, or it could come unseen in between. */
static void renew(struct watched *folder)
{
    stop_above(folder);
    uv_fs_event_stop(&folder->event);
    watch_above(folder);
    const int failed = uv_fs_event_start(&folder->event, on_event, folder->path, 0);
    if (!can_be_read(folder->path))
        return; /* which is told of when it is read */
    stop_above(folder);
    if (failed && !folder->told)
        log_warning("scripts folder %s is not watched: %s; send SIGHUP when a script has changed",
                    folder->path, uv_strerror(failed));
    folder->told = failed != 0;
}

void folder_watch_renew(struct folder_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        renew(&watch->folders[i]);
}

static void watch_folder(struct folder_watch *watch, uv_loop_t *loop, const char *path)
{
    if (watch->count == MOST_FOLDERS) {
        log_warning("scripts folder %s: only the first %d folders are watched", path, MOST_FOLDERS);
        return;
    }
    struct watched *folder = &watch->folders[watch->count++];
    folder->path = mem_copy_text(path);
    uv_fs_event_init(loop, &folder->event);
    uv_fs_event_init(loop, &folder->above);
    folder->event.data = folder->above.data = watch;
    watch->open_handles += 2;
}

struct folder_watch *folder_watch_start(uv_loop_t *loop, const char *folders, void (*changed)(void *data),
                                        void *data)
{
    struct folder_watch *watch = mem_alloc(sizeof *watch);
    watch->changed = changed;
    watch->data = data;
    uv_timer_init(loop, &watch->settle);
    watch->settle.data = watch;
    watch->open_handles = 1;
    char *copy = mem_copy_text(folders), *rest = NULL;
    for (char *folder = strtok_r(copy, ":", &rest); folder; folder = strtok_r(NULL, ":", &rest))
        watch_folder(watch, loop, folder);
    free(copy);
    folder_watch_renew(watch);
    return watch;
}

static void handle_closed(uv_handle_t *handle)
{
    struct folder_watch *watch = handle->data;
    if (--watch->open_handles > 0)
        return;
    void (*stopped)(void *data) = watch->stopped;
    void *data = watch->data;
    for (size_t i = 0; i < watch->count; i++)
        free(watch->folders[i].path);
    free(watch);
    stopped(data);
}

void folder_watch_stop(struct folder_watch *watch, void (*stopped)(void *data))
{
    watch->stopped = stopped;
    for (size_t i = 0; i < watch->count; i++) {
        stop_above(&watch->folders[i]);
        uv_close((uv_handle_t *)&watch->folders[i].above, handle_closed);
        uv_close((uv_handle_t *)&watch->folders[i].event, handle_closed);
    }
    uv_close((uv_handle_t *)&watch->settle, handle_closed);
}
