/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs and activities: xAPI 1.0.3, Data 2.4.3 and 2.4.4.1. */
#include "statement/check.h"

#include "base/map.h"

int check_verb(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {
        {"id", check_iri, true}, {"display", check_language_map, false}, {0}};
    return check_object(checking, value, properties);
}

static int check_activity_type(struct checking *checking, uint32_t value)
{
    if (json_equals(checking->json, value, "Activity"))
        return 0;
    return check_fail(checking, value, "\"Activity\" is wanted");
}

/* The lists of components, and the kinds of interaction that have them. */
static const struct component_list {
    const char *name;
    const char *kinds[3];
} component_lists[] = {{"choices", {"choice", "sequencing"}},
                       {"scale", {"likert"}},
                       {"source", {"matching"}},
                       {"target", {"matching"}},
                       {"steps", {"performance"}}};
enum { COMPONENT_LISTS = sizeof component_lists / sizeof *component_lists };

static int check_interaction_type(struct checking *checking, uint32_t value)
{
    static const char *const kinds[] = {"true-false",  "choice",     "fill-in", "long-fill-in", "matching",
                                        "performance", "sequencing", "likert",  "numeric",      "other"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_equals(checking->json, value, kinds[i]))
            return 0;
    return check_fail(checking, value,
                      "one of \"true-false\", \"choice\", \"fill-in\", \"long-fill-in\", \"matching\", "
                      "\"performance\", \"sequencing\", \"likert\", \"numeric\" and \"other\" is wanted");
}

static int check_strings(struct checking *checking, uint32_t value)
{
    return check_array(checking, value, check_string);
}

static int check_component(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {
        {"id", check_string, true}, {"description", check_language_map, false}, {0}};
    return check_object(checking, value, properties);
}

static int check_components(struct checking *checking, uint32_t value)
{
    if (check_array(checking, value, check_component))
        return -1;
    const struct json *json = checking->json;
    struct map seen = {0};
    int failed = 0;
    for (uint32_t at = json_first(json, value); at && !failed; at = json->values[at].next) {
        const uint32_t member = json_member(json, at, "id");
        const struct json_text id = check_text(checking, member);
        if (map_find(&seen, id.at, id.size))
            failed = check_fail(checking, member, "another component of the list has this id already");
        else
            map_add(&seen, id.at, id.size, at);
    }
    map_free(&seen);
    return failed;
}

static int check_list_fits(struct checking *checking, uint32_t list, uint32_t kind,
                           const struct component_list *about)
{
    for (const char *const *one = about->kinds; *one; one++)
        if (json_equals(checking->json, kind, *one))
            return 0;
    return check_fail(checking, list, "an interaction of this interactionType has no \"%s\"", about->name);
}

/* What only interactions have may stand only where there is an interactionType, and the lists only where it
 * has them. */
static int check_interaction(struct checking *checking, uint32_t definition)
{
    const struct json *json = checking->json;
    const uint32_t kind = json_member(json, definition, "interactionType");
    if (!kind && json_member(json, definition, "correctResponsesPattern"))
        return check_fail(
            checking, definition,
            "where there is a correctResponsesPattern, the property \"interactionType\" is needed");
    for (size_t i = 0; i < COMPONENT_LISTS; i++) {
        const uint32_t list = json_member(json, definition, component_lists[i].name);
        if (list && !kind)
            return check_fail(checking, definition,
                              "where there is a \"%s\", the property \"interactionType\" is needed",
                              component_lists[i].name);
        if (list && check_list_fits(checking, list, kind, &component_lists[i]))
            return -1;
    }
    return 0;
}

static int check_definition(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"name", check_language_map, false},
                                                 {"description", check_language_map, false},
                                                 {"type", check_iri, false},
                                                 {"moreInfo", check_iri, false},
                                                 {"extensions", check_extensions, false},
                                                 {"interactionType", check_interaction_type, false},
                                                 {"correctResponsesPattern", check_strings, false},
                                                 {"choices", check_components, false},
                                                 {"scale", check_components, false},
                                                 {"source", check_components, false},
                                                 {"target", check_components, false},
                                                 {"steps", check_components, false},
                                                 {0}};
    if (check_object(checking, value, properties))
        return -1;
    return check_interaction(checking, value);
}

int check_activity(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"objectType", check_activity_type, false},
                                                 {"id", check_iri, true},
                                                 {"definition", check_definition, false},
                                                 {0}};
    return check_object(checking, value, properties);
}
