/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/spelling.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- the form in which names are compared -------------------------------------------------------------- */

static bool is_blank(const char *character)
{
    if (*character == ' ' || (*character >= '\t' && *character <= '\r'))
        return true;
    return (uint8_t)*character >= 0x80 &&
           utf8proc_category((utf8proc_int32_t)utf8_code_point(character)) == UTF8PROC_CATEGORY_ZS;
}

/* Every run of blanks is one, and there is none at the ends. */
static void put_words(const char *text, size_t size, struct buf *out)
{
    bool is_first = true, is_after_blank = false;
    for (size_t length; size > 0; text += length, size -= length) {
        length = utf8_character(text, size);
        if (length == 0)
            length = 1;
        if (is_blank(text)) {
            is_after_blank = true;
            continue;
        }
        if (is_after_blank && !is_first)
            buf_put_u8(out, ' ');
        buf_put(out, text, length);
        is_first = is_after_blank = false;
    }
}

void spelling_fold(const char *name, struct buf *out)
{
    utf8proc_uint8_t *folded = NULL;
    const utf8proc_ssize_t size = utf8proc_map(
        (const utf8proc_uint8_t *)name, 0, &folded,
        (utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
    if (size >= 0)
        put_words((const char *)folded, (size_t)size, out);
    else
        buf_put(out, name, strlen(name));
    free(folded);
}

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
    spelling_fold(name, key);
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
