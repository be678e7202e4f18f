/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements as they are read again (xAPI 1.0.3, Communication 2.1.3: the formats). */
#include "statement/statement.h"

#include "check/forms.h"
#include "statement/agent.h"
#include "statement/language.h"

#include <string.h>

struct viewing {
    const struct json *json;
    const char *languages; /* FORMAT_CANONICAL; or NULL */
    struct buf *out;
};

typedef void (*view_fn)(const struct viewing *viewing, uint32_t value);

/* How the members of an object are shown that are not shown as they are. A table ends with a name that is
 * NULL. */
struct member_view {
    const char *name;
    view_fn view;
};

static void view_as_it_is(const struct viewing *viewing, uint32_t value)
{
    json_put_value(viewing->json, value, viewing->out);
}

static view_fn find_view(const struct viewing *viewing, uint32_t member, const struct member_view *views)
{
    for (; views->name; views++)
        if (json_key_is(viewing->json, member, views->name))
            return views->view;
    return view_as_it_is;
}

/* The members of an object and a comma behind each. */
static void view_members(const struct viewing *viewing, uint32_t object, const struct member_view *views)
{
    const struct json *json = viewing->json;
    for (uint32_t member = json_first(json, object); member; member = json->values[member].next) {
        json_put_name(json, member, viewing->out);
        find_view(viewing, member, views)(viewing, member);
        buf_put_u8(viewing->out, ',');
    }
}

static void drop_comma(struct buf *out)
{
    if (out->data[out->size - 1] == ',')
        out->size--;
}

static void view_object(const struct viewing *viewing, uint32_t object, const struct member_view *views)
{
    if (!json_is(viewing->json, object, JSON_OBJECT)) {
        view_as_it_is(viewing, object);
        return;
    }
    buf_put_u8(viewing->out, '{');
    view_members(viewing, object, views);
    drop_comma(viewing->out);
    buf_put_u8(viewing->out, '}');
}

static void view_array(const struct viewing *viewing, uint32_t array, view_fn view)
{
    const struct json *json = viewing->json;
    if (!json_is(json, array, JSON_ARRAY)) {
        view(viewing, array);
        return;
    }
    buf_put_u8(viewing->out, '[');
    for (uint32_t at = json_first(json, array); at; at = json->values[at].next) {
        view(viewing, at);
        buf_put_u8(viewing->out, ',');
    }
    drop_comma(viewing->out);
    buf_put_u8(viewing->out, ']');
}

/* The object with the members of these names alone. */
static void view_only(const struct viewing *viewing, uint32_t object, const char *const *names, size_t count)
{
    const struct json *json = viewing->json;
    buf_put_u8(viewing->out, '{');
    for (size_t i = 0; i < count; i++) {
        const uint32_t member = json_member(json, object, names[i]);
        if (!member)
            continue;
        json_put_name(json, member, viewing->out);
        json_put_value(json, member, viewing->out);
        buf_put_u8(viewing->out, ',');
    }
    drop_comma(viewing->out);
    buf_put_u8(viewing->out, '}');
}

/* ---- ids: no more than it takes to tell who and what it is ---- */

static void view_only_id(const struct viewing *viewing, uint32_t value)
{
    static const char *const names[] = {"id"};
    view_only(viewing, value, names, 1);
}

static void view_identity(const struct viewing *viewing, uint32_t value);

static void view_identities(const struct viewing *viewing, uint32_t value)
{
    view_array(viewing, value, view_identity);
}

static void view_identity(const struct viewing *viewing, uint32_t value)
{
    static const char *const names[] = {"objectType", "mbox", "mbox_sha1sum", "openid", "account"};
    if (agent_is_group(viewing->json, value) && !agent_is_identified(viewing->json, value)) {
        /* Without its name it has nothing but its type and its members. */
        buf_append_text(viewing->out, "{\"objectType\":\"Group\",\"member\":");
        const uint32_t list = json_member(viewing->json, value, "member");
        if (list)
            view_identities(viewing, list);
        else
            buf_append_text(viewing->out, "[]");
        buf_put_u8(viewing->out, '}');
        return;
    }
    view_only(viewing, value, names, sizeof names / sizeof *names);
}

static void view_ids_of_activities(const struct viewing *viewing, uint32_t value)
{
    view_array(viewing, value, view_only_id);
}

static void view_ids_of_context_activities(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"parent", view_ids_of_activities},
                                               {"grouping", view_ids_of_activities},
                                               {"category", view_ids_of_activities},
                                               {"other", view_ids_of_activities},
                                               {0}};
    view_object(viewing, value, views);
}

static void view_ids_of_part(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"agent", view_identity}, {"group", view_identity}, {0}};
    view_object(viewing, value, views);
}

static void view_ids_of_parts(const struct viewing *viewing, uint32_t value)
{
    view_array(viewing, value, view_ids_of_part);
}

static void view_ids_of_context(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"instructor", view_identity},
                                               {"team", view_identity},
                                               {"contextActivities", view_ids_of_context_activities},
                                               {"contextAgents", view_ids_of_parts},
                                               {"contextGroups", view_ids_of_parts},
                                               {0}};
    view_object(viewing, value, views);
}

