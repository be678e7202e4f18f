/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The event of a statement: what the core keeps, finds and counts. */
#include "statement/parts.h"

#include "check/forms.h"
#include "statement/agent.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void statement_event_free(struct statement_event *event)
{
    buf_free(&event->texts);
    buf_free(&event->raw);
    buf_free(&event->content);
    names_free(&event->people);
    names_free(&event->activities);
    free(event->agents);
    free(event->people_texts);
    free(event->references);
    *event = (struct statement_event){0};
}

static void clear(struct statement_event *out)
{
    out->event = (struct wz_event){0};
    buf_clear(&out->texts);
    buf_clear(&out->raw);
    buf_clear(&out->content);
    names_clear(&out->people);
    names_clear(&out->activities);
    out->agent_count = 0;
}

/* What a statement takes mostly, so that little is moved while it grows. */
static void make_room(struct statement_event *out, size_t size)
{
    enum { OF_OUR_OWN = 256 }; /* authority, stored ... */
    buf_reserve(&out->texts, size);
    buf_reserve(&out->raw, size + OF_OUR_OWN);
    buf_reserve(&out->content, size);
}

/* Where the texts of the event begin in `texts`, which still grows. */
struct places {
    size_t actor, verb, object, registration, groups[MOST_LEVELS], levels[MOST_LEVELS];
    size_t group_count;
    bool has_registration;
};

static size_t put_text(struct statement_event *out, const struct json *json, uint32_t value)
{
    const size_t start = out->texts.size;
    json_put_text(json, value, &out->texts);
    buf_put_u8(&out->texts, '\0');
    return start;
}

static size_t put_words(struct statement_event *out, const char *first, const char *second)
{
    const size_t start = out->texts.size;
    buf_append_text(&out->texts, first);
    buf_append_text(&out->texts, second);
    buf_put_u8(&out->texts, '\0');
    return start;
}

/* Whose identifier comes first. So an anonymous group counts as one person who is in it: of groups that have
 * the same people in them, no more are counted than there are people. */
static size_t first_member(const struct statement_event *out, const struct json *json, uint32_t group)
{
    const uint32_t members = json_member(json, group, "member");
    size_t first = SIZE_MAX;
    for (uint32_t at = json_first(json, members); at; at = json->values[at].next) {
        const size_t start = out->people.items[statement_find_agent(out, at)->person].start;
        const char *text = (const char *)out->texts.data;
        if (first == SIZE_MAX || strcmp(text + start, text + first) < 0)
            first = start;
    }
    return first;
}

static size_t find_actor(const struct statement_event *out, const struct json *json, uint32_t statement)
{
    const uint32_t actor = json_member(json, statement, "actor");
    const struct statement_agent *agent = statement_find_agent(out, actor);
    return agent->person != NOBODY ? out->people.items[agent->person].start : first_member(out, json, actor);
}

/* A UUID of the statement, which was checked. */
static void read_uuid(const struct json *json, uint32_t value, uint8_t bytes[16])
{
    struct buf scratch = {0};
    const struct json_text text = json_text_of(json, value, &scratch);
    form_read_uuid(text.at, text.size, bytes);
    buf_free(&scratch);
}

static size_t put_statement_ref(struct statement_event *out, const struct json *json, uint32_t object,
                                uint32_t statement)
{
    char id[37];
    read_uuid(json, json_member(json, object, "id"), out->target);
    form_write_uuid(out->target, id);
    out->event.target = out->target;
    const uint32_t verb = json_member(json, json_member(json, statement, "verb"), "id");
    out->event.voids = json_equals(json, verb, VERB_VOIDED) ? 1 : 0;
    return put_words(out, "statement:", id);
}

static size_t put_object(struct statement_event *out, const struct json *json, uint32_t statement)
{
    const uint32_t object = json_member(json, statement, "object");
    const uint32_t type = json_member(json, object, "objectType");
    if (!type || json_equals(json, type, "Activity"))
        return put_text(out, json, json_member(json, object, "id"));
    if (json_equals(json, type, "StatementRef"))
        return put_statement_ref(out, json, object, statement);
    if (json_equals(json, type, "SubStatement"))
        return put_words(out, "substatement", "");
    return put_words(out, agent_is_group(json, object) ? "group" : "agent", "");
}

static void put_registration(struct statement_event *out, const struct json *json, uint32_t statement,
                             struct places *places)
{
    const uint32_t found = json_inside(json, json_member(json, statement, "context"), "registration");
    if (!found)
        return;
    uint8_t bytes[16];
    char text[37];
    read_uuid(json, found, bytes);
    form_write_uuid(bytes, text);
    places->registration = put_words(out, text, "");
    places->has_registration = true;
}

static void put_groups(const struct xapi *xapi, struct statement_event *out, const struct json *json,
                       uint32_t statement, struct places *places)
{
    const size_t levels = xapi->groups ? group_rules_count(xapi->groups) : 0;
    for (size_t i = 0; i < levels; i++) {
        const size_t start = out->texts.size;
        if (!group_rules_find(xapi->groups, i, json, statement, &out->texts))
            continue;
        places->levels[places->group_count] = i;
        places->groups[places->group_count++] = start;
    }
}

static void add_measure(struct statement_event *out, const char *name, double value)
{
    out->measures[out->event.measure_count++] = (struct wz_measure){name, value};
}

static void add_truth(struct statement_event *out, const struct json *json, uint32_t value, const char *name)
{
    if (value)
        add_measure(out, name, json_is(json, value, JSON_TRUE) ? 1 : 0);
}

