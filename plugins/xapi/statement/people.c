/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom and what a statement names, and by which of them it is found (xAPI 1.0.3, Communication 2.1.3). */
#include "statement/parts.h"

#include "statement/agent.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct gathering {
    const struct json *json;
    struct statement_event *out;
};

static uint32_t bit(enum statement_role role)
{
    return 1u << role;
}

static void add_agent(struct statement_event *out, uint32_t value, uint32_t person)
{
    if (out->agent_count == out->agent_capacity) {
        out->agent_capacity = out->agent_capacity ? out->agent_capacity * 2 : 16;
        out->agents = mem_resize(out->agents, out->agent_capacity, sizeof *out->agents);
    }
    out->agents[out->agent_count++] = (struct statement_agent){value, person};
}

static uint32_t take_person(struct statement_event *out, const struct json *json, uint32_t agent,
                            uint32_t roles)
{
    const size_t start = out->texts.size;
    agent_put_identifier(json, agent, &out->texts);
    return names_take(&out->people, &out->texts, start, roles);
}

/* An agent or a group, with its members; 0: there is none. */
static void gather_agent(struct gathering *gathering, uint32_t agent, uint32_t roles)
{
    const struct json *json = gathering->json;
    if (!agent)
        return;
    const bool identified = agent_is_identified(json, agent);
    add_agent(gathering->out, agent, identified ? take_person(gathering->out, json, agent, roles) : NOBODY);
    const uint32_t members = json_member(json, agent, "member");
    for (uint32_t member = members ? json_first(json, members) : 0; member;
         member = json->values[member].next)
        add_agent(gathering->out, member, take_person(gathering->out, json, member, roles));
}

static void gather_activity(struct gathering *gathering, uint32_t activity, uint32_t roles)
{
    struct statement_event *out = gathering->out;
    const size_t start = out->texts.size;
    json_put_text(gathering->json, json_member(gathering->json, activity, "id"), &out->texts);
    buf_put_u8(&out->texts, '\0');
    names_take(&out->activities, &out->texts, start, roles);
}

static void gather_context_activities(struct gathering *gathering, uint32_t all)
{
    const struct json *json = gathering->json;
    for (uint32_t one = all ? json_first(json, all) : 0; one; one = json->values[one].next) {
        if (!json_is(json, one, JSON_ARRAY)) {
            gather_activity(gathering, one, bit(ROLE_RELATED_ACTIVITY));
            continue;
        }
        for (uint32_t at = json_first(json, one); at; at = json->values[at].next)
            gather_activity(gathering, at, bit(ROLE_RELATED_ACTIVITY));
    }
}

/* Of contextAgents and contextGroups: an array of objects that each have one in a member of this name. */
static void gather_parts(struct gathering *gathering, uint32_t array, const char *name)
{
    const struct json *json = gathering->json;
    for (uint32_t part = array ? json_first(json, array) : 0; part; part = json->values[part].next)
        gather_agent(gathering, json_member(json, part, name), bit(ROLE_RELATED_AGENT));
}

static void gather_context(struct gathering *gathering, uint32_t context)
{
    const struct json *json = gathering->json;
    if (!context)
        return;
    gather_agent(gathering, json_member(json, context, "instructor"), bit(ROLE_RELATED_AGENT));
    gather_agent(gathering, json_member(json, context, "team"), bit(ROLE_RELATED_AGENT));
    gather_context_activities(gathering, json_member(json, context, "contextActivities"));
    gather_parts(gathering, json_member(json, context, "contextAgents"), "agent");
    gather_parts(gathering, json_member(json, context, "contextGroups"), "group");
}

static void gather_statement(struct gathering *gathering, uint32_t statement, uint32_t agent_roles,
                             uint32_t activity_roles)
{
    const struct json *json = gathering->json;
    gather_agent(gathering, json_member(json, statement, "actor"), agent_roles);
    gather_context(gathering, json_member(json, statement, "context"));
    const uint32_t object = json_member(json, statement, "object");
    const uint32_t type = json_member(json, object, "objectType");
    if (!type || json_equals(json, type, "Activity"))
        gather_activity(gathering, object, activity_roles);
    else if (json_equals(json, type, "Agent") || json_equals(json, type, "Group"))
        gather_agent(gathering, object, agent_roles);
    else if (json_equals(json, type, "SubStatement"))
        gather_statement(gathering, object, bit(ROLE_RELATED_AGENT), bit(ROLE_RELATED_ACTIVITY));
}

/* The feed's, in place of what was sent. */
static void gather_authority(const struct xapi *xapi, struct statement_event *out)
{
    const size_t start = out->texts.size;
    if (!xapi->authority_person)
        return;
    buf_append_text(&out->texts, xapi->authority_person);
    buf_put_u8(&out->texts, '\0');
    names_take(&out->people, &out->texts, start, bit(ROLE_RELATED_AGENT));
}

static int by_place(const void *a, const void *b)
{
    const struct statement_agent *left = a, *right = b;
    return left->value < right->value ? -1 : left->value > right->value;
}

const struct statement_agent *statement_find_agent(const struct statement_event *event, uint32_t value)
{
    const struct statement_agent wanted = {.value = value};
    return bsearch(&wanted, event->agents, event->agent_count, sizeof *event->agents, by_place);
}

void statement_gather(const struct xapi *xapi, const struct json *json, uint32_t statement,
                      struct statement_event *out)
{
    struct gathering gathering = {json, out};
    gather_statement(&gathering, statement, bit(ROLE_AGENT) | bit(ROLE_RELATED_AGENT),
                     bit(ROLE_ACTIVITY) | bit(ROLE_RELATED_ACTIVITY));
    gather_authority(xapi, out);
    qsort(out->agents, out->agent_count, sizeof *out->agents, by_place);
}
