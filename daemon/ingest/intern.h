/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store's numbers for the names of a batch, on the store's thread. */
#ifndef INGEST_INTERN_H
#define INGEST_INTERN_H

#include "ingest/batch.h"

/* By the numbers of the batch. */
struct numbers {
    uint32_t *items, *waves, *groups;
};

/*
 * In a writing job. Waves, and groups of responses, that are spelt otherwise than the store has them (see
 * spelling.h) get the number of that one, and the batch is told in `respelt`. A spelling that the store has
 * already keeps its number, so that nothing that is there changes when it comes again. The names of events
 * are identifiers that machines made, and stay what they are.
 *
 * `spellings` are kept between the batches of a dry run, of which nothing comes into the store; otherwise
 * they are read anew. 0; `numbers` is to be freed either way.
 */
int intern_names(struct store_tx *tx, struct batch *batch, bool is_dry_run, struct spellings *spellings,
                 struct numbers *numbers, struct error *error);
void numbers_free(struct numbers *numbers);

#endif
