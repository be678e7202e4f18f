/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How statements are read again, by xAPI 1.0.3, Communication 2.1.3. */
#include "case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AUTHORITY "'authority':{'mbox':'mailto:lms@x.nl'}"
#define LATER "'stored':'2026-08-31T12:00:00.804Z'"

static struct buf found_as(const char *raw, enum statement_format format, const char *languages,
                           enum xapi_version version)
{
    struct wz_event_found found = {.stored = 1788177600804, .time = 5, .raw = raw, .raw_size = strlen(raw)};
    struct buf out = {0};
    memcpy(found.id, "\x7c\xcd\x33\x22\xe1\xa5\x41\x1a\xa6\x7d\x6a\x73\x5c\x76\xf1\x19", sizeof found.id);
    if (statement_put_found(&found, format, languages, version, &out))
        fail_msg("damaged: %s", raw);
    buf_put_u8(&out, '\0');
    return out;
}

static void assert_found(const char *raw, enum statement_format format, const char *languages,
                         const char *wanted)
{
    struct buf out = found_as(quoted(raw), format, languages, XAPI_1_0_3);
    assert_string_equal((const char *)out.data, quoted(wanted));
    buf_free(&out);
}

static void an_exact_one_is_as_it_was_kept_with_what_the_store_knows(void **state)
{
    (void)state;
    assert_found("{" ACTOR "," VERB "," OBJECT
                 ",'timestamp':'2026-01-01T00:00:00+01:00','version':'1.0.1'," AUTHORITY "}",
                 FORMAT_EXACT, "nl",
                 "{'id':'" ID "'," ACTOR "," VERB "," OBJECT
                 ",'timestamp':'2026-01-01T00:00:00+01:00','version':'1.0.1'," AUTHORITY "," LATER "}");
    assert_found("{" ACTOR "," VERB "," OBJECT "}", FORMAT_EXACT, NULL,
                 "{'id':'" ID "'," ACTOR "," VERB "," OBJECT ",'timestamp':'2026-08-31T12:00:00.804Z'," LATER
                 ",'version':'1.0.0'}");
}

static void the_version_is_that_of_who_asks_where_it_has_none(void **state)
{
    (void)state;
    struct buf out = found_as(quoted("{" ACTOR "," VERB "," OBJECT "}"), FORMAT_EXACT, NULL, XAPI_2_0_0);
    assert_non_null(strstr((const char *)out.data, "\"version\":\"2.0.0\""));
    buf_free(&out);
}

#define END ",'timestamp':'2026-08-31T12:00:00Z','version':'1.0.0'}"
#define FULL_END ",'timestamp':'2026-08-31T12:00:00Z','version':'1.0.0'," LATER "}"

static void ids_are_what_it_takes_to_tell_who_and_what_it_is(void **state)
{
    (void)state;
    assert_found(
        "{'actor':{'objectType':'Agent','name':'Ada','mbox':'mailto:ada@x.nl'},'verb':{'id':'urn:v','display'"
        ":{'nl':"
        "'D'}},'object':{'objectType':'Activity','id':'urn:o','definition':{'name':{'nl':'N'}}},'context':{"
        "'platform':'M','instructor':{'name':'I','openid':'https://"
        "i.nl'},'team':{'objectType':'Group','name':'T',"
        "'mbox':'mailto:t@x.nl','member':[{'mbox':'mailto:m@x.nl'}]},'contextActivities':{'parent':[{'id':'"
        "urn:p',"
        "'definition':{}},{'id':'urn:q'}]},'contextAgents':[{'objectType':'contextAgent','agent':{'name':'C',"
        "'mbox':"
        "'mailto:c@x.nl'},'relevantTypes':['urn:t']}]},'result':{'response':'r'}" END,
        FORMAT_IDS, NULL,
        "{'id':'" ID
        "','actor':{'objectType':'Agent','mbox':'mailto:ada@x.nl'},'verb':{'id':'urn:v'},'object':{'id':"
        "'urn:o'},'context':{'platform':'M','instructor':{'openid':'https://"
        "i.nl'},'team':{'objectType':'Group',"
        "'mbox':'mailto:t@x.nl'},'contextActivities':{'parent':[{'id':'urn:p'},{'id':'urn:q'}]},'"
        "contextAgents':[{"
        "'objectType':'contextAgent','agent':{'mbox':'mailto:c@x.nl'},'relevantTypes':['urn:t']}]},'result':{"
        "'response':'r'}" FULL_END);
}

static void of_an_anonymous_group_they_tell_the_members(void **state)
{
    (void)state;
    assert_found(
        "{'actor':{'objectType':'Group','name':'G','member':[{'name':'A','mbox':'mailto:a@x.nl'}]}," VERB
        ",'object':{"
        "'objectType':'SubStatement','actor':{'name':'B','mbox':'mailto:b@x.nl'},'verb':{'id':'urn:v','"
        "display':{}},"
        "'object':{'objectType':'StatementRef','id':'" ID "'}}" END,
        FORMAT_IDS, NULL,
        "{'id':'" ID "','actor':{'objectType':'Group','member':[{'mbox':'mailto:a@x.nl'}]}," VERB
        ",'object':{"
        "'objectType':'SubStatement','actor':{'mbox':'mailto:b@x.nl'},'verb':{'id':'urn:v'},'object':{'"
        "objectType':"
        "'StatementRef','id':'" ID "'}}" FULL_END);
}

#define DEFINITION(name, choice)                                                                             \
    "{'id':'urn:o','definition':{'name':" name                                                               \
    ",'interactionType':'choice','choices':[{'id':'a','description':" choice "}]}}"
