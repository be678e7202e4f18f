/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: reading jobs, on libuv's thread pool, with read-only connections of their own. */
#ifndef STORE_READERS_H
#define STORE_READERS_H

#include "store/event/writer.h"
#include "store/store.h"

struct readers;

struct readers *readers_make(uv_loop_t *loop, const char *path, struct event_clock *clock);
void readers_submit(struct readers *readers, store_read_fn job, store_done_fn done, void *data);
/* Waits for the jobs that run; later ones are answered with ERROR_CLOSED. */
void readers_close(struct readers *readers, void (*closed)(void *data), void *data);

#endif
