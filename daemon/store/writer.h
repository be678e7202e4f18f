/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: the thread that writes. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "store/event/writer.h"
#include "store/store.h"

struct writer;

/* Opens the database, migrates it and starts the thread. `clock` outlives it. */
int writer_start(struct writer **writer, uv_loop_t *loop, const char *path, struct event_clock *clock,
                 struct error *error);
/* On the loop. Jobs after writer_stop are answered with ERROR_CLOSED until `stopped` is called. */
void writer_submit(struct writer *writer, store_write_fn job, store_done_fn done, void *data);
/* As store_write_remade. */
void writer_submit_remade(struct writer *writer, store_write_fn job, store_done_fn done, void *data);
/* As store_write_repeatable. */
void writer_submit_repeatable(struct writer *writer, store_write_fn job, store_done_fn done, void *data);
/* The same for a caller that waits; 0 when it is committed. */
int writer_run(struct writer *writer, store_write_fn job, void *data, struct error *error);
/* As store_scrub. */
void writer_scrub(struct writer *writer, enum store_scrub how, const uint8_t bytes[PSEUDONYM_SIZE],
                  store_done_fn done, void *data);
/* As store_position. */
uint64_t writer_position(const struct writer *writer);
/* Why nothing can be kept since some job, or NULL. */
const char *writer_trouble(const struct writer *writer);
void writer_stop(struct writer *writer, void (*stopped)(void *data), void *data);

#endif
