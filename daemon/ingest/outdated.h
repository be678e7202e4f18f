/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Responses that were not taken, because one of the same respondent is there that counts for more: nothing is
 * wrong with them, so they are told as there already, but one by one.
 */
#ifndef INGEST_OUTDATED_H
#define INGEST_OUTDATED_H

#include "store/store.h"

enum { OUTDATED_KEPT = 50 };

struct outdated_row {
    uint64_t row;
    enum store_outcome how; /* STORE_UNFINISHED or STORE_OLDER */
};

/* Zeroed is empty, and nothing has to be freed. */
struct outdated {
    uint64_t count;
    struct outdated_row rows[OUTDATED_KEPT]; /* the first of the document, in order */
    size_t kept;
};

void outdated_add(struct outdated *outdated, uint64_t row, enum store_outcome how);
/* Adds all of another. */
void outdated_add_all(struct outdated *outdated, const struct outdated *more);
/* Why it was not taken, and what to do where it should be. */
const char *outdated_reason(enum store_outcome how);

#endif
