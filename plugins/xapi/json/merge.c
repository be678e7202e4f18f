/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json/merge.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A member of `over` by its name without escapes: two spellings of one name are one. */
struct waiting {
    size_t at; /* of the name, in `names` */
    const char *name;
    uint32_t member; /* 0: it is written */
};

/* The names come from outside: they are sorted, for a table by hashes can be made slow by who knows the hash.
 */
struct merging {
    const struct json *base, *over;
    const char *const *deep;
    struct waiting *waiting; /* by name */
    size_t count;
    struct buf names, name, *out;
    bool any;
};

static void put_bare(const struct json *json, uint32_t value, struct buf *out)
{
    buf_put(out, json->text + json->values[value].start, json->values[value].size);
}

static void put_name(struct merging *merging, const struct json *json, uint32_t member)
{
    if (merging->any)
        buf_put_u8(merging->out, ',');
    merging->any = true;
    buf_put_u8(merging->out, '"');
    buf_put(merging->out, json->text + json->values[member].key, json->values[member].key_size);
    buf_append_text(merging->out, "\":");
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct waiting *)a)->name, ((const struct waiting *)b)->name);
}

static void sort_members(struct merging *merging, uint32_t object)
{
    const struct json *over = merging->over;
    merging->waiting = mem_resize(NULL, over->values[object].count + 1, sizeof *merging->waiting);
    for (uint32_t i = json_first(over, object); i; i = over->values[i].next) {
        merging->waiting[merging->count++] = (struct waiting){.at = merging->names.size, .member = i};
        json_put_key(over, i, &merging->names);
        buf_put_u8(&merging->names, '\0');
    }
    for (size_t i = 0; i < merging->count; i++)
        merging->waiting[i].name = (const char *)merging->names.data + merging->waiting[i].at;
    if (merging->count)
        qsort(merging->waiting, merging->count, sizeof *merging->waiting, compare);
}

/* Lives until the next. */
static const char *name_of(struct merging *merging, const struct json *json, uint32_t member)
{
    buf_clear(&merging->name);
    json_put_key(json, member, &merging->name);
    buf_put_u8(&merging->name, '\0');
    return (const char *)merging->name.data;
}

static struct waiting *find_waiting(struct merging *merging, const struct json *json, uint32_t member)
{
    const struct waiting wanted = {.name = name_of(merging, json, member)};
    return merging->count
               ? bsearch(&wanted, merging->waiting, merging->count, sizeof *merging->waiting, compare)
               : NULL;
}

static bool is_deep(struct merging *merging, uint32_t base_member, uint32_t over_member)
{
    if (!merging->deep || !json_is(merging->base, base_member, JSON_OBJECT) ||
        !json_is(merging->over, over_member, JSON_OBJECT))
        return false;
    const char *name = name_of(merging, merging->base, base_member);
    for (const char *const *deep = merging->deep; *deep; deep++)
        if (strcmp(name, *deep) == 0)
            return true;
    return false;
}

static void put_base_member(struct merging *merging, uint32_t member)
{
    struct waiting *waiting = find_waiting(merging, merging->base, member);
    put_name(merging, merging->base, member);
    if (!waiting) {
        put_bare(merging->base, member, merging->out);
        return;
    }
    const uint32_t instead = waiting->member;
    waiting->member = 0;
    if (is_deep(merging, member, instead))
        json_merge(merging->base, member, merging->over, instead, NULL, merging->out);
    else
        put_bare(merging->over, instead, merging->out);
}

void json_merge(const struct json *base, uint32_t base_object, const struct json *over, uint32_t over_object,
                const char *const *deep, struct buf *out)
{
    struct merging merging = {.base = base, .over = over, .deep = deep, .out = out};
    sort_members(&merging, over_object);
    buf_put_u8(out, '{');
    for (uint32_t i = json_first(base, base_object); i; i = base->values[i].next)
        put_base_member(&merging, i);
    for (uint32_t i = json_first(over, over_object); i; i = over->values[i].next)
        if (find_waiting(&merging, over, i)->member) {
            put_name(&merging, over, i);
            put_bare(over, i, out);
        }
    buf_put_u8(out, '}');
    free(merging.waiting);
    buf_free(&merging.names);
    buf_free(&merging.name);
}