static void measure(struct statement_event *out, const struct json *json, uint32_t statement)
{
    const uint32_t result = json_member(json, statement, "result");
    const uint32_t duration = json_inside(json, result, "duration");
    const uint32_t scaled = json_inside(json, json_inside(json, result, "score"), "scaled");
    out->event.measures = out->measures;
    if (duration) {
        double minutes = 0;
        struct buf scratch = {0};
        const struct json_text text = json_text_of(json, duration, &scratch);
        form_read_duration(text.at, text.size, &minutes);
        buf_free(&scratch);
        if (isfinite(minutes))
            add_measure(out, "duration", minutes);
    }
    if (scaled)
        add_measure(out, "score", json_number(json, scaled));
    add_truth(out, json, json_inside(json, result, "success"), "success");
    add_truth(out, json, json_inside(json, result, "completion"), "completion");
}

static int64_t time_of(const struct json *json, uint32_t statement, int64_t now)
{
    const uint32_t timestamp = json_member(json, statement, "timestamp");
    if (!timestamp)
        return now;
    int64_t time = now;
    struct buf scratch = {0};
    const struct json_text text = json_text_of(json, timestamp, &scratch);
    form_read_timestamp(text.at, text.size, &time);
    buf_free(&scratch);
    return time;
}

/* ---- once the texts stand still ---- */

static const char *text_at(const struct statement_event *out, size_t start)
{
    return (const char *)out->texts.data + start;
}

static void list_people(struct statement_event *out)
{
    if (out->people.count > out->people_capacity) {
        out->people_capacity = out->people.capacity;
        out->people_texts = mem_resize(out->people_texts, out->people_capacity, sizeof *out->people_texts);
    }
    for (size_t i = 0; i < out->people.count; i++)
        out->people_texts[i] = text_at(out, out->people.items[i].start);
    out->event.people = out->people_texts;
    out->event.people_count = out->people.count;
}

static void refer(struct statement_event *out, uint32_t role, const char *key, size_t person)
{
    if (out->event.reference_count == out->reference_capacity) {
        out->reference_capacity = out->reference_capacity ? out->reference_capacity * 2 : 16;
        out->references = mem_resize(out->references, out->reference_capacity, sizeof *out->references);
    }
    out->references[out->event.reference_count++] = (struct wz_reference){role, key, person};
}

static void refer_by_roles(struct statement_event *out, uint32_t roles, const char *key, size_t person)
{
    for (uint32_t role = ROLE_VERB; role <= ROLE_REGISTRATION; role++)
        if (roles & 1u << role)
            refer(out, role, key, person);
}

static void list_references(struct statement_event *out, const struct places *places)
{
    refer(out, ROLE_VERB, text_at(out, places->verb), 0);
    for (size_t i = 0; i < out->activities.count; i++)
        refer_by_roles(out, out->activities.items[i].roles, text_at(out, out->activities.items[i].start), 0);
    for (size_t i = 0; i < out->people.count; i++)
        refer_by_roles(out, out->people.items[i].roles, NULL, i);
    if (places->has_registration)
        refer(out, ROLE_REGISTRATION, text_at(out, places->registration), 0);
    out->event.references = out->references;
}

static void list_groups(const struct xapi *xapi, struct statement_event *out, const struct places *places)
{
    for (size_t i = 0; i < places->group_count; i++)
        out->groups[i] = (struct wz_group_step){group_rules_level(xapi->groups, places->levels[i]),
                                                text_at(out, places->groups[i])};
    out->event.groups = out->groups;
    out->event.group_count = places->group_count;
}

static void finish(const struct xapi *xapi, struct statement_event *out, const struct places *places)
{
    out->event.actor = text_at(out, places->actor);
    out->event.verb = text_at(out, places->verb);
    out->event.object = text_at(out, places->object);
    out->event.raw = (const char *)out->raw.data;
    out->event.content = (const char *)out->content.data;
    list_people(out);
    list_references(out, places);
    list_groups(xapi, out, places);
}

static void put_id(struct statement_event *out, const struct json *json, uint32_t statement,
                   const uint8_t given[16])
{
    const uint32_t id = json_member(json, statement, "id");
    if (id)
        read_uuid(json, id, out->event.id);
    else
        memcpy(out->event.id, given, sizeof out->event.id);
    form_write_uuid(out->event.id, out->id);
}

void statement_to_event(const struct xapi *xapi, const struct json *json, uint32_t statement,
                        const uint8_t id[16], int64_t now, struct statement_event *out)
{
    clear(out);
    make_room(out, json->values[statement].size);
    put_id(out, json, statement, id);
    statement_gather(xapi, json, statement, out);
    struct places places = {0};
    places.verb = put_text(out, json, json_member(json, json_member(json, statement, "verb"), "id"));
    places.actor = find_actor(out, json, statement);
    places.object = put_object(out, json, statement);
    put_registration(out, json, statement, &places);
    put_groups(xapi, out, json, statement, &places);
    measure(out, json, statement);
    out->event.time = time_of(json, statement, now);
    statement_put_raw(xapi, json, statement, out);
    struct content_span time;
    statement_put_content(json, statement, xapi->keeps_identities ? NULL : out, &out->content, &time);
    buf_put_u8(&out->content, '\0');
    out->event.content_time_at = time.at;
    out->event.content_time_size = time.size;
    finish(xapi, out, &places);
}
