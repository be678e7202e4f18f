/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records on their way to the log. The loop fills a batch; then it goes, whole, to the store's thread, which
 * has it to itself. Names are kept once, by numbers of the batch's own, for only the store's thread knows the
 * store's.
 */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include "base/map.h"
#include "ingest/pseudonym.h"
#include "store/event.h"
#include "store/quarantine.h"

#include <wijzer/record.h>

/* Names in the order of their appearance, each a few bytes of base/buf.h. */
struct dictionary {
    struct map numbers;
    struct buf keys;
    size_t *starts;
    size_t count, capacity;
};

struct batch_entry {
    enum wz_record_kind kind;
    uint32_t wave;                    /* in the batch's dictionary */
    uint8_t identity[PSEUDONYM_SIZE]; /* pseudonym, or an event's id */
    uint32_t order;
    uint64_t row;
    int64_t time;        /* of an event */
    size_t offset, size; /* of its body in `bodies` */
};

enum { CONFLICTS_KEPT = 50 };
extern const char batch_conflict_reason[];

/* Where the records come from. Belongs to the delivery, and does not change while it lasts. */
struct batch_source {
    char *feed, *document;
    bool is_named;     /* the document's name says which one it is */
    bool is_dry_run;   /* nothing is kept */
    bool is_replay;    /* of rows that are in the quarantine since `delivery` */
    uint64_t delivery; /* see store/quarantine.h */
};

struct batch {
    struct dictionary items, waves, groups;
    struct dictionary subjects; /* of events: their kind, and the bytes of the key */
    int64_t *wave_starts;       /* by wave */
    struct buf bodies, key;
    struct batch_entry *entries;
    size_t count, capacity;
    uint32_t last_item; /* answers mostly come in the order of the one before */
    struct dictionary headings;
    uint32_t last_heading;
    struct buf refused; /* rows for the quarantine, one after another; see add_refused in batch.c */
    size_t refused_count;
    bool is_last; /* of a document that was read to its end */
    struct response scratch;
    struct event event;

    /* What became of them, filled by batch_append. */
    uint64_t accepted, duplicate, replaced, withdrawn, absent, conflicts;
    uint64_t quarantined, missed; /* rows that were refused */
    uint64_t conflict_rows[CONFLICTS_KEPT];
    uint64_t position;
};

struct batch *batch_make(void);
void batch_free(struct batch *batch);
/* Copies a record that check_record found sound. -1: the name of an item is none, and nothing was added. */
int batch_add(struct batch *batch, const struct pseudonym_key *key, const struct wz_record *record,
              struct error *error);
/* Copies a row that was refused, for the quarantine. */
void batch_refuse(struct batch *batch, const struct pseudonym_key *key, const struct wz_problem *problem);
bool batch_full(const struct batch *batch);
/* In a writing job: appends everything, in the order that the store likes, and has the quarantine follow. */
int batch_append(struct store_tx *tx, struct batch *batch, const struct batch_source *source,
                 struct error *error);

#endif
