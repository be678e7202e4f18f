/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/key_match.h"
#include "store/audit.h"

#include "base/clock.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static const char owner[] = "ingest", document[] = "key_fingerprint", unscrubbed[] = "key_unscrubbed";

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

/* A rotation that was ended before the store knew the new keys leaves a file that is good for nothing; one
 * that was ended after that, the one that is needed. */
static int settle_next(struct match *match, struct error *error)
{
    char *next = mem_format("%s.next", match->path);
    struct pseudonym_key *key = mem_alloc(sizeof *key), *own = match->key;
    const bool fits_already = match->has_key && match->known.size && is_known(match);
    int result = pseudonym_key_read(key, next, error);
    match->key = key;
    if (result > 0 && !fits_already && match->known.size && is_known(match)) {
        result = pseudonym_key_move(next, match->path, error);
        *own = *key;
        match->has_key = true;
    } else if (result > 0) {
        unlink(next);
    }
    match->key = own;
    sodium_memzero(key, sizeof *key);
    free(key);
    pseudonym_key_tidy(next);
    free(next);
    return result < 0 ? -1 : 0;
}

static int match_key(struct store_tx *tx, void *data, struct error *error)
{
    struct match *match = data;
    if (read_known(match, store_tx_view(tx), error) != 0)
        return -1;
    if (settle_next(match, error) != 0)
        return -1;
    if (match->in_use && !match->has_key)
        return refuse(match, "is missing: it is the key", error);
    if (match->in_use && match->known.size && !is_known(match))
        return refuse(match, "is another key than the one", error);
    if (!match->has_key && pseudonym_key_make(match->key, match->path, error) != 0)
        return -1;
    return is_known(match) ? 0 : make_known(match, tx, error);
}

static int match_file(struct match *match, struct store *store, struct error *error)
{
    const int found = pseudonym_key_read(match->key, match->path, error);
    match->has_key = found > 0;
    const int result = found < 0 ? -1 : store_write_now(store, match_key, match, error);
    buf_free(&match->known);
    return result;
}

static int begin_sodium(struct error *error)
{
    return sodium_init() < 0 ? error_set(error, ERROR_FAILED, "libsodium could not be initialised") : 0;
}

int key_match(struct pseudonym_key *key, struct store *store, const char *dir, struct error *error)
{
    if (begin_sodium(error) != 0)
        return -1;
    char *path = pseudonym_key_path(dir);
    struct match match = {.key = key, .dir = dir, .path = path};
    const int result = match_file(&match, store, error);
    free(path);
    return result;
}

/* ---- rotation ------------------------------------------------------------------------------------------ */

struct rotation {
    const struct pseudonym_key *key;
    int64_t user;
};

static void renew(void *data, const uint8_t old[PSEUDONYM_SIZE], uint8_t out[PSEUDONYM_SIZE])
{
    const struct rotation *rotation = data;
    pseudonym_renew(rotation->key, old, out);
}

static int tell(struct store_tx *tx, const struct rotation *rotation, struct error *error)
{
    char *facts = mem_format("{\"keys\":%zu}", rotation->key->count);
    const struct store_audit entry = {
        .at = clock_now(), .user = rotation->user, .what = "key_rotation", .facts = facts};
    const int result = store_audit_append(tx, &entry, error);
    free(facts);
    return result;
}

static int renew_all(struct store_tx *tx, void *data, struct error *error)
{
    struct rotation *rotation = data;
    uint8_t own[PSEUDONYM_FINGERPRINT_SIZE];
    pseudonym_key_fingerprint(rotation->key, own);
    if (store_pseudonyms_renew(tx, renew, rotation, error) != 0 ||
        store_document_put(tx, owner, document, own, sizeof own, error) != 0 ||
        store_document_put(tx, owner, unscrubbed, "1", 1, error) != 0)
        return -1;
    return tell(tx, rotation, error);
}

static int rotate(struct store *store, struct pseudonym_key *key, const char *path, int64_t user,
                  struct error *error)
{
    struct match match = {.key = key, .dir = "of this machine", .path = path};
    struct rotation rotation = {.key = key, .user = user};
    if (match_file(&match, store, error) != 0 || pseudonym_key_add(key, error) != 0)
        return -1;
    char *next = mem_format("%s.next", path);
    int result = pseudonym_key_write(key, next, path, error);
    if (result == 0)
        result = store_write_now(store, renew_all, &rotation, error);
    if (result == 0)
        result = pseudonym_key_move(next, path, error);
    free(next);
    return result;
}

int key_rotate(struct store *store, const char *path, int64_t user, size_t *keys, struct error *error)
{
    struct pseudonym_key *key = mem_alloc(sizeof *key);
    const int result = begin_sodium(error) == 0 ? rotate(store, key, path, user, error) : -1;
    *keys = key->count;
    sodium_memzero(key, sizeof *key);
    free(key);
    return result;
}

/* ---- what is left of old ones -------------------------------------------------------------------------- */

struct scrubbing {
    struct store *store;
    bool is_due;
    store_done_fn done;
    void *data;
};

static void end_scrubbing(struct scrubbing *scrubbing, const struct error *error)
{
    if (scrubbing->done)
        scrubbing->done(scrubbing->data, error);
    free(scrubbing);
}

static int note_scrubbed(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return store_document_put(tx, owner, unscrubbed, NULL, 0, error);
}

static void on_noted(void *data, const struct error *error)
{
    end_scrubbing(data, error);
}

static void on_scrubbed(void *data, const struct error *error)
{
    struct scrubbing *scrubbing = data;
    if (error)
        end_scrubbing(scrubbing, error);
    else
        store_write(scrubbing->store, note_scrubbed, on_noted, scrubbing);
}

static int read_due(struct store_view *view, void *data, struct error *error)
{
    struct scrubbing *scrubbing = data;
    struct buf mark = {0};
    const int result = store_document_get(view, owner, unscrubbed, &mark, &scrubbing->is_due, error);
    buf_free(&mark);
    return result;
}

static void on_due_read(void *data, const struct error *error)
{
    struct scrubbing *scrubbing = data;
    if (error || !scrubbing->is_due)
        end_scrubbing(scrubbing, error);
    else
        store_scrub(scrubbing->store, SCRUB_ALL, NULL, on_scrubbed, scrubbing);
}

void key_scrub(struct store *store, store_done_fn done, void *data)
{
    struct scrubbing *scrubbing = mem_alloc(sizeof *scrubbing);
    *scrubbing = (struct scrubbing){.store = store, .done = done, .data = data};
    store_read(store, read_due, on_due_read, scrubbing);
}
