/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contexts: xAPI 1.0.3, Data 2.4.6; of xAPI 2.0.0 also the agents and groups that play a part. */
#include "statement/check.h"

static int check_context_activity(struct checking *checking, uint32_t value)
{
    if (json_is(checking->json, value, JSON_ARRAY))
        return check_array(checking, value, check_activity);
    return check_activity(checking, value);
}

static int check_context_activities(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"parent", check_context_activity, false},
                                                 {"grouping", check_context_activity, false},
                                                 {"category", check_context_activity, false},
                                                 {"other", check_context_activity, false},
                                                 {0}};
    return check_object(checking, value, properties);
}

static int check_relevant_types(struct checking *checking, uint32_t value)
{
    if (check_array(checking, value, check_iri))
        return -1;
    return json_first(checking->json, value)
               ? 0
               : check_fail(checking, value, "at least one IRI is wanted; leave it out where there is none");
}

static int check_type_of_agent(struct checking *checking, uint32_t value)
{
    return json_equals(checking->json, value, "contextAgent")
               ? 0
               : check_fail(checking, value, "\"contextAgent\" is wanted");
}

static int check_type_of_group(struct checking *checking, uint32_t value)
{
    return json_equals(checking->json, value, "contextGroup")
               ? 0
               : check_fail(checking, value, "\"contextGroup\" is wanted");
}

static int check_context_agent(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"objectType", check_type_of_agent, true},
                                                 {"agent", check_agent, true},
                                                 {"relevantTypes", check_relevant_types, false},
                                                 {0}};
    return check_object(checking, value, properties);
}

static int check_context_group(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"objectType", check_type_of_group, true},
                                                 {"group", check_group, true},
                                                 {"relevantTypes", check_relevant_types, false},
                                                 {0}};
    return check_object(checking, value, properties);
}

static int check_context_agents(struct checking *checking, uint32_t value)
{
    return check_array(checking, value, check_context_agent);
}

static int check_context_groups(struct checking *checking, uint32_t value)
{
    return check_array(checking, value, check_context_group);
}

#define PROPERTIES_OF_ALL_VERSIONS                                                                           \
    {"registration", check_uuid, false}, {"instructor", check_agent_or_group, false},                        \
        {"team", check_group, false}, {"contextActivities", check_context_activities, false},                \
        {"revision", check_string, false}, {"platform", check_string, false},                                \
        {"language", check_language, false}, {"statement", check_statement_ref, false},                      \
    {                                                                                                        \
        "extensions", check_extensions, false                                                                \
    }

static const struct property properties_1_0_3[] = {PROPERTIES_OF_ALL_VERSIONS, {0}};
static const struct property properties_2_0_0[] = {PROPERTIES_OF_ALL_VERSIONS,
                                                   {"contextAgents", check_context_agents, false},
                                                   {"contextGroups", check_context_groups, false},
                                                   {0}};

int check_context(struct checking *checking, uint32_t value, bool about_activity)
{
    if (check_object(checking, value, checking->version == XAPI_1_0_3 ? properties_1_0_3 : properties_2_0_0))
        return -1;
    static const char *const of_activities[] = {"revision", "platform"};
    for (size_t i = 0; i < 2 && !about_activity; i++) {
        const uint32_t member = json_member(checking->json, value, of_activities[i]);
        if (member)
            return check_fail(checking, member, "it may stand here only where the object is an activity");
    }
    return 0;
}
