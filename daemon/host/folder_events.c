/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/folder_events.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

struct folder_events {
    uv_poll_t poll;
    int descriptor;
    folder_event_fn happened;
    void (*stopped)(void *data);
    void *data;
};

static enum folder_event kind_of(uint32_t mask)
{
    if (mask & IN_Q_OVERFLOW)
        return FOLDER_CHANGED;
    if (mask & (IN_IGNORED | IN_MOVE_SELF))
        return FOLDER_GONE;
    if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
        return FILE_COMPLETE;
    return mask & IN_MODIFY ? FILE_WRITTEN : FILE_CHANGED;
}

static void on_readable(uv_poll_t *poll, int status, int ready)
{
    (void)status;
    (void)ready;
    const struct folder_events *events = poll->data;
    char bytes[16 * 1024] __attribute__((aligned(__alignof__(struct inotify_event))));
    /* Once: the loop calls again while there is more, and has its turn in between. */
    const ssize_t size = read(events->descriptor, bytes, sizeof bytes);
    for (const char *at = bytes; at < bytes + size;) {
        const struct inotify_event *event = (const void *)at;
        events->happened(events->data, event->len ? event->name : NULL, kind_of(event->mask));
        at += sizeof *event + event->len;
    }
}

static int watch_folder(struct folder_events *events, const char *path)
{
    const uint32_t mask = IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                          IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
    events->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (events->descriptor < 0)
        return errno;
    if (inotify_add_watch(events->descriptor, path, mask) >= 0)
        return 0;
    const int reason = errno;
    close(events->descriptor);
    return reason;
}

int folder_events_start(struct folder_events **out, uv_loop_t *loop, const char *path,
                        folder_event_fn happened, void *data, struct error *error)
{
    struct folder_events *events = mem_alloc(sizeof *events);
    *events = (struct folder_events){.happened = happened, .data = data};
    const int failed = watch_folder(events, path);
    if (failed) {
        free(events);
        return error_set(error, ERROR_FAILED, "the folder %s cannot be watched: %s%s", path, strerror(failed),
                         failed == EMFILE || failed == ENOSPC
                             ? "; raise fs.inotify.max_user_instances and max_user_watches (sysctl)"
                             : "");
    }
    uv_poll_init(loop, &events->poll, events->descriptor);
    events->poll.data = events;
    uv_poll_start(&events->poll, UV_READABLE, on_readable);
    *out = events;
    return 0;
}

static void free_events(uv_handle_t *handle)
{
    struct folder_events *events = handle->data;
    void (*stopped)(void *data) = events->stopped;
    void *data = events->data;
    close(events->descriptor);
    free(events);
    stopped(data);
}

void folder_events_stop(struct folder_events *events, void (*stopped)(void *data))
{
    events->stopped = stopped;
    uv_close((uv_handle_t *)&events->poll, free_events);
}
