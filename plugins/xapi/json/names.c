/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json/names.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FEW = 16 };

/* A name without its escapes. */
struct name {
    const uint8_t *text;
    size_t size;
    uint32_t member;
};

static int compare(const void *a, const void *b)
{
    const struct name *left = a, *right = b;
    const size_t shared = left->size < right->size ? left->size : right->size;
    const int order = memcmp(left->text, right->text, shared);
    if (order)
        return order;
    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return left->member < right->member ? -1 : left->member > right->member;
}

static uint32_t repeat_of_many(const struct json *json, uint32_t object)
{
    const uint32_t count = json->values[object].count;
    struct name *names = mem_resize(NULL, count, sizeof *names);
    struct buf texts = {0};
    size_t filled = 0;
    for (uint32_t member = json_first(json, object); member; member = json->values[member].next) {
        const size_t from = texts.size;
        json_put_key(json, member, &texts);
        names[filled++] = (struct name){.size = texts.size - from, .member = member};
    }
    const uint8_t *at = texts.data ? texts.data : (const uint8_t *)"";
    for (size_t i = 0; i < filled; i++) {
        names[i].text = at;
        at += names[i].size;
    }
    qsort(names, filled, sizeof *names, compare);
    uint32_t found = 0;
    for (size_t i = 1; i < filled && !found; i++)
        if (names[i].size == names[i - 1].size &&
            memcmp(names[i].text, names[i - 1].text, names[i].size) == 0)
            found = names[i].member;
    free(names);
    buf_free(&texts);
    return found;
}

uint32_t json_names_repeat(const struct json *json, uint32_t object)
{
    const struct json_value *values = json->values;
    if (values[object].count > FEW)
        return repeat_of_many(json, object);
    for (uint32_t one = json_first(json, object); one; one = values[one].next) {
        const char *name = json->text + values[one].key;
        if (values[one].key_is_escaped)
            return repeat_of_many(json, object);
        for (uint32_t other = values[one].next; other; other = values[other].next)
            if (values[other].key_size == values[one].key_size &&
                memcmp(json->text + values[other].key, name, values[one].key_size) == 0)
                return other;
    }
    return 0;
}
