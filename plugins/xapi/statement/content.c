/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements in the form in which they are compared: see statement_put_content. */
#include "statement/parts.h"

#include "check/forms.h"
#include "statement/agent.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct comparing {
    const struct json *json;
    const struct statement_event *event; /* NULL: people stand as they are */
    struct buf *out;
    uint32_t timestamp; /* of the statement, not of a sub-statement; 0: it has none */
    struct content_span *time;
};

typedef void (*put_fn)(const struct comparing *comparing, uint32_t value);

/* How the members of an object are put that differ from any value. A table ends with a name that is NULL. */
struct member_form {
    const char *name;
    put_fn put; /* NULL: it is left out */
};

static void put_value(const struct comparing *comparing, uint32_t value);

/* ---- objects by the order of their names ---- */

enum { FEW = 24 };

struct member {
    struct json_text name;
    uint32_t value;
};

static int by_name(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    const size_t left_size = left->name.size, right_size = right->name.size;
    const int order = memcmp(left->name.at, right->name.at, left_size < right_size ? left_size : right_size);
    if (order)
        return order;
    return left_size < right_size ? -1 : left_size > right_size;
}

static void sort_members(struct member *members, size_t count)
{
    if (count > FEW) {
        qsort(members, count, sizeof *members, by_name);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct member moved = members[i];
        size_t at = i;
        for (; at > 0 && by_name(&members[at - 1], &moved) > 0; at--)
            members[at] = members[at - 1];
        members[at] = moved;
    }
}

static const struct member_form *find_form(const struct json_text *name, const struct member_form *forms)
{
    for (; forms->name; forms++)
        if (json_text_equals(name, forms->name))
            return forms;
    return NULL;
}

/* The name without its escapes; of the text itself where it has none. `names` is for the others, and gets
 * room for all of the object at once: what is in it stays where it is. */
static struct json_text name_of(const struct json *json, uint32_t object, uint32_t member, struct buf *names)
{
    if (!json->values[member].key_is_escaped)
        return json_key_of(json, member, NULL);
    if (!names->data) {
        buf_extend(names, json->values[object].size);
        buf_clear(names);
    }
    const size_t from = names->size;
    json_put_key(json, member, names);
    return (struct json_text){(const char *)names->data + from, names->size - from};
}

static void put_member(const struct comparing *comparing, const struct member *member,
                       const struct member_form *form)
{
    if (comparing->json->values[member->value].key_is_escaped) {
        json_put_quoted(member->name.at, member->name.size, comparing->out);
        buf_put_u8(comparing->out, ':');
    } else {
        json_put_name(comparing->json, member->value, comparing->out);
    }
    (form ? form->put : put_value)(comparing, member->value);
    buf_put_u8(comparing->out, ',');
}

static void put_object(const struct comparing *comparing, uint32_t object, const struct member_form *forms)
{
    const struct json *json = comparing->json;
    const uint32_t count = json->values[object].count;
    struct member few[FEW], *members = few;
    struct buf names = {0};
    if (count > FEW)
        members = mem_resize(NULL, count, sizeof *members);
    size_t filled = 0;
    for (uint32_t member = json_first(json, object); member; member = json->values[member].next)
        members[filled++] = (struct member){name_of(json, object, member, &names), member};
    sort_members(members, filled);
    buf_put_u8(comparing->out, '{');
    for (size_t i = 0; i < filled; i++) {
        const struct member_form *form = find_form(&members[i].name, forms);
        if (!form || form->put)
            put_member(comparing, &members[i], form);
    }
    buf_put_u8(comparing->out, '}');
    buf_free(&names);
    if (members != few)
        free(members);
}

/* ---- any value ---- */

static void put_string(const struct comparing *comparing, uint32_t value)
{
    const struct json_value *at = &comparing->json->values[value];
    if (!at->is_escaped) {
        buf_put(comparing->out, comparing->json->text + at->start, at->size);
        return;
    }
    struct buf plain = {0};
    json_put_text(comparing->json, value, &plain);
    json_put_quoted((const char *)plain.data, plain.size, comparing->out);
    buf_free(&plain);
}

