/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements as a whole: xAPI 1.0.3, Data 2.2 and 2.4. */
#include "statement/statement.h"

#include "statement/agent.h"
#include "statement/check.h"

#include <string.h>

static int check_ref_type(struct checking *checking, uint32_t value)
{
    if (json_equals(checking->json, value, "StatementRef"))
        return 0;
    return check_fail(checking, value, "\"StatementRef\" is wanted");
}

int check_statement_ref(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {
        {"objectType", check_ref_type, true}, {"id", check_uuid, true}, {0}};
    return check_object(checking, value, properties);
}

static int check_sub_statement(struct checking *checking, uint32_t value);

static const struct object_kind {
    const char *type;
    check_fn check;
} object_kinds[] = {{"Activity", check_activity},
                    {"Agent", check_agent},
                    {"Group", check_group},
                    {"StatementRef", check_statement_ref},
                    {"SubStatement", check_sub_statement}};
enum { OBJECT_KINDS = sizeof object_kinds / sizeof *object_kinds };

static int check_object_of(struct checking *checking, uint32_t value, bool in_sub_statement)
{
    if (check_kind(checking, value, JSON_OBJECT))
        return -1;
    const uint32_t type = json_member(checking->json, value, "objectType");
    if (!type)
        return check_activity(checking, value);
    for (size_t i = 0; i < OBJECT_KINDS; i++) {
        if (!json_equals(checking->json, type, object_kinds[i].type))
            continue;
        if (in_sub_statement && object_kinds[i].check == check_sub_statement)
            return check_fail(checking, value, "a SubStatement may have no other in it");
        return object_kinds[i].check(checking, value);
    }
    return check_fail(checking, type,
                      "\"Activity\", \"Agent\", \"Group\", \"StatementRef\" or \"SubStatement\" is wanted");
}

static int check_any_object(struct checking *checking, uint32_t value)
{
    return check_object_of(checking, value, false);
}

static int check_object_of_sub(struct checking *checking, uint32_t value)
{
    return check_object_of(checking, value, true);
}

/* What takes a statement back names it. */
static int check_voiding(struct checking *checking, uint32_t statement)
{
    const struct json *json = checking->json;
    const uint32_t object = json_member(json, statement, "object");
    if (!json_equals(json, json_member(json, json_member(json, statement, "verb"), "id"), VERB_VOIDED) ||
        json_equals(json, json_member(json, object, "objectType"), "StatementRef"))
        return 0;
    return check_fail(
        checking, object,
        "the verb takes a statement back: then the object has to be a StatementRef with its id");
}

/* What takes more than one property to be told. */
static int check_together(struct checking *checking, uint32_t statement)
{
    const struct json *json = checking->json;
    const uint32_t context = json_member(json, statement, "context");
    const uint32_t type = json_member(json, json_member(json, statement, "object"), "objectType");
    if (context && check_context(checking, context, !type || json_equals(json, type, "Activity")))
        return -1;
    return check_voiding(checking, statement);
}

static int check_sub_type(struct checking *checking, uint32_t value)
{
    (void)checking;
    (void)value; /* it was looked at to get here */
    return 0;
}

static int check_sub_statement(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"objectType", check_sub_type, true},
                                                 {"actor", check_agent_or_group, true},
                                                 {"verb", check_verb, true},
                                                 {"object", check_object_of_sub, true},
                                                 {"result", check_result, false},
                                                 {"context", NULL, false},
                                                 {"timestamp", check_timestamp, false},
                                                 {"attachments", check_attachments, false},
                                                 {0}};
    return check_object(checking, value, properties) ? -1 : check_together(checking, value);
}

/* "1.0" or "1.0.x"; the first part may be higher. */
static bool is_version(struct json_text text, char first)
{
    if (text.size < 3 || text.at[0] != first || text.at[1] != '.' || text.at[2] != '0')
        return false;
    if (text.size == 3)
        return true;
    if (text.at[3] != '.' || text.size == 4)
        return false;
    for (size_t i = 4; i < text.size; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return true;
}

static int check_version(struct checking *checking, uint32_t value)
{
    if (check_string(checking, value))
        return -1;
    const struct json_text text = check_text(checking, value);
    if (is_version(text, '1') || (checking->version != XAPI_1_0_3 && is_version(text, '2')))
        return 0;
    return check_fail(checking, value,
                      checking->version == XAPI_1_0_3 ? "\"1.0.0\" is wanted, or another 1.0 version"
                                                      : "\"2.0.0\" is wanted, or a 1.0 version");
}

/* Of OAuth with three parties: an application, which has an account, and a user. */
static int check_authority_group(struct checking *checking, uint32_t value)
{
    const struct json *json = checking->json;
    const uint32_t members = json_member(json, value, "member");
    if (agent_is_identified(json, value) || !json_is(json, members, JSON_ARRAY) ||
        json->values[members].count != 2)
        return check_fail(checking, value,
                          "an agent is wanted, or a group of two agents without an identifier of its own");
    for (uint32_t member = json_first(json, members); member; member = json->values[member].next)
        if (json_member(json, member, "account"))
            return 0;
    return check_fail(checking, members, "one of the two has to be an application, which has an \"account\"");
}

static int check_authority(struct checking *checking, uint32_t value)
{
    if (check_agent_or_group(checking, value))
        return -1;
    return agent_is_group(checking->json, value) ? check_authority_group(checking, value) : 0;
}

static const struct property properties_of_statements[] = {{"id", check_uuid, false},
                                                           {"actor", check_agent_or_group, true},
                                                           {"verb", check_verb, true},
                                                           {"object", check_any_object, true},
                                                           {"result", check_result, false},
                                                           {"context", NULL, false},
                                                           {"timestamp", check_timestamp, false},
                                                           {"stored", check_timestamp, false},
                                                           {"authority", check_authority, false},
                                                           {"version", check_version, false},
                                                           {"attachments", check_attachments, false},
                                                           {0}};

int statement_check(const struct json *json, uint32_t statement, enum xapi_version version,
                    struct error *error)
{
    struct checking checking = {
        .json = json, .root = statement, .where = "", .version = version, .error = error};
    const int failed = check_object(&checking, statement, properties_of_statements)
                           ? -1
                           : check_together(&checking, statement);
    buf_free(&checking.scratch);
    return failed;
}
