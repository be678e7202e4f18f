/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/agent.h"

#include "check/forms.h"
#include "statement/check.h"

#include "base/mem.h"

#include <wijzer/record.h>

#include <string.h>

static int check_mbox(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_mailto,
                      "\"mailto:\" with one address, as \"mailto:info@example.com\",");
}

static int check_sha1(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_sha1, "a SHA-1 sum, which is 40 hexadecimal digits,");
}

static int check_account(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {
        {"homePage", check_iri, true}, {"name", check_string, true}, {0}};
    return check_object(checking, value, properties);
}

static int check_agent_type(struct checking *checking, uint32_t value)
{
    if (json_equals(checking->json, value, "Agent"))
        return 0;
    return check_fail(checking, value, "\"Agent\" is wanted, for this has to be somebody and no group");
}

static int check_group_type(struct checking *checking, uint32_t value)
{
    return json_equals(checking->json, value, "Group") ? 0
                                                       : check_fail(checking, value, "\"Group\" is wanted");
}

static int check_either_type(struct checking *checking, uint32_t value)
{
    if (json_equals(checking->json, value, "Agent") || json_equals(checking->json, value, "Group"))
        return 0;
    return check_fail(checking, value, "\"Agent\" or \"Group\" is wanted");
}

static int check_members(struct checking *checking, uint32_t value)
{
    return check_array(checking, value, check_agent);
}

static const char *const identifiers[] = {"mbox", "mbox_sha1sum", "openid", "account"};

/* The one that it is known by, which is the first; 0: none. */
static uint32_t find_identifier(const struct json *json, uint32_t agent, unsigned *count)
{
    uint32_t found = 0;
    *count = 0;
    for (size_t i = 0; i < sizeof identifiers / sizeof *identifiers; i++) {
        const uint32_t member = json_member(json, agent, identifiers[i]);
        found = found ? found : member;
        *count += member ? 1 : 0;
    }
    return found;
}

static int check_one_identifier(struct checking *checking, uint32_t value, bool needed)
{
    unsigned count;
    find_identifier(checking->json, value, &count);
    if (count > 1)
        return check_fail(checking, value,
                          "only one of mbox, mbox_sha1sum, openid and account may stand here, not %u of them",
                          count);
    if (count == 0 && needed)
        return check_fail(checking, value, "one of mbox, mbox_sha1sum, openid and account is missing");
    return 0;
}

int check_agent(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"objectType", check_agent_type, false},
                                                 {"name", check_string, false},
                                                 {"mbox", check_mbox, false},
                                                 {"mbox_sha1sum", check_sha1, false},
                                                 {"openid", check_iri, false},
                                                 {"account", check_account, false},
                                                 {0}};
    if (check_object(checking, value, properties))
        return -1;
    return check_one_identifier(checking, value, true);
}

int check_group(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {
        {"objectType", check_group_type, true}, {"name", check_string, false},
        {"member", check_members, false},       {"mbox", check_mbox, false},
        {"mbox_sha1sum", check_sha1, false},    {"openid", check_iri, false},
        {"account", check_account, false},      {0}};
    if (check_object(checking, value, properties) || check_one_identifier(checking, value, false))
        return -1;
    const struct json *json = checking->json;
    const uint32_t members = json_member(json, value, "member");
    if (agent_is_identified(json, value) || (members && json_first(json, members)))
        return 0;
    return check_fail(
        checking, value,
        "a group needs a \"member\" with agents in it, or one of mbox, mbox_sha1sum, openid and "
        "account");
}

int check_agent_or_group(struct checking *checking, uint32_t value)
{
    const struct json *json = checking->json;
    if (check_kind(checking, value, JSON_OBJECT))
        return -1;
    const uint32_t type = json_member(json, value, "objectType");
    if (type && check_either_type(checking, type))
        return -1;
    return agent_is_group(json, value) ? check_group(checking, value) : check_agent(checking, value);
}

int agent_check(const struct json *json, uint32_t agent, const char *where, bool group_too,
                enum xapi_version version, struct error *error)
{
    struct checking checking = {
        .json = json, .root = agent, .where = where, .version = version, .error = error};
    const int failed = group_too ? check_agent_or_group(&checking, agent) : check_agent(&checking, agent);
    buf_free(&checking.scratch);
    return failed;
}

bool agent_is_group(const struct json *json, uint32_t agent)
{
    return json_equals(json, json_member(json, agent, "objectType"), "Group");
}

bool agent_is_identified(const struct json *json, uint32_t agent)
{
    unsigned count;
    return find_identifier(json, agent, &count) != 0;
}

/* What ends `out` from `from` on: is it a pseudonym? */
static bool is_pseudonym(const struct buf *out, size_t from)
{
    if (out->size - from != WZ_PSEUDONYM_DIGITS)
        return false;
    for (size_t i = from; i < out->size; i++)
        if (!strchr("0123456789abcdef", out->data[i]) || !out->data[i])
            return false;
    return true;
}

static void put_account(const struct json *json, uint32_t account, struct buf *out)
{
    const uint32_t home = json_member(json, account, "homePage");
    const size_t from = out->size;
    if (json_equals(json, home, PSEUDONYM_HOME)) {
        buf_append_text(out, WZ_PERSON_MARK);
        json_put_text(json, json_member(json, account, "name"), out);
        if (is_pseudonym(out, from + 1)) {
            buf_append_text(out, WZ_PERSON_MARK);
            return;
        }
        out->size = from;
    }
    json_put_text(json, home, out);
    buf_put_u8(out, ' ');
    json_put_text(json, json_member(json, account, "name"), out);
}

static void make_lower(struct buf *out, size_t from)
{
    for (size_t i = from; i < out->size; i++)
        if (out->data[i] >= 'A' && out->data[i] <= 'Z')
            out->data[i] = (uint8_t)(out->data[i] | 0x20);
}

static void put_lower(const struct json *json, uint32_t value, struct buf *out)
{
    const size_t from = out->size;
    json_put_text(json, value, out);
    make_lower(out, from);
}

/* Less its "mailto:", in whatever case that is written, and with the domain in lower case: it is the same
 * one. */
static void put_address(const struct json *json, uint32_t mbox, struct buf *out)
{
    const size_t from = out->size, scheme = strlen("mailto:");
    json_put_text(json, mbox, out);
    if (out->size - from < scheme)
        return;
    memmove(out->data + from, out->data + from + scheme, out->size - from - scheme);
    out->size -= scheme;
    size_t at = out->size;
    while (at > from && out->data[at - 1] != '@')
        at--;
    make_lower(out, at);
}

void agent_put_identifier(const struct json *json, uint32_t agent, struct buf *out)
{
    unsigned count;
    const uint32_t found = find_identifier(json, agent, &count);
    if (json_is(json, found, JSON_OBJECT) && found) {
        put_account(json, found, out);
    } else if (found && found == json_member(json, agent, "mbox_sha1sum")) {
        buf_append_text(out, "sha1:");
        put_lower(json, found, out);
    } else if (found && found == json_member(json, agent, "mbox")) {
        put_address(json, found, out);
    } else if (found) {
        json_put_text(json, found, out);
    }
    buf_put_u8(out, '\0');
}

char *agent_identifier(const char *text)
{
    struct json json = {0};
    struct buf identifier = {0};
    struct error error;
    if (json_read(&json, text, strlen(text), &error) == 0 && agent_is_identified(&json, 0))
        agent_put_identifier(&json, 0, &identifier);
    json_free(&json);
    return (char *)identifier.data;
}
