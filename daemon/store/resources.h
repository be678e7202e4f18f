/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resources of plugins (struct wz_resource_key), which may belong to a person. */
#ifndef STORE_RESOURCES_H
#define STORE_RESOURCES_H

#include "store/store.h"

struct store_resource_key {
    const char *owner, *collection;  /* owner: the plugin */
    uint32_t person;                 /* a subject (STORE_ACTOR), or 0 */
    const char *scope, *part, *name; /* NULL is a value where one is meant, and any where many are */
};

struct store_resource {
    const char *content_type;
    const void *body;
    size_t size;
    int64_t updated;
    uint64_t version; /* never 0 */
};

/* Calls `visit` with the one there is, if there is. */
int store_resource_get(struct store_view *view, const struct store_resource_key *key,
                       void (*visit)(void *data, const struct store_resource *resource), void *data,
                       struct error *error);
/* `expected` NULL: whatever there is; else the version that it has, 0: there is none. *changed says whether
 * that was so. A version is never used again, also not after a removal. */
int store_resource_put(struct store_tx *tx, const struct store_resource_key *key,
                       const struct store_resource *resource, const uint64_t *expected, bool *changed,
                       struct error *error);
/* With a name, scope or part of NULL: all that fit. With `expected` (never 0) one is meant. */
int store_resource_remove(struct store_tx *tx, const struct store_resource_key *key, const uint64_t *expected,
                          bool *changed, struct error *error);
/* In byte order of the names, each once, and when it was updated last; `since`: updated later than that. */
int store_resource_names(struct store_view *view, const struct store_resource_key *key, int64_t since,
                         int (*visit)(void *data, const char *name, int64_t updated), void *data,
                         struct error *error);
/* Removes all of a person's; *count says how many there were. */
int store_resources_forget(struct store_tx *tx, uint32_t person, uint64_t *count, struct error *error);

#endif
