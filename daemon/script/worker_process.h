/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One life of the script worker's process: started, given one request at a time, and ended from outside when
 * a request takes too long. What it says is in script/PROTOCOL.md.
 */
#ifndef SCRIPT_WORKER_PROCESS_H
#define SCRIPT_WORKER_PROCESS_H

#include "base/error.h"
#include "script/frame.h"

#include <uv.h>

struct worker_process;

struct worker_death {
    const char *where; /* its last words: "FILE:LINE" of what ran, or why it could not begin, or "" */
    const char *how;   /* what ended it, as in "took longer than 1000 ms and was ended" */
    bool by_itself;    /* it exited; no signal ended it */
    bool too_long;     /* the request under way had taken its time, and this was its end */
};

/* All on the loop. */
struct worker_callbacks {
    /* The answer to the request under way. */
    void (*answered)(void *data, uint8_t kind, struct reader *payload);
    void (*logged)(void *data, const char *file, const char *place, const char *text);
    /* It is gone, and frees itself after this. */
    void (*died)(void *data, const struct worker_death *death);
    void *data;
};

int worker_process_start(struct worker_process **process, uv_loop_t *loop, const char *path,
                         const struct worker_callbacks *callbacks, struct error *error);
/* Sends a frame (the bytes are taken over, and `frame` is empty after it). limit_ms 0: no answer is expected.
 */
void worker_process_send(struct worker_process *process, struct buf *frame, uint64_t limit_ms);
/* Ends it; `died` is called. */
void worker_process_kill(struct worker_process *process);

#endif
