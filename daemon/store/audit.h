/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit log: who did what to the store, and when. It only grows, in the transaction of what it tells of.
 * It never names a respondent.
 *
 * Entries are a chain. The hash of one is BLAKE2b (RFC 7693) with 32 bytes, without a key, over: the hash of
 * the entry before it (32 zeros for the first), its position, time and user, each as 8 bytes, least first
 * (two's complement), and its two texts, each with the zero byte at its end. So whoever changes, removes or
 * inserts an entry has to change every later one too, and the last hash, which may be written down elsewhere.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

enum { AUDIT_HASH_SIZE = 32 };

enum { AUDIT_NOBODY = -1 }; /* nobody asked for it: wijzerd did it by itself */

struct store_audit {
    uint64_t position;   /* of one that is read: from 1 on, without gaps */
    int64_t at;          /* milliseconds since 1970 UTC */
    int64_t user;        /* of the system, as the kernel told it; or AUDIT_NOBODY */
    const char *what;    /* one word, "import" */
    const char *facts;   /* JSON object */
    const uint8_t *hash; /* of one that is read */
};

int store_audit_append(struct store_tx *tx, const struct store_audit *entry, struct error *error);
/* Visits entries after `position`, oldest first, at most `limit`. A visitor that returns non-zero ends the
 * visit. */
int store_audit_after(struct store_view *view, uint64_t position, size_t limit,
                      int (*visit)(void *data, const struct store_audit *entry), void *data,
                      struct error *error);

struct store_audit_verdict {
    uint64_t entries; /* there are, or there should be */
    uint64_t broken;  /* the first that is not what was written, or is not there; 0: all is well */
    uint8_t hash[AUDIT_HASH_SIZE]; /* of the last one; zeros where there is none */
};
int store_audit_check(struct store_view *view, struct store_audit_verdict *verdict, struct error *error);

#endif
