/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens to the files of a folder. libuv tells that something changed; this also tells that a program
 * has closed what it wrote, which is the one sign that a file is complete.
 */
#ifndef HOST_FOLDER_EVENTS_H
#define HOST_FOLDER_EVENTS_H

#include "base/error.h"

#include <uv.h>

struct folder_events; /* its owner's until folder_events_stop */

enum folder_event {
    FILE_WRITTEN,   /* by a program that has it open */
    FILE_COMPLETE,  /* closed by who wrote it, or moved in */
    FILE_CHANGED,   /* came, went, or got other rights */
    FOLDER_CHANGED, /* look at all of it, for events were lost */
    FOLDER_GONE,    /* removed, moved or unmounted: nothing is told any more */
};

/* `name` is NULL where it is about the folder. It must not stop the events. */
typedef void (*folder_event_fn)(void *data, const char *name, enum folder_event event);

int folder_events_start(struct folder_events **events, uv_loop_t *loop, const char *path,
                        folder_event_fn happened, void *data, struct error *error);
/* `stopped` is called on the loop; then it is gone. */
void folder_events_stop(struct folder_events *events, void (*stopped)(void *data));

#endif
