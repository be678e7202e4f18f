/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agents and groups, by xAPI 1.0.3, Data 2.4.2. */
#include "case.h"
#include "statement/agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct error error;

static bool is_agent(const char *text, bool group_too)
{
    struct json json = read_json(text);
    const int failed = agent_check(&json, 0, "actor", group_too, XAPI_1_0_3, &error);
    json_free(&json);
    return !failed;
}

static void assert_agent(const char *text)
{
    if (!is_agent(text, false) || !is_agent(text, true))
        fail_msg("%s: %s", text, error.text);
}

/* Neither an agent nor a group. */
static void assert_nobody(const char *place, const char *text)
{
    assert_false(is_agent(text, false));
    if (is_agent(text, true))
        fail_msg("taken: %s", text);
    if (strncmp(error.text, place, strlen(place)) != 0 || error.text[strlen(place)] != ':')
        fail_msg("%s: at '%s' and not: %s", text, place, error.text);
}

#define SHA1 "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"

static void each_of_four_identifiers_makes_an_agent(void **state)
{
    (void)state;
    assert_agent("{'mbox':'mailto:ada@example.com'}");
    assert_agent("{'mbox_sha1sum':'" SHA1 "'}");
    assert_agent("{'openid':'https://id.example.com/ada'}");
    assert_agent("{'account':{'homePage':'https://lms.example.com','name':'12'}}");
    assert_agent("{'objectType':'Agent','name':'','mbox':'mailto:ada@example.com'}");
}

static void none_and_two_make_none(void **state)
{
    (void)state;
    assert_nobody("actor", "{}");
    assert_nobody("actor", "{'name':'Ada'}");
    assert_nobody("actor", "{'mbox':'mailto:ada@example.com','openid':'https://id.example.com/ada'}");
    assert_nobody("actor", "{'mbox':'mailto:ada@example.com','mbox_sha1sum':'" SHA1 "'}");
}

static void what_is_wrong_is_refused_where_it_stands(void **state)
{
    (void)state;
    assert_nobody("actor", "[]");
    assert_nobody("actor", "'mailto:ada@example.com'");
    assert_nobody("actor.mbox", "{'mbox':'ada@example.com'}");
    assert_nobody("actor.mbox", "{'mbox':['mailto:ada@example.com']}");
    assert_nobody("actor.mbox", "{'mbox':null}");
    assert_nobody("actor.mbox_sha1sum", "{'mbox_sha1sum':'abc'}");
    assert_nobody("actor.openid", "{'openid':'ada'}");
    assert_nobody("actor.name", "{'name':1,'mbox':'mailto:ada@example.com'}");
    assert_nobody("actor", "{'Mbox':'mailto:ada@example.com'}");
    assert_nobody("actor", "{'mbox':'mailto:ada@example.com','age':3}");
    assert_nobody("actor.objectType", "{'objectType':'agent','mbox':'mailto:ada@example.com'}");
    assert_nobody("actor.objectType", "{'objectType':'Activity','mbox':'mailto:ada@example.com'}");
    assert_nobody("actor.account", "{'account':{'name':'12'}}");
    assert_nobody("actor.account", "{'account':{'homePage':'https://lms.example.com'}}");
    assert_nobody("actor.account", "{'account':{'homePage':'https://x.nl','name':'12','id':1}}");
    assert_nobody("actor.account.homePage", "{'account':{'homePage':'lms','name':'12'}}");
    assert_nobody("actor.account.name", "{'account':{'homePage':'https://x.nl','name':12}}");
    assert_nobody("actor", "{'mbox':'mailto:ada@example.com','member':[]}");
}

static void a_wrong_case_is_told(void **state)
{
    (void)state;
    assert_false(is_agent("{'MBOX':'mailto:ada@example.com'}", false));
    assert_non_null(strstr(error.text, "\"mbox\" is perhaps meant"));
}

static void a_group_is_one_only_where_it_may_be(void **state)
{
    (void)state;
    static const char group[] = "{'objectType':'Group','member':[{'mbox':'mailto:ada@example.com'}]}";
    assert_true(is_agent(group, true));
    assert_false(is_agent(group, false));
    assert_true(is_agent("{'objectType':'Group','mbox':'mailto:team@example.com'}", true));
    assert_true(is_agent("{'objectType':'Group','mbox':'mailto:team@example.com','member':[]}", true));
}

