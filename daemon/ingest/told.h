/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the audit log is told of a delivery, in the commit of its rows. */
#ifndef INGEST_TOLD_H
#define INGEST_TOLD_H

#include "ingest/batch.h"
#include "ingest/ingest.h"

/* The first rows of a document that has more: where wijzerd is killed before its end, this says that some of
 * it came in. */
int told_begins(struct store_tx *tx, const struct batch_source *source, struct error *error);
/* The document has ended: what became of the batches before, and of the last one. */
int told_ends(struct store_tx *tx, const struct batch_source *source, const struct delivery_report *before,
              const struct batch *last, bool broken_off, struct error *error);
/* A response was taken back by itself. */
int told_withdrawn(struct store_tx *tx, const char *feed, const char *wave, int64_t user,
                   struct error *error);

#endif
