/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers by a key of bytes. Open addressing; keys are copied. Nothing is ever removed but everything. Nobody
 * can choose keys that make it slow. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/buf.h"

/* Zeroed is empty. Owned by whoever declares it: map_free. */
struct map {
    struct map_slot *slots;
    size_t slot_count, size;
    const uint8_t *secret; /* that keys are hashed with */
    struct buf keys;
};

void map_free(struct map *map);
void map_clear(struct map *map);
/* Where the number of the key is, to be read or changed until the next map_add; NULL where there is none. */
uint32_t *map_find(const struct map *map, const void *key, size_t size);
/* The key is not there yet. */
void map_add(struct map *map, const void *key, size_t size, uint32_t number);

uint32_t *map_find_text(const struct map *map, const char *key);
void map_add_text(struct map *map, const char *key, uint32_t number);

#endif
