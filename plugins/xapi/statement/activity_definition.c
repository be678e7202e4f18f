/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/activity_definition.h"

#include "json/merge.h"

#include <string.h>

/* The definition of the activity in the statement; 0: there is none. */
static uint32_t find_definition(const struct json *statement, const char *id)
{
    const uint32_t object = json_member(statement, 0, "object");
    if (!object || !json_equals(statement, json_member(statement, object, "id"), id))
        return 0;
    const uint32_t found = json_member(statement, object, "definition");
    return json_is(statement, found, JSON_OBJECT) ? found : 0;
}

static void put(struct buf *buf, const char *text, size_t size)
{
    buf_clear(buf);
    buf_put(buf, text, size);
}

static void merge(struct activity_definition *definition, const struct json *older, uint32_t at)
{
    static const char *const deep[] = {"name", "description", "extensions", NULL};
    struct json known = {0};
    struct buf merged = {0};
    struct error error;
    if (json_read(&known, (const char *)definition->text.data, definition->text.size, &error) == 0)
        json_merge(older, at, &known, 0, deep, &merged);
    json_free(&known);
    if (merged.size && merged.size <= LARGEST_DEFINITION)
        put(&definition->text, (const char *)merged.data, merged.size);
    buf_free(&merged);
}

static void add(struct activity_definition *definition, const struct json *statement, uint32_t at)
{
    const char *text = statement->text + statement->values[at].start;
    const size_t size = statement->values[at].size;
    /* Nearly always each says the same. */
    if (size == definition->last.size && memcmp(text, definition->last.data, size) == 0)
        return;
    put(&definition->last, text, size);
    if (definition->text.size)
        merge(definition, statement, at);
    else if (size <= LARGEST_DEFINITION)
        put(&definition->text, text, size);
}

void activity_definition_add(struct activity_definition *definition, const char *id, const char *statement,
                             size_t size)
{
    struct json json = {0};
    struct error error;
    /* What cannot be read is the store's to tell, where somebody asks for that statement. */
    if (json_read(&json, statement, size, &error) == 0) {
        const uint32_t at = find_definition(&json, id);
        if (at)
            add(definition, &json, at);
    }
    json_free(&json);
}

void activity_definition_free(struct activity_definition *definition)
{
    buf_free(&definition->text);
    buf_free(&definition->last);
}
