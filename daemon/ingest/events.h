/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events that are handed in one by one, or some at a time, and are answered once they are on disk: each call
 * is one writing job, taken whole or not at all, and those that wait together share a commit.
 */
#ifndef INGEST_EVENTS_H
#define INGEST_EVENTS_H

#include "ingest/ingest.h"

/*
 * Events on their way in, checked and packed (see packed_event.h). Made and filled on any thread, of each on
 * one at a time; the ingest outlives it.
 */
struct wz_parcel *parcel_make(const struct ingest *ingest);
/* Copies the event. -1: it cannot be kept; handed in, the parcel is refused for it. */
int parcel_add(struct wz_parcel *parcel, const struct wz_event *event);
size_t parcel_size(const struct wz_parcel *parcel); /* in bytes */
void parcel_free(struct wz_parcel *parcel);

/* On the loop. Takes the parcel over; `done` as below. */
void ingest_parcel(struct ingest *ingest, struct wz_parcel *parcel, wz_events_taken_fn done, void *data);
/* So many bytes of events wait for the disk. */
size_t ingest_waiting(const struct ingest *ingest);

/* Copies them. `done` is called once, later, on the loop; what it is handed lives for the call. */
void ingest_events(struct ingest *ingest, const struct wz_event *const *events, size_t count,
                   wz_events_taken_fn done, void *data);

#endif
