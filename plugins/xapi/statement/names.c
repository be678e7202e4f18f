/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/names.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 32 }; /* so many are looked through one by one */

void names_free(struct names *names)
{
    free(names->items);
    map_free(&names->map);
    *names = (struct names){0};
}

void names_clear(struct names *names)
{
    if (names->count > FEW)
        map_clear(&names->map);
    names->count = 0;
}

static struct name *find(struct names *names, const struct buf *texts, size_t start, size_t size)
{
    const uint8_t *text = texts->data + start;
    if (names->count > FEW) {
        const uint32_t *index = map_find(&names->map, text, size);
        return index ? &names->items[*index] : NULL;
    }
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].size == size && memcmp(texts->data + names->items[i].start, text, size) == 0)
            return &names->items[i];
    return NULL;
}

/* From the first that is one too many on, the map has them all. */
static void add_to_map(struct names *names, const struct buf *texts)
{
    if (names->count <= FEW)
        return;
    const size_t from = names->count == FEW + 1 ? 0 : names->count - 1;
    for (size_t i = from; i < names->count; i++)
        map_add(&names->map, texts->data + names->items[i].start, names->items[i].size, (uint32_t)i);
}

uint32_t names_take(struct names *names, struct buf *texts, size_t start, uint32_t roles)
{
    const size_t size = texts->size - start - 1;
    struct name *found = find(names, texts, start, size);
    if (found) {
        texts->size = start;
        found->roles |= roles;
        return (uint32_t)(found - names->items);
    }
    if (names->count == names->capacity) {
        names->capacity = names->capacity ? names->capacity * 2 : 16;
        names->items = mem_resize(names->items, names->capacity, sizeof *names->items);
    }
    names->items[names->count++] = (struct name){start, size, roles};
    add_to_map(names, texts);
    return (uint32_t)(names->count - 1);
}
