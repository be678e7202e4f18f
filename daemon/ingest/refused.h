/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a batch that were refused, on their way to the quarantine. */
#ifndef INGEST_REFUSED_H
#define INGEST_REFUSED_H

#include "ingest/dictionary.h"
#include "ingest/pseudonym.h"
#include "store/quarantine.h"

#include <wijzer/record.h>

/* Where the records of a delivery come from. Belongs to the delivery, and does not change while it lasts. */
struct batch_source {
    char *feed, *document;
    bool is_named;     /* the document's name says which one it is */
    bool is_dry_run;   /* nothing is kept */
    bool is_replay;    /* of rows that are in the quarantine since `delivery` */
    uint64_t delivery; /* see store/quarantine.h */
    int64_t user;      /* see store/audit.h */
};

/* Zeroed is empty. */
struct refused_rows {
    struct dictionary headings;
    uint32_t last_heading;
    struct buf rows, key; /* rows: one after another, as refused_add puts them */
    size_t count;
    uint64_t kept, missed; /* of them: in the quarantine; had no room there */
};

extern const char refused_for_conflict[];

void refused_free(struct refused_rows *rows);
/* In memory. */
size_t refused_size(const struct refused_rows *rows);
/* A copy. */
void refused_add(struct refused_rows *rows, const struct pseudonym_key *key,
                 const struct wz_problem *problem);

/* In a writing job. `is_last`: the document was read to its end, so what its earlier deliveries left of it is
 * mended by now, or refused anew. */
int refused_append(struct store_tx *tx, struct refused_rows *rows, const struct batch_source *source,
                   bool is_last, struct error *error);
/* A row is in the log now, or is refused for what only the store could see. */
int refused_settle(struct store_tx *tx, struct refused_rows *rows, const struct batch_source *source,
                   uint64_t row, enum store_outcome outcome, struct error *error);

#endif
