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

/* Adds a new key to the file at `path`, and makes other pseudonyms of all that the store holds; `user` wants
 * it (store/audit.h). Whatever ends it, file and store fit afterwards, here or at the next key_match: the new
 * file lies beside the old one, as PATH.next, until the store knows it. Then comes key_scrub. *keys: how many
 * there are now. Nobody else uses the store meanwhile. */
int key_rotate(struct store *store, const char *path, int64_t user, size_t *keys, struct error *error);

/* Takes pseudonyms of before a rotation out of free parts of the store's file, where that has not been done.
 * `done` comes on the loop, with NULL where it is done. */
void key_scrub(struct store *store, store_done_fn done, void *data);

#endif
