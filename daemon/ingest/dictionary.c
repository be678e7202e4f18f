/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/dictionary.h"

#include "base/mem.h"

#include <stdlib.h>

void dictionary_free(struct dictionary *dictionary)
{
    map_free(&dictionary->numbers);
    buf_free(&dictionary->keys);
    free(dictionary->starts);
}

uint32_t dictionary_number(struct dictionary *dictionary, const struct buf *key)
{
    const uint32_t *known = map_find(&dictionary->numbers, key->data, key->size);
    if (known)
        return *known;
    if (dictionary->count == dictionary->capacity) {
        dictionary->capacity = dictionary->capacity ? 2 * dictionary->capacity : 64;
        dictionary->starts = mem_resize(dictionary->starts, dictionary->capacity, sizeof *dictionary->starts);
    }
    const uint32_t number = (uint32_t)dictionary->count++;
    dictionary->starts[number] = dictionary->keys.size;
    buf_put(&dictionary->keys, key->data, key->size);
    map_add(&dictionary->numbers, key->data, key->size, number);
    return number;
}

struct reader dictionary_key(const struct dictionary *dictionary, uint32_t number)
{
    const size_t start = dictionary->starts[number];
    return reader_of(dictionary->keys.data + start, dictionary->keys.size - start);
}
