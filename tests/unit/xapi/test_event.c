/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the core keeps of a statement: without a person's identifier but in `people`. */
#include "case.h"
#include "statement/agent.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FEED "{\"account\":{\"homePage\":\"https://x.nl/feed\",\"name\":\"lms\"}}"
#define FEED_PERSON "https://x.nl/feed lms"
static const struct xapi pseudonymous = {.authority = (char *)FEED, .authority_person = (char *)FEED_PERSON};
static const struct xapi identified = {
    .authority = (char *)FEED, .authority_person = (char *)FEED_PERSON, .keeps_identities = true};

static bool has_person(const struct wz_event *event, const char *identifier, size_t *index)
{
    for (size_t i = 0; i < event->people_count; i++) {
        if (strcmp(event->people[i], identifier) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* How often the event can be found by it: once, or not at all. */
static unsigned count_references(const struct wz_event *event, uint32_t role, const char *key,
                                 const char *person)
{
    unsigned count = 0;
    size_t index = 0;
    if (person && !has_person(event, person, &index))
        return 0;
    for (size_t i = 0; i < event->reference_count; i++) {
        const struct wz_reference *reference = &event->references[i];
        if (reference->role != role)
            continue;
        if (key ? reference->key && strcmp(reference->key, key) == 0
                : !reference->key && reference->person == index)
            count++;
    }
    return count;
}

#define TEN "9999999999"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void assert_activity(const struct wz_event *event, const char *id, unsigned object, unsigned related)
{
    assert_int_equal(count_references(event, ROLE_ACTIVITY, id, NULL), object);
    assert_int_equal(count_references(event, ROLE_RELATED_ACTIVITY, id, NULL), related);
}

static void assert_agent(const struct wz_event *event, const char *identifier, unsigned agent,
                         unsigned related)
{
    assert_int_equal(count_references(event, ROLE_AGENT, NULL, identifier), agent);
    assert_int_equal(count_references(event, ROLE_RELATED_AGENT, NULL, identifier), related);
}

static void a_statement_is_somebody_who_did_something(void **state)
{
    (void)state;
    struct statement_event *event =
        event_of(&pseudonymous,
                 WITH("'id':'7CCD3322-e1a5-411a-a67d-6a735c76f119','timestamp':'2026-08-31T12:00:00+02:00'"));
    assert_string_equal(event->event.actor, "ada@example.com");
    assert_string_equal(event->event.verb, "https://example.com/did");
    assert_string_equal(event->event.object, "https://example.com/course");
    assert_string_equal(event->id, ID);
    assert_int_equal(event->event.id[0], 0x7c);
    assert_true(event->event.time == 1788170400000);
    assert_int_equal(event->event.measure_count, 0);
    assert_null(event->event.target);
    assert_false(event->event.voids);
    drop_event(event);
}

static void what_it_has_not_is_given(void **state)
{
    (void)state;
    struct statement_event *event = event_of(&pseudonymous, "{" ACTOR "," VERB "," OBJECT "}");
    assert_string_equal(event->id, "0a0b0000-0000-0000-0000-000000000000");
    assert_true(event->event.time == 1234567);
    drop_event(event);
}

static double measure_of(const struct wz_event *event, const char *name)
{
    for (size_t i = 0; i < event->measure_count; i++)
        if (strcmp(event->measures[i].name, name) == 0)
            return event->measures[i].value;
    return NAN;
}

static void measures(void **state)
{
    (void)state;
    struct statement_event *event = event_of(
        &pseudonymous, WITH("'result':{'duration':'PT1H30S','score':{'scaled':-0.5,'raw':4},'success':true,"
                            "'completion':false}"));
    assert_int_equal(event->event.measure_count, 4);
    assert_true(measure_of(&event->event, "duration") == 60.5);
    assert_true(measure_of(&event->event, "score") == -0.5);
    assert_true(measure_of(&event->event, "success") == 1);
    assert_true(measure_of(&event->event, "completion") == 0);
    drop_event(event);
    event = event_of(&pseudonymous, WITH("'result':{'score':{'raw':4}}"));
    assert_int_equal(event->event.measure_count, 0);
    drop_event(event);
    event = event_of(&pseudonymous, WITH("'result':{'duration':'P" HUNDRED HUNDRED HUNDRED HUNDRED "Y'}"));
    assert_int_equal(event->event.measure_count, 0); /* no double holds it */
    drop_event(event);
}

#define REST "'verb':{'id':'https://x.nl/v'}"
static const char everybody[] = "{'actor':{'objectType':'Group','name':'G-name','mbox':'mailto:group@x.nl','"
                                "member':[{'name':'A-name','mbox':"
                                "'mailto:a@x.nl'},{'openid':'https://b.x.nl'}]}," REST
                                ",'object':{'objectType':'SubStatement','actor':{'account':{"
                                "'homePage':'https://c.x.nl','name':'zz9'}}," REST
                                ",'object':{'objectType':'Agent','name':'D-name','mbox':"
                                "'mailto:d@x.nl'},'context':{'contextActivities':{'other':{'id':'https://"
                                "x.nl/sub'}}}},'context':{'registration':"
                                "'7CCD3322-E1A5-411A-A67D-6A735C76F119','instructor':{'mbox':'mailto:e@x.nl'}"
                                ",'team':{'objectType':'Group','member':"
                                "[{'mbox':'mailto:f@x.nl'},{'mbox':'mailto:a@x.nl'}],'name':'T-name'},'"
                                "contextActivities':{'parent':{'id':"
                                "'https://x.nl/p'},'category':[{'id':'https://x.nl/c'},{'id':'https://x.nl/"
                                "p'}]},'contextAgents':[{'objectType':"
                                "'contextAgent','agent':{'mbox':'mailto:h@x.nl'}}],'contextGroups':[{'"
                                "objectType':'contextGroup','group':{"
                                "'objectType':'Group','mbox':'mailto:i@x.nl'}}]}}";

static void it_is_found_by_whom_and_what_it_names_each_once(void **state)
{
    (void)state;
    struct statement_event *event = event_of(&pseudonymous, everybody);
    assert_int_equal(event->event.people_count, 10);
    assert_agent(&event->event, "group@x.nl", 1, 1);
    assert_agent(&event->event, "a@x.nl", 1, 1);
    assert_agent(&event->event, "https://b.x.nl", 1, 1);
    assert_agent(&event->event, "https://c.x.nl zz9", 0, 1);
    assert_agent(&event->event, "d@x.nl", 0, 1);
    assert_agent(&event->event, "e@x.nl", 0, 1);
    assert_agent(&event->event, "f@x.nl", 0, 1);
    assert_agent(&event->event, "h@x.nl", 0, 1);
    assert_agent(&event->event, "i@x.nl", 0, 1);
    assert_agent(&event->event, "https://x.nl/feed lms", 0, 1);
    assert_activity(&event->event, "https://x.nl/p", 0, 1);
    assert_activity(&event->event, "https://x.nl/c", 0, 1);
    assert_activity(&event->event, "https://x.nl/sub", 0, 1);
    assert_int_equal(count_references(&event->event, ROLE_VERB, "https://x.nl/v", NULL), 1);
    assert_int_equal(count_references(&event->event, ROLE_REGISTRATION, ID, NULL), 1);
    assert_int_equal(event->event.reference_count, 3 + 10 + 3 + 2);
    assert_string_equal(event->event.object, "substatement");
    drop_event(event);
}

static void an_object_that_is_an_activity_is_found_as_such(void **state)
{
    (void)state;
    struct statement_event *event = event_of(&pseudonymous, "{" ACTOR "," VERB "," OBJECT "}");
    assert_activity(&event->event, "https://example.com/course", 1, 1);
    assert_agent(&event->event, "ada@example.com", 1, 1);
    drop_event(event);
}

static void nobody_can_be_told_from_what_is_kept(void **state)
{
    (void)state;
    static const char *const secrets[] = {"@x.nl", "b.x.nl", "c.x.nl", "zz9", "-name"};
    struct statement_event *event = event_of(&pseudonymous, everybody);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (strstr(event->event.raw, secrets[i]) || strstr(event->event.content, secrets[i]) ||
            strstr(event->event.object, secrets[i]) || strstr(event->event.verb, secrets[i]))
            fail_msg("'%s' is kept in %s or %s", secrets[i], event->event.raw, event->event.content);
        for (size_t j = 0; j < event->event.reference_count; j++)
            assert_true(!event->event.references[j].key ||
                        !strstr(event->event.references[j].key, secrets[i]));
    }
    drop_event(event);
}

static void assert_raw(const struct xapi *xapi, const char *statement, const char *wanted)
{
    struct statement_event *event = event_of(xapi, statement);
    char *raw = as_stored(event->event.raw);
    assert_string_equal(raw, quoted(wanted));
    free(raw);
    drop_event(event);
}

#define NOUGHTS "00000000000000000000000000000000"
#define ONES "11111111111111111111111111111111"
#define MARKED(digits)                                                                                       \
    "{'objectType':'Agent','account':{'homePage':'" PSEUDONYM_HOME "','name':'" digits "'}}"
#define AUTHORITY "'authority':{'account':{'homePage':'https://x.nl/feed','name':'lms'}}"

static void people_are_marks_in_what_is_kept(void **state)
{
    (void)state;
    assert_raw(&pseudonymous,
               "{ 'id' : '" ID "', 'actor':{'name':'Ada','mbox':'mailto:ada@x.nl'}, " VERB " ," OBJECT
               ",'stored':'2026-08-31T12:00:00Z','authority':{'mbox':'mailto:b@x.nl'},'result':{'score':{'"
               "raw':1.50}}}",
               "{'actor':" MARKED(NOUGHTS) "," VERB "," OBJECT ",'result':{'score':{'raw':1.50}}," AUTHORITY
                                           "}");
    assert_raw(&pseudonymous,
               "{" VERB "," OBJECT
               ",'actor':{'name':'G','member':[{'mbox':'mailto:a@x.nl'},{'mbox':'mailto:b@x.nl'},"
               "{'mbox':'mailto:a@x.nl'}],'objectType':'Group'}}",
               "{" VERB "," OBJECT ",'actor':{'objectType':'Group','member':[" MARKED(NOUGHTS) "," MARKED(
                   ONES) "," MARKED(NOUGHTS) "]}," AUTHORITY "}");
}

static void whoever_keeps_identities_has_all_of_it(void **state)
{
    (void)state;
    assert_raw(&identified,
               "{'actor':{'name':'Ada','mbox':'mailto:ada@x.nl'}," VERB "," OBJECT
               ",'context':{'instructor':{'mbox':"
               "'mailto:i@x.nl'}}}",
               "{'actor':{'name':'Ada','mbox':'mailto:ada@x.nl'}," VERB "," OBJECT
               ",'context':{'instructor':{'mbox':"
               "'mailto:i@x.nl'}}," AUTHORITY "}");
    struct statement_event *event = event_of(&identified, everybody);
    assert_int_equal(event->event.people_count, 10);
    assert_null(strchr(event->event.raw, 1));
    assert_null(strchr(event->event.content, 1));
    drop_event(event);
}

/* Also in a sub-statement. */
static void context_activities_are_arrays(void **state)
{
    (void)state;
    assert_raw(
        &identified,
        WITH("'context':{'contextActivities':{'parent':{'id':'https://x.nl/p'},'other':[{'id':'urn:o'}]}}"),
        "{" ACTOR "," VERB "," OBJECT ",'context':{'contextActivities':{'parent':[{'id':'https://x.nl/p'}],"
        "'other':[{'id':'urn:o'}]}}," AUTHORITY "}");
    assert_raw(&identified,
               "{" ACTOR "," VERB ",'object':{'objectType':'SubStatement'," ACTOR "," VERB "," OBJECT
               ",'context':{'contextActivities':{'parent':{'id':'urn:p'}}}}}",
               "{" ACTOR "," VERB ",'object':{'objectType':'SubStatement'," ACTOR "," VERB "," OBJECT
               ",'context':{'contextActivities':{'parent':[{'id':'urn:p'}]}}}," AUTHORITY "}");
}

static void a_pseudonym_that_was_read_is_the_person_again(void **state)
{
    (void)state;
    struct statement_event *event = event_of(
        &pseudonymous, "{'actor':" MARKED("0123456789abcdef0123456789abcdef") "," VERB "," OBJECT "}");
    assert_string_equal(event->event.actor, "\0010123456789abcdef0123456789abcdef\001");
    drop_event(event);
}

static void what_speaks_of_a_statement_has_it_as_its_target(void **state)
{
    (void)state;
    static const uint8_t id[16] = {0x7c, 0xcd, 0x33, 0x22, 0xe1, 0xa5, 0x41, 0x1a,
                                   0xa6, 0x7d, 0x6a, 0x73, 0x5c, 0x76, 0xf1, 0x19};
    struct statement_event *event =
        event_of(&pseudonymous, "{" ACTOR "," VERB ",'object':{'objectType':'StatementRef','id':'" ID "'}}");
    assert_non_null(event->event.target);
    assert_memory_equal(event->event.target, id, sizeof id);
    assert_false(event->event.voids);
    assert_string_equal(event->event.object, "statement:" ID);
    drop_event(event);
    event = event_of(&pseudonymous, "{" ACTOR ",'verb':{'id':'" VERB_VOIDED
                                    "'},'object':{'objectType':'StatementRef','id':'" ID "'}}");
    assert_memory_equal(event->event.target, id, sizeof id);
    assert_true(event->event.voids);
    drop_event(event);
}

static void somebody_as_the_object_is_not_told_by_it(void **state)
{
    (void)state;
    struct statement_event *event = event_of(
        &pseudonymous, "{" ACTOR "," VERB ",'object':{'objectType':'Agent','mbox':'mailto:b@x.nl'}}");
    assert_string_equal(event->event.object, "agent");
    assert_agent(&event->event, "b@x.nl", 1, 1);
    drop_event(event);
    event = event_of(&pseudonymous, "{" VERB "," OBJECT ",'actor':{'objectType':'Group','member':[{'mbox':"
                                    "'mailto:b@x.nl'}]},'id':'" ID "'}");
    assert_string_equal(event->event.actor, "b@x.nl");
    drop_event(event);
}

/* The gate counts actors: three groups of the same two must not look like three people. */
static void anonymous_groups_are_no_more_actors_than_there_are_people_in_them(void **state)
{
    (void)state;
    static const char *const members[] = {"{'mbox':'mailto:c@x.nl'},{'mbox':'mailto:b@x.nl'}",
                                          "{'mbox':'mailto:b@x.nl'},{'mbox':'mailto:c@x.nl'}",
                                          "{'mbox':'mailto:b@X.NL'}"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        char *text =
            mem_format("{" VERB "," OBJECT ",'actor':{'objectType':'Group','member':[%s]}}", members[i]);
        struct statement_event *event = event_of(&pseudonymous, text);
        assert_string_equal(event->event.actor, "b@x.nl");
        drop_event(event);
        free(text);
    }
}

/* ---- the same statement reads the same ---- */

static char *content_of(const struct xapi *xapi, const char *statement)
{
    struct statement_event *event = event_of(xapi, statement);
    char *content = mem_copy_text(event->event.content);
    drop_event(event);
    return content;
}

static void assert_same(bool wanted, const char *one, const char *other)
{
    const struct xapi *const both[] = {&pseudonymous, &identified};
    for (size_t i = 0; i < 2; i++) {
        char *first = content_of(both[i], one), *second = content_of(both[i], other);
        if ((strcmp(first, second) == 0) != wanted)
            fail_msg("%s and %s are %s the same:\n%s\n%s", one, other, wanted ? "not" : "all", first, second);
        free(first);
        free(second);
    }
}

static void what_may_differ_makes_no_difference(void **state)
{
    (void)state;
    static const char plain[] = "{" ACTOR "," VERB "," OBJECT "}";
    assert_same(true, plain, "{" OBJECT ",\n" VERB " , " ACTOR "}");
    assert_same(true, plain, WITH("'id':'" ID "','stored':'2026-08-31T12:00:00Z','version':'1.0.0'"));
    assert_same(true, plain, WITH("'authority':{'mbox':'mailto:x@y'}"));
    assert_same(true, plain,
                "{" ACTOR "," VERB ",'object':{'objectType':'Activity','id':'https://example.com/course',"
                "'definition':{'name':{'nl':'A'}}}}");
    assert_same(true, plain,
                "{" ACTOR "," OBJECT ",'verb':{'id':'https:\\/\\/example.com/did','display':{'nl':'D'}}}");
    assert_same(true, plain,
                "{'actor':{'objectType':'Agent','mbox':'mailto:ada@example.com'}," VERB "," OBJECT "}");
    assert_same(true, WITH("'timestamp':'2026-08-31T12:00:00Z'"),
                WITH("'timestamp':'2026-08-31T14:00:00.000+02:00'"));
    assert_same(true, WITH("'result':{'duration':'PT1.234S'}"), WITH("'result':{'duration':'PT1.23S'}"));
    assert_same(true, WITH("'result':{'score':{'raw':1.0}}"), WITH("'result':{'score':{'raw':1}}"));
    assert_same(true, WITH("'result':{'score':{'raw':1e2}}"), WITH("'result':{'score':{'raw':100}}"));
    assert_same(true, WITH("'context':{'registration':'7CCD3322-e1a5-411a-a67d-6a735c76f119'}"),
                WITH("'context':{'registration':'" ID "'}"));
    assert_same(true, WITH("'context':{'contextActivities':{'other':{'id':'urn:o'}}}"),
                WITH("'context':{'contextActivities':{'other':[{'id':'urn:o','objectType':'Activity'}]}}"));
    assert_same(true, WITH("'result':{'extensions':{'urn:\\u0061':1,'urn:b':2}}"),
                WITH("'result':{'extensions':{'urn:b':2,'urn:a':1}}"));
    assert_same(true, plain, WITH("'attachments':[]"));
}

static void the_order_of_a_group_makes_none(void **state)
{
    (void)state;
    static const char *const members[] = {
        "{'mbox':'mailto:a@b'},{'mbox':'mailto:c@d'},{'mbox':'mailto:e@f'}",
        "{'mbox':'mailto:e@f'},{'mbox':'mailto:a@b'},{'mbox':'mailto:c@d'}"};
    char *contents[2];
    for (size_t i = 0; i < 2; i++) {
        char *statement =
            mem_format("{'actor':{'objectType':'Group','member':[%s]}," VERB "," OBJECT "}", members[i]);
        contents[i] = content_of(&identified, statement);
        free(statement);
    }
    assert_string_equal(contents[0], contents[1]);
    free(contents[0]);
    free(contents[1]);
}

static void what_says_something_else_does(void **state)
{
    (void)state;
    static const char plain[] = "{" ACTOR "," VERB "," OBJECT "}";
    assert_same(false, plain, "{" ACTOR "," OBJECT ",'verb':{'id':'https://example.com/did-not'}}");
    assert_same(false, plain, "{" ACTOR "," VERB ",'object':{'id':'https://example.com/Course'}}");
    assert_same(false, plain, WITH("'result':{}"));
    assert_same(false, WITH("'result':{'duration':'PT60S'}"), WITH("'result':{'duration':'PT1M'}"));
    assert_same(false, WITH("'result':{'duration':'PT1.23S'}"), WITH("'result':{'duration':'PT1.24S'}"));
    assert_same(false, WITH("'result':{'success':true}"), WITH("'result':{'success':false}"));
    assert_same(false, WITH("'result':{'response':'a'}"), WITH("'result':{'response':'A'}"));
    assert_same(false, WITH("'result':{'score':{'raw':1}}"), WITH("'result':{'score':{'raw':10}}"));
    assert_same(false, WITH("'timestamp':'2026-08-31T12:00:00Z'"),
                WITH("'timestamp':'2026-08-31T12:00:00.001Z'"));
    assert_same(false, plain, "{" ACTOR "," VERB ",'object':{'objectType':'Agent','mbox':'mailto:a@b'}}");
}

/* In the form with marks, another person is another index; two that are the same person are one. */
static void another_person_makes_a_difference(void **state)
{
    (void)state;
    char *one = content_of(&identified, "{" ACTOR "," VERB "," OBJECT "}");
    char *other = content_of(&identified, "{'actor':{'mbox':'mailto:bob@example.com'}," VERB "," OBJECT "}");
    assert_string_not_equal(one, other);
    free(one);
    free(other);
}

/* A group of 50,000 takes no time that grows with the square, and each of them is one of the people. */
static void of_many_people_each_is_listed(void **state)
{
    (void)state;
    struct buf text = {0};
    buf_append_text(&text, "{" VERB "," OBJECT ",'actor':{'objectType':'Group','member':[");
    for (int i = 0; i < 50000; i++)
        buf_append_format(&text, "%s{'mbox':'mailto:p%d@x.nl'}", i ? "," : "", i % 40000);
    buf_append_text(&text, "]}}");
    buf_put_u8(&text, '\0');
    struct statement_event *event = event_of(&pseudonymous, (const char *)text.data);
    assert_int_equal(event->event.people_count, 40001);
    assert_string_equal(event->event.people[39999], "p39999@x.nl");
    drop_event(event);
    buf_free(&text);
}

static void room_is_used_again(void **state)
{
    (void)state;
    struct statement_event event = {0};
    struct json json = read_json(everybody);
    static const uint8_t id[16];
    statement_to_event(&pseudonymous, &json, 0, id, 0, &event);
    json_free(&json);
    json = read_json("{" ACTOR "," VERB "," OBJECT "}");
    statement_to_event(&pseudonymous, &json, 0, id, 0, &event);
    assert_int_equal(event.event.people_count, 2);
    assert_string_equal(event.event.people[0], "ada@example.com");
    assert_int_equal(event.event.reference_count, 1 + 2 + 2 + 1);
    json_free(&json);
    statement_event_free(&event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_is_somebody_who_did_something),
        cmocka_unit_test(what_it_has_not_is_given),
        cmocka_unit_test(measures),
        cmocka_unit_test(it_is_found_by_whom_and_what_it_names_each_once),
        cmocka_unit_test(an_object_that_is_an_activity_is_found_as_such),
        cmocka_unit_test(nobody_can_be_told_from_what_is_kept),
        cmocka_unit_test(people_are_marks_in_what_is_kept),
        cmocka_unit_test(whoever_keeps_identities_has_all_of_it),
        cmocka_unit_test(context_activities_are_arrays),
        cmocka_unit_test(a_pseudonym_that_was_read_is_the_person_again),
        cmocka_unit_test(what_speaks_of_a_statement_has_it_as_its_target),
        cmocka_unit_test(somebody_as_the_object_is_not_told_by_it),
        cmocka_unit_test(anonymous_groups_are_no_more_actors_than_there_are_people_in_them),
        cmocka_unit_test(what_may_differ_makes_no_difference),
        cmocka_unit_test(the_order_of_a_group_makes_none),
        cmocka_unit_test(what_says_something_else_does),
        cmocka_unit_test(another_person_makes_a_difference),
        cmocka_unit_test(of_many_people_each_is_listed),
        cmocka_unit_test(room_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
