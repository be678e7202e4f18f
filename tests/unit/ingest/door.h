/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ingest on a store in a folder of its own, and calls that hand it events. */
#ifndef TEST_INGEST_DOOR_H
#define TEST_INGEST_DOOR_H

#include "ingest/events.h"

struct door {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
    struct ingest *ingest;
    unsigned grown; /* so often it was told that the log grew */
};

/* Set-up and teardown of cmocka. */
int door_open(void **state);
int door_close(void **state);
/* Only the store and the ingest: 0, or -1. */
int door_open_parts(struct door *door);
void door_close_parts(struct door *door);

enum { MOST_FATES = 8 };

/* What became of a call: given to on_taken, zeroed. */
struct answer {
    bool done;
    enum wz_failure failure;
    char error[1000];
    size_t at, count;
    uint8_t fates[MOST_FATES]; /* the first, where it was refused, or there was no failure */
};
void on_taken(void *data, const struct wz_events_taken *taken);
void await_answer(struct door *door, const struct answer *answer);
/* Hands in some, MOST_FATES at most, and waits for the answer. */
struct answer put(struct door *door, const struct wz_event *events, size_t count);
/* One that can be kept. */
struct wz_event event(uint8_t id, const char *raw);
/* How many entries there are. */
uint64_t log_size(struct door *door);

#endif