/* 1.50 as 1.5, 1.0 as 1, 1e2 as 100: the same number is the same text. */
static void put_number(const struct comparing *comparing, uint32_t value)
{
    const struct json_value *at = &comparing->json->values[value];
    const char *text = comparing->json->text + at->start;
    size_t size = at->size;
    if (memchr(text, 'e', size) || memchr(text, 'E', size)) {
        buf_append_format(comparing->out, "%.15g", json_number(comparing->json, value));
        return;
    }
    if (memchr(text, '.', size)) {
        while (text[size - 1] == '0')
            size--;
        size -= text[size - 1] == '.' ? 1 : 0;
    }
    buf_put(comparing->out, text, size);
}

static void put_array(const struct comparing *comparing, uint32_t array, put_fn put)
{
    const struct json *json = comparing->json;
    buf_put_u8(comparing->out, '[');
    for (uint32_t at = json_first(json, array); at; at = json->values[at].next) {
        put(comparing, at);
        buf_put_u8(comparing->out, ',');
    }
    buf_put_u8(comparing->out, ']');
}

static void put_value(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form any[] = {{0}};
    const struct json_value *at = &comparing->json->values[value];
    switch (at->kind) {
    case JSON_STRING:
        put_string(comparing, value);
        break;
    case JSON_NUMBER:
        put_number(comparing, value);
        break;
    case JSON_ARRAY:
        put_array(comparing, value, put_value);
        break;
    case JSON_OBJECT:
        put_object(comparing, value, any);
        break;
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        buf_put(comparing->out, comparing->json->text + at->start, at->size);
    }
}

/* ---- what has a form of its own ---- */

static void lower(struct buf *out, size_t from)
{
    for (size_t i = from; i < out->size; i++)
        if (out->data[i] >= 'A' && out->data[i] <= 'Z')
            out->data[i] = (uint8_t)(out->data[i] | 0x20);
}

static void put_lower(const struct comparing *comparing, uint32_t value)
{
    const size_t from = comparing->out->size;
    put_string(comparing, value);
    lower(comparing->out, from);
}

static void put_mbox(const struct comparing *comparing, uint32_t value)
{
    const size_t from = comparing->out->size;
    put_string(comparing, value);
    const uint8_t *at = memchr(comparing->out->data + from, '@', comparing->out->size - from);
    if (at)
        lower(comparing->out, (size_t)(at - comparing->out->data));
}

/* As a member: with its name, and what comes behind it. */
static struct content_span span_of_member(const char *name, size_t value_start, size_t value_end)
{
    const size_t before = strlen(name) + strlen("\"\":"), after = strlen(",");
    return (struct content_span){value_start - before, before + value_end - value_start + after};
}

static void put_timestamp(const struct comparing *comparing, uint32_t value)
{
    struct buf scratch = {0};
    int64_t time = 0;
    const size_t from = comparing->out->size;
    const struct json_text text = json_text_of(comparing->json, value, &scratch);
    form_read_timestamp(text.at, text.size, &time);
    buf_append_decimal(comparing->out, time);
    buf_free(&scratch);
    if (value == comparing->timestamp)
        *comparing->time = span_of_member("timestamp", from, comparing->out->size);
}

/* Up to hundredths of a second. */
static void put_duration(const struct comparing *comparing, uint32_t value)
{
    struct buf *out = comparing->out;
    const size_t from = out->size;
    put_string(comparing, value);
    const uint8_t *point = memchr(out->data + from, '.', out->size - from);
    point = point ? point : memchr(out->data + from, ',', out->size - from);
    const size_t hundredths = point ? (size_t)(point - out->data) + 3 : 0;
    if (!point || out->size < hundredths + 2 || out->data[out->size - 2] != 'S')
        return;
    out->size = hundredths;
    buf_append_text(out, "S\"");
}

static void put_result(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {{"duration", put_duration}, {0}};
    put_object(comparing, value, forms);
}

static void put_verb(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {{"display", NULL}, {0}};
    put_object(comparing, value, forms);
}

static void put_activity(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {{"objectType", NULL}, {"definition", NULL}, {0}};
    put_object(comparing, value, forms);
}

static void put_activities(const struct comparing *comparing, uint32_t value)
{
    if (json_is(comparing->json, value, JSON_ARRAY)) {
        put_array(comparing, value, put_activity);
        return;
    }
    buf_put_u8(comparing->out, '[');
    put_activity(comparing, value);
    buf_append_text(comparing->out, ",]");
}

static void put_context_activities(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {{"parent", put_activities},
                                               {"grouping", put_activities},
                                               {"category", put_activities},
                                               {"other", put_activities},
                                               {0}};
    put_object(comparing, value, forms);
}

/* ---- people ---- */

/* A member of a group, by its identifier. */
struct person {
    struct json_text identifier;
    size_t start, size;
    uint32_t value;
};

