/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records on their way to the log. The loop fills a batch; then it goes, whole, to the store's thread, which
 * has it to itself. Names are kept once, by numbers of the batch's own, for only the store's thread knows the
 * store's.
 */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include "ingest/outdated.h"
#include "ingest/packed_event.h"
#include "ingest/refused.h"
#include "ingest/spelling.h"

#include <wijzer/record.h>

struct batch_entry {
    enum wz_record_kind kind;
    uint32_t wave;                    /* in the batch's dictionary */
    uint32_t period;                  /* while it is appended: the store's number of the wave */
    uint8_t identity[PSEUDONYM_SIZE]; /* a pseudonym; of an event nothing */
    uint32_t order;
    uint64_t row;
    size_t offset, size; /* of its body in `bodies`; an event is packed, see packed_event.h */
};

enum { CONFLICTS_KEPT = 50 };

struct batch {
    struct dictionary items, waves, groups; /* of responses and withdrawals */
    int64_t *wave_starts;                   /* by wave */
    int64_t *wave_latest;                   /* by wave: of what was appended and was not there already */
    bool *wave_undated;                     /* likewise: some of it has no time */
    struct buf bodies, key;
    struct batch_entry *entries;
    size_t count, capacity;
    uint32_t last_item; /* answers mostly come in the order of the one before */
    struct refused_rows refused;
    bool is_last; /* of a document that was read to its end */
    struct response scratch;
    struct event_unpacker unpacker;

    /* What became of them, filled by batch_append. */
    uint64_t accepted, duplicate, replaced, withdrawn, absent, conflicts;
    uint64_t conflict_rows[CONFLICTS_KEPT];
    struct outdated outdated;
    uint64_t position;
    struct dictionary respelt; /* what is spelt otherwise than what it is taken for: what it is, both texts */
};

struct batch *batch_make(void);
void batch_free(struct batch *batch);
/* Copies a record that check_record found sound. -1: the name of an item is none, and nothing was added. */
int batch_add(struct batch *batch, const struct pseudonym_key *key, const struct wz_record *record,
              struct error *error);
bool batch_full(const struct batch *batch);
/* In a writing job: appends everything, in the order that the store likes, and has the quarantine follow.
 * `spellings` belong to the delivery, see intern.h. */
int batch_append(struct store_tx *tx, struct batch *batch, const struct batch_source *source,
                 struct spellings *spellings, struct error *error);

#endif
