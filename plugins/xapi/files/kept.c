/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "files/kept.h"

#include "statement/agent.h"

#include <string.h>

const char kept_heading[] = "{\"xapi_statements\":1,\"columns\":[\"statement\"]}";

bool kept_is_heading(const char *text, size_t size)
{
    return size == sizeof kept_heading - 1 && memcmp(text, kept_heading, size) == 0;
}

/* A group is none: it is several. */
static bool is_sound(const struct json *json, uint32_t agent)
{
    struct error error;
    return agent_check(json, agent, "actor", false, XAPI_2_0_0, &error) == 0;
}

/* Appends who it is, and NUL. */
static bool put_actor(const struct json *json, struct buf *actor)
{
    const uint32_t member = json_member(json, 0, "actor");
    if (!member || !is_sound(json, member))
        return false;
    agent_put_identifier(json, member, actor);
    return true;
}

/* Is it somebody, or where somebody should be? A statement that was refused may have anything there. */
static bool is_somebody(const struct json *json, uint32_t value)
{
    static const char *const places[] = {"actor", "instructor", "team",  "authority",
                                         "agent", "group",      "member"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (json_key_is(json, value, places[i]))
            return true;
    const uint32_t type = json_member(json, value, "objectType");
    return json_equals(json, type, "Agent") || json_equals(json, type, "Group") ||
           agent_is_identified(json, value);
}

/* Is nobody in it but the actor? */
static bool is_alone(const struct json *json, const char *actor)
{
    struct buf other = {0};
    bool is_alone = true;
    for (uint32_t i = 0; i < json->count && is_alone; i++) {
        if (!is_somebody(json, i))
            continue;
        buf_clear(&other);
        is_alone = is_sound(json, i);
        if (is_alone)
            agent_put_identifier(json, i, &other);
        is_alone = is_alone && strcmp((const char *)other.data, actor) == 0;
    }
    buf_free(&other);
    return is_alone;
}

bool kept_put(const struct json *json, uint64_t number, struct buf *actor, struct buf *row)
{
    struct buf statement = {0};
    if (!put_actor(json, actor) || !is_alone(json, (const char *)actor->data))
        return false;
    json_put_value(json, 0, &statement);
    buf_append_format(row, "{\"row\":%llu,\"cells\":[", (unsigned long long)number);
    json_put_quoted((const char *)statement.data, statement.size, row);
    buf_append_text(row, "]}");
    buf_put_u8(row, '\0');
    buf_free(&statement);
    return true;
}

bool kept_read(const char *row, size_t size, uint64_t *number, struct buf *statement)
{
    struct json json = {0};
    struct error error;
    bool is_row = false;
    if (json_read(&json, row, size, &error) == 0) {
        const double told = json_number(&json, json_member(&json, 0, "row"));
        const uint32_t cell = json_first(&json, json_member(&json, 0, "cells"));
        is_row = told >= 1 && told < 0x1p53 && cell && json_is(&json, cell, JSON_STRING);
        *number = is_row ? (uint64_t)told : 0;
        if (is_row)
            json_put_text(&json, cell, statement);
    }
    json_free(&json);
    return is_row;
}