static void a_group_has_agents_in_it_and_no_groups(void **state)
{
    (void)state;
    assert_nobody("actor", "{'objectType':'Group'}");
    assert_nobody("actor", "{'objectType':'Group','name':'A'}");
    assert_nobody("actor", "{'objectType':'Group','member':[]}");
    assert_nobody("actor.member", "{'objectType':'Group','member':{'mbox':'mailto:ada@example.com'}}");
    assert_nobody("actor.member[1]",
                  "{'objectType':'Group','member':[{'mbox':'mailto:ada@example.com'},{}]}");
    assert_nobody("actor.member[0].objectType",
                  "{'objectType':'Group','member':[{'objectType':'Group','mbox':'mailto:ada@example.com'}]}");
    assert_nobody("actor", "{'objectType':'Group','mbox':'mailto:a@b','openid':'https://x.nl','member':[]}");
}

static void assert_identifier(const char *text, const char *wanted)
{
    struct json json = read_json(text);
    struct buf out = {0};
    assert_true(agent_is_identified(&json, 0));
    agent_put_identifier(&json, 0, &out);
    assert_string_equal((const char *)out.data, wanted);
    assert_int_equal(out.size, strlen(wanted) + 1);
    buf_free(&out);
    json_free(&json);
}

static void somebody_is_known_by_an_identifier(void **state)
{
    (void)state;
    assert_identifier("{'name':'Ada','mbox':'mailto:ada@example.com'}", "ada@example.com");
    assert_identifier("{'mbox':'MailTo:ada@example.com'}", "ada@example.com");
    assert_identifier("{'mbox_sha1sum':'EBD31E95054C018B10727CCFFD2EF2EC3A016EE9'}", "sha1:" SHA1);
    assert_identifier("{'openid':'https://id.example.com/ada'}", "https://id.example.com/ada");
    assert_identifier("{'account':{'name':'12 \\u0033','homePage':'https://lms.example.com'}}",
                      "https://lms.example.com 12 3");
    assert_identifier("{'objectType':'Group','mbox':'mailto:team@example.com'}", "team@example.com");
}

#define PSEUDONYM "0123456789abcdef0123456789abcdef"

static void whom_we_call_by_a_pseudonym_is_the_same_again(void **state)
{
    (void)state;
    assert_identifier("{'account':{'homePage':'" PSEUDONYM_HOME "','name':'" PSEUDONYM "'}}",
                      "\001" PSEUDONYM "\001");
    assert_identifier("{'account':{'homePage':'" PSEUDONYM_HOME "','name':'0123'}}", PSEUDONYM_HOME " 0123");
    assert_identifier("{'account':{'homePage':'" PSEUDONYM_HOME
                      "','name':'0123456789ABCDEF0123456789abcdef'}}",
                      PSEUDONYM_HOME " 0123456789ABCDEF0123456789abcdef");
    assert_identifier("{'account':{'homePage':'https://x.nl','name':'" PSEUDONYM "'}}",
                      "https://x.nl " PSEUDONYM);
}

static void an_anonymous_group_has_no_identifier(void **state)
{
    (void)state;
    struct json json = read_json("{'objectType':'Group','member':[{'mbox':'mailto:ada@example.com'}]}");
    assert_true(agent_is_group(&json, 0));
    assert_false(agent_is_identified(&json, 0));
    json_free(&json);
}

static void a_text_has_the_identifier_of_its_agent(void **state)
{
    (void)state;
    char *account = agent_identifier("{\"account\":{\"homePage\":\"https://x.nl\",\"name\":\"\\u0061 b\"}}");
    char *mbox = agent_identifier("{\"mbox\":\"mailto:Anna@X.nl\"}");
    assert_string_equal(account, "https://x.nl a b");
    assert_string_equal(mbox, "Anna@x.nl");
    assert_null(agent_identifier("{\"objectType\":\"Group\",\"member\":[{\"mbox\":\"mailto:a@x.nl\"}]}"));
    assert_null(agent_identifier("[]"));
    assert_null(agent_identifier("{"));
    free(account);
    free(mbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_four_identifiers_makes_an_agent),
        cmocka_unit_test(none_and_two_make_none),
        cmocka_unit_test(what_is_wrong_is_refused_where_it_stands),
        cmocka_unit_test(a_wrong_case_is_told),
        cmocka_unit_test(a_group_is_one_only_where_it_may_be),
        cmocka_unit_test(a_group_has_agents_in_it_and_no_groups),
        cmocka_unit_test(somebody_is_known_by_an_identifier),
        cmocka_unit_test(whom_we_call_by_a_pseudonym_is_the_same_again),
        cmocka_unit_test(an_anonymous_group_has_no_identifier),
        cmocka_unit_test(a_text_has_the_identifier_of_its_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
