/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the store room: where packed events are, by their ids. Of an id 44 bits of a hash are kept, so what
 * is found is only likely. Each segment has a sorted run of them, and many runs become one.
 */
#ifndef STORE_EVENT_RUNS_H
#define STORE_EVENT_RUNS_H

#include "store/store.h"

enum { ID_HASH_BITS = 44, RUNS_MERGED = 32 };

struct run_entry {
    uint64_t hash, position; /* it is sorted by sort_records */
};

uint64_t id_hash(const uint8_t id[16]);

/* Those there are, newest first; belongs to whoever zeroed it. */
struct runs {
    uint32_t *numbers;
    size_t count, capacity;
    bool loaded;
};

void runs_free(struct runs *runs);
int runs_load(struct runs *runs, struct store_view *view, struct error *error);
/* Calls `visit` with each position that the hash has; non-zero ends it (1: found; -1: error), and is
 * returned. A run in which something was found is looked at first the next time. */
int runs_find(struct runs *runs, struct store_view *view, uint64_t hash,
              int (*visit)(void *data, uint64_t position, struct error *error), void *data,
              struct error *error);
/* Visits the hashes of all, each run's in ascending order. */
int runs_hashes(struct store_view *view, void (*visit)(void *data, uint64_t hash), void *data,
                struct error *error);

/* Adds a run of entries, which it sorts: in ascending order of positions. */
int runs_add(struct store_tx *tx, struct run_entry *entries, size_t count, struct error *error);
/* Makes one of many, if there are so many: *merged says so. */
int runs_merge(struct store_tx *tx, bool *merged, struct error *error);
int runs_remove(struct runs *runs, struct store_tx *tx, uint64_t hash, uint64_t position,
                struct error *error);

#endif
