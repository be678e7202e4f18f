/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker's two pipes. */
#ifndef SCRIPT_WORKER_MESSAGES_H
#define SCRIPT_WORKER_MESSAGES_H

#include "script/frame.h"

/* Zeroed is empty. */
struct inbox {
    struct buf bytes;
    size_t taken; /* by the request before */
};

/* Waits for the next request. 1: it is there, valid until the next call; 0: the daemon hung up; -1: it is no
 * frame. */
int message_next(struct inbox *in, uint8_t *kind, struct reader *payload);
/* Writes a whole frame. A daemon that does not read any more ends the worker. */
void message_send(const struct buf *frame);
/* That requests are heard from now on. */
void message_ready(void);
/* A line of the script `file` for the daemon's log, written at `place`. */
void message_log(const char *file, const char *place, const char *text);

#endif