#define SPOKEN(display, name, choice)                                                                        \
    "{" ACTOR ",'verb':{'id':'urn:v','display':" display                                                     \
    "},'object':" DEFINITION(name, choice) ",'context':{'contextActivities':{'parent':[" DEFINITION(         \
        name, choice) "]},'extensions':{'urn:e':{'nl':'A','en':'B'}}}"
#define BOTH "{'nl':'N','en-GB':'E'}"

static void assert_language(const char *languages, const char *chosen)
{
    char *wanted = mem_format(
        "{'id':'" ID "'," ACTOR ",'verb':{'id':'urn:v','display':%s},'object':{'id':'urn:o',"
        "'definition':{'name':%s,'interactionType':'choice','choices':[{'id':'a','description':%s}]}},"
        "'context':{'contextActivities':{'parent':[{'id':'urn:o','definition':{'name':%s,"
        "'interactionType':'choice','choices':[{'id':'a','description':%s}]}}]},'extensions':{'urn:e':"
        "{'nl':'A','en':'B'}}}" FULL_END,
        chosen, chosen, chosen, chosen, chosen);
    assert_found(SPOKEN(BOTH, BOTH, BOTH) END, FORMAT_CANONICAL, languages, wanted);
    free(wanted);
}

/* RFC 9110, 12.5.4, with the ranges of RFC 4647, 3.3.1. */
static void a_canonical_one_speaks_the_language_that_is_accepted(void **state)
{
    (void)state;
    assert_language("en-GB", "{'en-GB':'E'}");
    assert_language("en", "{'en-GB':'E'}");
    assert_language("EN-gb", "{'en-GB':'E'}");
    assert_language("nl", "{'nl':'N'}");
    assert_language("nl-NL", "{'nl':'N'}");
    assert_language("nl;q=0.5, en;q=0.8", "{'en-GB':'E'}");
    assert_language("nl;q=0.5,en;q=0.3", "{'nl':'N'}");
    assert_language("fr, *;q=0.1, nl;q=0", "{'en-GB':'E'}");
    assert_language("*, en;q=0.2", "{'nl':'N'}");
    assert_language("en;q=0.9, en-GB;q=0.1, nl;q=0.2", "{'nl':'N'}");
    assert_language("fr", "{'nl':'N'}");
    assert_language("", "{'nl':'N'}");
    assert_language(NULL, "{'nl':'N'}");
    assert_language(";;,q=,=,", "{'nl':'N'}");
}

static void people_are_as_they_were_in_a_canonical_one(void **state)
{
    (void)state;
    assert_found("{'actor':{'name':'Ada','mbox':'mailto:ada@x.nl'}," VERB "," OBJECT END, FORMAT_CANONICAL,
                 "nl",
                 "{'id':'" ID "','actor':{'name':'Ada','mbox':'mailto:ada@x.nl'}," VERB "," OBJECT FULL_END);
}

static void what_was_kept_damaged_is_told(void **state)
{
    (void)state;
    static const char *const damaged[] = {"", "{", "[]", "{\"a\":1}}"};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        const struct wz_event_found found = {.raw = damaged[i], .raw_size = strlen(damaged[i])};
        assert_int_equal(statement_put_found(&found, FORMAT_EXACT, NULL, XAPI_1_0_3, &out), -1);
    }
    assert_int_equal(out.size, 0);
}

/* What is kept of a statement is a statement again, in every format, and the same one. */
static void what_comes_out_may_go_in_again(void **state)
{
    (void)state;
    const struct xapi xapi = {.authority = (char *)"{\"mbox\":\"mailto:lms@x.nl\"}",
                              .authority_person = (char *)"lms@x.nl"};
    static const enum statement_format formats[] = {FORMAT_EXACT, FORMAT_IDS, FORMAT_CANONICAL};
    static const char statement[] =
        WITH("'result':{'score':{'scaled':0.50}},'context':{'instructor':{'name':'I','mbox':'mailto:i@x.nl'},"
             "'contextActivities':{'parent':{'id':'urn:p','definition':{'name':{'nl':'A','en':'B'}}}}},"
             "'timestamp':'2026-08-31T12:00:00Z'");
    struct statement_event *first = event_of(&xapi, statement);
    char *raw = as_stored(first->event.raw), *content = as_stored(first->event.content);
    for (size_t i = 0; i < 3; i++) {
        struct buf out = found_as(raw, formats[i], "en", XAPI_2_0_0);
        struct statement_event *second = event_of(&xapi, (const char *)out.data);
        assert_string_equal(second->id, ID);
        assert_true(second->event.people[0][0] == *WZ_PERSON_MARK);
        char *again = as_stored(second->event.content);
        assert_string_equal(again, content);
        free(again);
        drop_event(second);
        buf_free(&out);
    }
    free(raw);
    free(content);
    drop_event(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_exact_one_is_as_it_was_kept_with_what_the_store_knows),
        cmocka_unit_test(the_version_is_that_of_who_asks_where_it_has_none),
        cmocka_unit_test(ids_are_what_it_takes_to_tell_who_and_what_it_is),
        cmocka_unit_test(of_an_anonymous_group_they_tell_the_members),
        cmocka_unit_test(a_canonical_one_speaks_the_language_that_is_accepted),
        cmocka_unit_test(people_are_as_they_were_in_a_canonical_one),
        cmocka_unit_test(what_was_kept_damaged_is_told),
        cmocka_unit_test(what_comes_out_may_go_in_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
