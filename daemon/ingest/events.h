/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events that are handed in one by one, or some at a time, and are answered once they are on disk: each call
 * is one writing job, taken whole or not at all, and those that wait together share a commit.
 */
#ifndef INGEST_EVENTS_H
#define INGEST_EVENTS_H

#include "ingest/ingest.h"

/* Copies them. `done` is called once, later, on the loop; what it is handed lives for the call. */
void ingest_events(struct ingest *ingest, const struct wz_event *const *events, size_t count,
                   wz_events_taken_fn done, void *data);

#endif
