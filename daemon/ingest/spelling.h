/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Spellings of one name: those that are the same once they are folded (see base/fold.h). Only names of one
 * place are compared: teams of two schools never are.
 */
#ifndef INGEST_SPELLING_H
#define INGEST_SPELLING_H

#include "base/map.h"

#include <stdbool.h>

/* Names that are known, each of a place: bytes that say where it counts. Zeroed is empty. Owned by whoever
 * declares it: spellings_free. */
struct spellings {
    struct map exact, folded; /* by place and name: where the name stands in `names` */
    struct buf names, key;
    bool are_loaded; /* for whoever fills it */
};

void spellings_free(struct spellings *spellings);
void spellings_clear(struct spellings *spellings);
/* The first spelling of a name is the one that others are taken for. UTF-8, as all names. */
void spellings_add(struct spellings *spellings, const struct buf *place, const char *name);
/* The name itself where it is known to the last sign, else the first that is spelt otherwise; NULL: it is
 * new. Lives until the next spellings_add. */
const char *spellings_find(struct spellings *spellings, const struct buf *place, const char *name);

/* A spreadsheet writes 2025.0 or 2025,0 for a whole number: the length of that number in the text, or 0 where
 * it is nothing of the kind. 2.000 may be two thousand, so it stays what it is. */
size_t spelling_whole_number(const char *text);

#endif
