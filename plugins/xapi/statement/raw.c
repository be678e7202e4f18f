/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/parts.h"

#include "statement/agent.h"

#include <string.h>

/* A text that is copied, but for what is replaced on the way. */
struct copying {
    const struct json *json;
    const struct statement_event *event;
    size_t next_agent; /* the first that has not been passed and is to be replaced */
    struct buf *out;
};

void statement_put_mark(uint32_t person, struct buf *out)
{
    buf_append_text(out, WZ_PERSON_MARK);
    buf_append_decimal(out, person);
    buf_append_text(out, WZ_PERSON_MARK);
}

static void put_account(uint32_t person, struct buf *out)
{
    buf_append_text(out, ",\"account\":{\"homePage\":\"" PSEUDONYM_HOME "\",\"name\":\"");
    statement_put_mark(person, out);
    buf_append_text(out, "\"}");
}

static void put_marked(const struct copying *copying, size_t index);

static void put_members(const struct copying *copying, uint32_t members, size_t index)
{
    const struct json *json = copying->json;
    buf_append_text(copying->out, ",\"member\":[");
    for (uint32_t member = json_first(json, members); member; member = json->values[member].next) {
        put_marked(copying, index++);
        if (json->values[member].next)
            buf_put_u8(copying->out, ',');
    }
    buf_put_u8(copying->out, ']');
}

/* An agent or a group without what tells who it is; its members come behind it in the list. */
static void put_marked(const struct copying *copying, size_t index)
{
    const struct statement_agent *agent = &copying->event->agents[index];
    const struct json *json = copying->json;
    const bool group = agent_is_group(json, agent->value);
    buf_append_text(copying->out, group ? "{\"objectType\":\"Group\"" : "{\"objectType\":\"Agent\"");
    if (agent->person != NOBODY)
        put_account(agent->person, copying->out);
    const uint32_t members = json_member(json, agent->value, "member");
    if (members)
        put_members(copying, members, index + 1);
    buf_put_u8(copying->out, '}');
}

static bool is_inside(const struct json *json, uint32_t value, uint32_t outer)
{
    const struct json_value *at = &json->values[outer];
    return value < json->count && json->values[value].start < at->start + at->size;
}

typedef void (*copy_fn)(struct copying *copying, uint32_t value);

static void copy_members(struct copying *copying, uint32_t object, copy_fn copy)
{
    const struct json *json = copying->json;
    buf_put_u8(copying->out, '{');
    for (uint32_t member = json_first(json, object); member; member = json->values[member].next) {
        json_put_name(json, member, copying->out);
        copy(copying, member);
        if (json->values[member].next)
            buf_put_u8(copying->out, ',');
    }
    buf_put_u8(copying->out, '}');
}

static void copy_elements(struct copying *copying, uint32_t array, copy_fn copy)
{
    const struct json *json = copying->json;
    buf_put_u8(copying->out, '[');
    for (uint32_t element = json_first(json, array); element; element = json->values[element].next) {
        copy(copying, element);
        if (json->values[element].next)
            buf_put_u8(copying->out, ',');
    }
    buf_put_u8(copying->out, ']');
}

/* A value that may have agents in it. */
static void copy_value(struct copying *copying, uint32_t value)
{
    const struct json *json = copying->json;
    const struct statement_event *event = copying->event;
    if (copying->next_agent == event->agent_count ||
        !is_inside(json, event->agents[copying->next_agent].value, value)) {
        json_put_value(json, value, copying->out);
        return;
    }
    if (event->agents[copying->next_agent].value != value) {
        const bool is_object = json_is(json, value, JSON_OBJECT);
        (is_object ? copy_members : copy_elements)(copying, value, copy_value);
        return;
    }
    put_marked(copying, copying->next_agent);
    while (copying->next_agent < event->agent_count &&
           is_inside(json, event->agents[copying->next_agent].value, value))
        copying->next_agent++;
}

/* A single one becomes an array. */
static void copy_activities(struct copying *copying, uint32_t value)
{
    const bool is_array = json_is(copying->json, value, JSON_ARRAY);
    buf_append_text(copying->out, is_array ? "" : "[");
    json_put_value(copying->json, value, copying->out);
    buf_append_text(copying->out, is_array ? "" : "]");
}

static void copy_member_of_context(struct copying *copying, uint32_t member)
{
    if (json_key_is(copying->json, member, "contextActivities"))
        copy_members(copying, member, copy_activities);
    else
        copy_value(copying, member);
}

static void copy_member_of_sub_statement(struct copying *copying, uint32_t member)
{
    if (json_key_is(copying->json, member, "context"))
        copy_members(copying, member, copy_member_of_context);
    else
        copy_value(copying, member);
}

static void copy_object(struct copying *copying, uint32_t object)
{
    const struct json *json = copying->json;
    if (json_equals(json, json_member(json, object, "objectType"), "SubStatement"))
        copy_members(copying, object, copy_member_of_sub_statement);
    else
        copy_value(copying, object);
}

static bool is_left_out(const struct json *json, uint32_t member)
{
    return json_key_is(json, member, "id") || json_key_is(json, member, "stored") ||
           json_key_is(json, member, "authority");
}

void statement_put_raw(const struct xapi *xapi, const struct json *json, uint32_t statement,
                       struct statement_event *out)
{
    struct copying copying = {json, out, xapi->keeps_identities ? out->agent_count : 0, &out->raw};
    buf_put_u8(&out->raw, '{');
    for (uint32_t member = json_first(json, statement); member; member = json->values[member].next) {
        if (is_left_out(json, member))
            continue;
        json_put_name(json, member, &out->raw);
        if (json_key_is(json, member, "context"))
            copy_members(&copying, member, copy_member_of_context);
        else if (json_key_is(json, member, "object"))
            copy_object(&copying, member);
        else
            copy_value(&copying, member);
        buf_put_u8(&out->raw, ',');
    }
    if (xapi->authority) {
        buf_append_text(&out->raw, "\"authority\":");
        buf_append_text(&out->raw, xapi->authority);
    } else {
        out->raw.size--; /* the last comma */
    }
    buf_put_u8(&out->raw, '}');
    buf_put_u8(&out->raw, '\0');
}