static void put_agent(const struct comparing *comparing, uint32_t value);

static int by_identifier(const void *a, const void *b)
{
    const struct person *left = a, *right = b;
    const struct member l = {left->identifier, 0}, r = {right->identifier, 0};
    const int order = by_name(&l, &r);
    return order ? order : left->value < right->value ? -1 : left->value > right->value;
}

/* In the order of their identifiers, which is no order of theirs. */
static void put_members(const struct comparing *comparing, uint32_t value)
{
    const struct json *json = comparing->json;
    const uint32_t count = json->values[value].count;
    struct person *people = mem_resize(NULL, count ? count : 1, sizeof *people);
    struct buf identifiers = {0};
    size_t filled = 0;
    for (uint32_t at = json_first(json, value); at; at = json->values[at].next) {
        const size_t start = identifiers.size;
        agent_put_identifier(json, at, &identifiers);
        people[filled++] = (struct person){{NULL, 0}, start, identifiers.size - start, at};
    }
    for (size_t i = 0; i < filled; i++)
        people[i].identifier =
            (struct json_text){(const char *)identifiers.data + people[i].start, people[i].size};
    qsort(people, filled, sizeof *people, by_identifier);
    buf_put_u8(comparing->out, '[');
    for (size_t i = 0; i < filled; i++) {
        put_agent(comparing, people[i].value);
        buf_put_u8(comparing->out, ',');
    }
    buf_put_u8(comparing->out, ']');
    free(people);
    buf_free(&identifiers);
}

static void put_named(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {
        {"objectType", NULL}, {"mbox", put_mbox}, {"mbox_sha1sum", put_lower}, {"member", put_members}, {0}};
    put_object(comparing, value, forms);
}

static void put_mark(const struct comparing *comparing, uint32_t value)
{
    const struct json *json = comparing->json;
    const struct statement_agent *agent = statement_find_agent(comparing->event, value);
    if (agent && agent->person != NOBODY)
        statement_put_mark(agent->person, comparing->out);
    const uint32_t members = json_member(json, value, "member");
    if (members)
        put_members(comparing, members);
}

static void put_agent(const struct comparing *comparing, uint32_t value)
{
    buf_append_text(comparing->out, agent_is_group(comparing->json, value) ? "group " : "agent ");
    if (comparing->event)
        put_mark(comparing, value);
    else
        put_named(comparing, value);
}

static void put_part_agent(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {{"agent", put_agent}, {"group", put_agent}, {0}};
    put_object(comparing, value, forms);
}

static void put_parts(const struct comparing *comparing, uint32_t value)
{
    put_array(comparing, value, put_part_agent);
}

/* ---- the statement ---- */

static void put_ref(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {{"id", put_lower}, {0}};
    put_object(comparing, value, forms);
}

static void put_context(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {
        {"registration", put_lower},  {"instructor", put_agent},
        {"team", put_agent},          {"contextActivities", put_context_activities},
        {"statement", put_ref},       {"contextAgents", put_parts},
        {"contextGroups", put_parts}, {0}};
    put_object(comparing, value, forms);
}

static void put_statement(const struct comparing *comparing, uint32_t value);

static void put_object_of(const struct comparing *comparing, uint32_t value)
{
    const struct json *json = comparing->json;
    const uint32_t type = json_member(json, value, "objectType");
    if (!type || json_equals(json, type, "Activity"))
        put_activity(comparing, value);
    else if (json_equals(json, type, "StatementRef"))
        put_ref(comparing, value);
    else if (json_equals(json, type, "SubStatement"))
        put_statement(comparing, value);
    else
        put_agent(comparing, value);
}

static void put_statement(const struct comparing *comparing, uint32_t value)
{
    static const struct member_form forms[] = {
        {"id", NULL},           {"stored", NULL},         {"authority", NULL},
        {"version", NULL},      {"attachments", NULL},    {"timestamp", put_timestamp},
        {"actor", put_agent},   {"verb", put_verb},       {"object", put_object_of},
        {"result", put_result}, {"context", put_context}, {0}};
    put_object(comparing, value, forms);
}

void statement_put_content(const struct json *json, uint32_t statement, const struct statement_event *event,
                           struct buf *out, struct content_span *time)
{
    const struct comparing comparing = {json, event, out, json_member(json, statement, "timestamp"), time};
    *time = (struct content_span){0};
    put_statement(&comparing, statement);
}
