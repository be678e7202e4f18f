/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/spelling.h"

#include "base/fold.h"

#include <string.h>

size_t spelling_whole_number(const char *text)
{
    const size_t whole = strspn(text, "0123456789");
    const char *sign = text + whole;
    if (whole == 0 || (*sign != '.' && *sign != ','))
        return 0;
    const size_t noughts = strspn(sign + 1, "0");
    return (noughts == 1 || noughts == 2) && !sign[1 + noughts] ? whole : 0;
}

/* ---- names that are known ------------------------------------------------------------------------------ */

void spellings_free(struct spellings *spellings)
{
    map_free(&spellings->exact);
    map_free(&spellings->folded);
    buf_free(&spellings->names);
    buf_free(&spellings->key);
}

void spellings_clear(struct spellings *spellings)
{
    map_clear(&spellings->exact);
    map_clear(&spellings->folded);
    buf_clear(&spellings->names);
    spellings->are_loaded = false;
}

static void make_exact_key(struct buf *key, const struct buf *place, const char *name)
{
    buf_clear(key);
    buf_put_bytes(key, place->data, place->size);
    buf_append_text(key, name);
}

static void make_folded_key(struct buf *key, const struct buf *place, const char *name)
{
    buf_clear(key);
    buf_put_bytes(key, place->data, place->size);
    fold_append(name, key);
}

void spellings_add(struct spellings *spellings, const struct buf *place, const char *name)
{
    struct buf *key = &spellings->key;
    const uint32_t start = (uint32_t)spellings->names.size;
    make_exact_key(key, place, name);
    if (map_find(&spellings->exact, key->data, key->size))
        return;
    map_add(&spellings->exact, key->data, key->size, start);
    make_folded_key(key, place, name);
    if (!map_find(&spellings->folded, key->data, key->size))
        map_add(&spellings->folded, key->data, key->size, start);
    buf_put(&spellings->names, name, strlen(name) + 1);
}

const char *spellings_find(struct spellings *spellings, const struct buf *place, const char *name)
{
    struct buf *key = &spellings->key;
    make_exact_key(key, place, name);
    const uint32_t *start = map_find(&spellings->exact, key->data, key->size);
    if (!start) {
        make_folded_key(key, place, name);
        start = map_find(&spellings->folded, key->data, key->size);
    }
    return start ? (const char *)spellings->names.data + *start : NULL;
}
