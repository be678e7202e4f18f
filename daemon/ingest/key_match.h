/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key and the store belong together: under another key everybody gets another pseudonym, and whoever
 * answers again is counted twice. So the store knows the fingerprint of its key.
 */
#ifndef INGEST_KEY_MATCH_H
#define INGEST_KEY_MATCH_H

#include "ingest/pseudonym.h"
#include "store/store.h"

/* Reads the key of a store that lies in DIR. A store that holds nothing yet gets the key that is there, or a
 * new one; one that was written before stores knew their key takes the one that is there for its own. Any
 * other key, or none, is refused. */
int key_match(struct pseudonym_key *key, struct store *store, const char *dir, struct error *error);

#endif
