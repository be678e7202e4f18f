/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names by numbers of a batch's own, for only the store's thread knows the store's. */
#ifndef INGEST_DICTIONARY_H
#define INGEST_DICTIONARY_H

#include "base/map.h"

/* Names in the order of their appearance, each a few bytes of base/buf.h. */
struct dictionary {
    struct map numbers;
    struct buf keys;
    size_t *starts;
    size_t count, capacity;
};

void dictionary_free(struct dictionary *dictionary);
/* Of a key that is there, or is added. */
uint32_t dictionary_number(struct dictionary *dictionary, const struct buf *key);
/* To read the key of a number, from its begin on. */
struct reader dictionary_key(const struct dictionary *dictionary, uint32_t number);

#endif
