/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/key_match.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>

static const char owner[] = "ingest", document[] = "key_fingerprint";

struct match {
    struct pseudonym_key *key;
    const char *dir, *path; /* of the store, of the key */
    bool has_key, in_use;   /* in use: the store holds what was written under its key */
    struct buf known;       /* the fingerprint that the store knows; empty: none */
};

static int read_known(struct match *match, struct store_view *view, struct error *error)
{
    bool found;
    uint64_t position;
    if (store_log_end(view, &position, error) != 0)
        return -1;
    match->in_use = position > 0;
    return store_document_get(view, owner, document, &match->known, &found, error);
}

static bool is_known(const struct match *match)
{
    uint8_t own[PSEUDONYM_FINGERPRINT_SIZE];
    pseudonym_key_fingerprint(match->key, own);
    return match->known.size == sizeof own && sodium_memcmp(match->known.data, own, sizeof own) == 0;
}

static int refuse(const struct match *match, const char *what, struct error *error)
{
    return error_set(
        error, ERROR_INPUT,
        "%s %s, under which the store %s/wijzer.db was written: everybody who answers again would "
        "be counted twice; restore pseudonym.key from its backup (mode 0600), or, to begin with "
        "nothing, move wijzer.db away",
        match->path, what, match->dir);
}

static int make_known(const struct match *match, struct store_tx *tx, struct error *error)
{
    uint8_t own[PSEUDONYM_FINGERPRINT_SIZE];
    pseudonym_key_fingerprint(match->key, own);
    return store_document_put(tx, owner, document, own, sizeof own, error);
}

static int match_key(struct store_tx *tx, void *data, struct error *error)
{
    struct match *match = data;
    if (read_known(match, store_tx_view(tx), error) != 0)
        return -1;
    if (match->in_use && !match->has_key)
        return refuse(match, "is missing: it is the key", error);
    if (match->in_use && match->known.size && !is_known(match))
        return refuse(match, "is another key than the one", error);
    if (!match->has_key && pseudonym_key_make(match->key, match->path, error) != 0)
        return -1;
    return is_known(match) ? 0 : make_known(match, tx, error);
}

int key_match(struct pseudonym_key *key, struct store *store, const char *dir, struct error *error)
{
    if (sodium_init() < 0)
        return error_set(error, ERROR_FAILED, "libsodium could not be initialised");
    char *path = pseudonym_key_path(dir);
    struct match match = {.key = key, .dir = dir, .path = path};
    const int found = pseudonym_key_read(key, path, error);
    match.has_key = found > 0;
    const int result = found < 0 ? -1 : store_write_now(store, match_key, &match, error);
    buf_free(&match.known);
    free(path);
    return result;
}
