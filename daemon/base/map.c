/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include "base/mem.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* As small as can be: of a large map it mostly is in no cache yet. */
struct map_slot {
    uint32_t hash;          /* 0: free */
    uint32_t key, key_size; /* where it is in `keys` */
    uint32_t number;
};

enum { FEWEST_SLOTS = 16 };

/* Keys come from whoever sends something, who must not be able to choose them so that they all meet in one
 * slot: SipHash with a secret that is the process's own, for as long as it lives. The kernel gives each 16
 * random bytes when it starts. */
static const uint8_t *secret_of_process(void)
{
    const uint8_t *secret = (const uint8_t *)getauxval(AT_RANDOM);
    static_assert(crypto_shorthash_KEYBYTES == 16, "as many as the kernel gives");
    assert(secret);
    return secret;
}

/* Never 0. */
static uint32_t hash_of(const struct map *map, const void *key, size_t size)
{
    uint64_t hash;
    static_assert(crypto_shorthash_BYTES == sizeof hash, "it fills the number");
    crypto_shorthash((uint8_t *)&hash, key, size, map->secret);
    return (uint32_t)hash ? (uint32_t)hash : 1;
}

void map_free(struct map *map)
{
    free(map->slots);
    buf_free(&map->keys);
    *map = (struct map){0};
}

void map_clear(struct map *map)
{
    for (size_t i = 0; i < map->slot_count; i++)
        map->slots[i].hash = 0;
    map->size = 0;
    buf_clear(&map->keys);
}

/* The key's slot, or the free one where it belongs. */
static struct map_slot *slot_of(const struct map *map, uint32_t hash, const void *key, size_t size)
{
    size_t at = hash & (map->slot_count - 1);
    for (;; at = (at + 1) & (map->slot_count - 1)) {
        struct map_slot *slot = &map->slots[at];
        if (!slot->hash)
            return slot;
        if (slot->hash == hash && slot->key_size == size &&
            memcmp(map->keys.data + slot->key, key, size) == 0)
            return slot;
    }
}

uint32_t *map_find(const struct map *map, const void *key, size_t size)
{
    if (map->size == 0)
        return NULL;
    struct map_slot *slot = slot_of(map, hash_of(map, key, size), key, size);
    return slot->hash ? &slot->number : NULL;
}

static void grow(struct map *map)
{
    struct map_slot *old = map->slots;
    const size_t old_count = map->slot_count;
    map->secret = secret_of_process();
    map->slot_count = old_count ? 2 * old_count : FEWEST_SLOTS;
    map->slots = mem_alloc(map->slot_count * sizeof *map->slots);
    for (size_t i = 0; i < old_count; i++)
        if (old[i].hash)
            *slot_of(map, old[i].hash, map->keys.data + old[i].key, old[i].key_size) = old[i];
    free(old);
}

void map_add(struct map *map, const void *key, size_t size, uint32_t number)
{
    if (size > UINT32_MAX - map->keys.size)
        abort(); /* 4 GiB of names: memory would have run out */
    if (3 * (map->size + 1) > 2 * map->slot_count)
        grow(map);
    const uint32_t hash = hash_of(map, key, size);
    struct map_slot *slot = slot_of(map, hash, key, size);
    *slot = (struct map_slot){
        .hash = hash, .key = (uint32_t)map->keys.size, .key_size = (uint32_t)size, .number = number};
    buf_put(&map->keys, key, size);
    map->size++;
}

uint32_t *map_find_text(const struct map *map, const char *key)
{
    return map_find(map, key, strlen(key));
}

void map_add_text(struct map *map, const char *key, uint32_t number)
{
    map_add(map, key, strlen(key), number);
}