static void view_ids_of_object(const struct viewing *viewing, uint32_t value);

static const struct member_view ids_of_statement[] = {
    {"actor", view_identity},         {"verb", view_only_id},       {"object", view_ids_of_object},
    {"context", view_ids_of_context}, {"authority", view_identity}, {0}};

static void view_ids_of_object(const struct viewing *viewing, uint32_t value)
{
    const struct json *json = viewing->json;
    const uint32_t type = json_member(json, value, "objectType");
    if (!type || json_equals(json, type, "Activity"))
        view_only_id(viewing, value);
    else if (json_equals(json, type, "SubStatement"))
        view_object(viewing, value, ids_of_statement);
    else if (json_equals(json, type, "StatementRef"))
        view_as_it_is(viewing, value);
    else
        view_identity(viewing, value);
}

/* ---- canonical: every language map in one language ---- */

static void view_language(const struct viewing *viewing, uint32_t value)
{
    const uint32_t chosen = language_accepted(viewing->json, value, viewing->languages);
    buf_put_u8(viewing->out, '{');
    if (chosen) {
        json_put_name(viewing->json, chosen, viewing->out);
        json_put_value(viewing->json, chosen, viewing->out);
    }
    buf_put_u8(viewing->out, '}');
}

static void view_component(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"description", view_language}, {0}};
    view_object(viewing, value, views);
}

static void view_components(const struct viewing *viewing, uint32_t value)
{
    view_array(viewing, value, view_component);
}

static void view_definition(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"name", view_language},      {"description", view_language},
                                               {"choices", view_components}, {"scale", view_components},
                                               {"source", view_components},  {"target", view_components},
                                               {"steps", view_components},   {0}};
    view_object(viewing, value, views);
}

static void view_verb(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"display", view_language}, {0}};
    view_object(viewing, value, views);
}

static void view_activity(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"definition", view_definition}, {0}};
    view_object(viewing, value, views);
}

static void view_activities(const struct viewing *viewing, uint32_t value)
{
    view_array(viewing, value, view_activity);
}

static void view_context_activities(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"parent", view_activities},
                                               {"grouping", view_activities},
                                               {"category", view_activities},
                                               {"other", view_activities},
                                               {0}};
    view_object(viewing, value, views);
}

static void view_context(const struct viewing *viewing, uint32_t value)
{
    static const struct member_view views[] = {{"contextActivities", view_context_activities}, {0}};
    view_object(viewing, value, views);
}

static void view_object_of(const struct viewing *viewing, uint32_t value);

static const struct member_view canonical_statement[] = {
    {"verb", view_verb}, {"object", view_object_of}, {"context", view_context}, {0}};

static void view_object_of(const struct viewing *viewing, uint32_t value)
{
    const struct json *json = viewing->json;
    const uint32_t type = json_member(json, value, "objectType");
    if (!type || json_equals(json, type, "Activity"))
        view_activity(viewing, value);
    else if (json_equals(json, type, "SubStatement"))
        view_object(viewing, value, canonical_statement);
    else
        view_as_it_is(viewing, value);
}

/* ---- the statement ---- */

static const struct member_view exact_statement[] = {{0}};

static const struct member_view *views_of(enum statement_format format)
{
    switch (format) {
    case FORMAT_IDS:
        return ids_of_statement;
    case FORMAT_CANONICAL:
        return canonical_statement;
    case FORMAT_EXACT:
        break;
    }
    return exact_statement;
}

static void put_time(const char *name, int64_t time, struct buf *out)
{
    char text[FORM_TIME_SIZE];
    form_write_timestamp(time, text);
    buf_put_u8(out, '"');
    buf_append_text(out, name);
    buf_append_text(out, "\":\"");
    buf_append_text(out, text);
    buf_append_text(out, "\",");
}

static void put_found(const struct viewing *viewing, const struct wz_event_found *found,
                      const struct member_view *views, enum xapi_version version)
{
    struct buf *out = viewing->out;
    char id[37];
    form_write_uuid(found->id, id);
    buf_append_text(out, "{\"id\":\"");
    buf_append_text(out, id);
    buf_append_text(out, "\",");
    view_members(viewing, 0, views);
    if (!json_member(viewing->json, 0, "timestamp"))
        put_time("timestamp", found->stored, out);
    put_time("stored", found->stored, out);
    if (!json_member(viewing->json, 0, "version"))
        buf_append_text(out, version == XAPI_1_0_3 ? "\"version\":\"1.0.0\"," : "\"version\":\"2.0.0\",");
    drop_comma(out);
    buf_put_u8(out, '}');
}

int statement_put_found(const struct wz_event_found *found, enum statement_format format,
                        const char *languages, enum xapi_version version, struct buf *out)
{
    struct json json = {0};
    struct error error;
    const int failed =
        json_read(&json, found->raw, found->raw_size, &error) || !json_is(&json, 0, JSON_OBJECT);
    if (!failed) {
        const struct viewing viewing = {&json, languages, out};
        put_found(&viewing, found, views_of(format), version);
    }
    json_free(&json);
    return failed ? -1 : 0;
}
