/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents, by xAPI 1.0.3 (Communication 2.2, 2.3, 2.6, 2.7 and 3.1), and what 2.0.0 has otherwise. */
#include "documents/content.h"
#include "fake_resources.h"
#include "http/aside.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AGENT "agent={\"mbox\":\"mailto:an@example.com\"}"
#define ACTIVITY "activityId=https://example.com/a"
#define STATES "/activities/state?" ACTIVITY "&" AGENT
#define STATE STATES "&stateId=s"
#define AGENT_PROFILE "/agents/profile?" AGENT "&profileId=p"
#define ACTIVITY_PROFILE "/activities/profile?" ACTIVITY "&profileId=p"

static const char *const documents[] = {STATE, AGENT_PROFILE, ACTIVITY_PROFILE};
enum { KINDS = sizeof documents / sizeof *documents };

#define FOO "{\"x\" : \"foo\", \"y\" : \"bar\"}"

static const struct wz_header as_json[] = {{"Content-Type", "application/json"}, {0}};
static const struct wz_header as_new[] = {{"Content-Type", "application/json"}, {"If-None-Match", "*"}, {0}};

static void expect(struct fake_resources *fake, const char *method, const char *target,
                   const struct wz_header *headers, const char *body, int status)
{
    const struct fake_answer *answer = fake_send(fake, method, target, headers, body);
    if (answer->status != status)
        fail_msg("%s %s: %d, not %d: %s", method, target, answer->status, status, answer->body);
    if (status == 204)
        assert_int_equal(answer->size, 0);
}

static void expect_body(struct fake_resources *fake, const char *target, const char *body)
{
    expect(fake, "GET", target, NULL, NULL, 200);
    assert_string_equal(fake->answer.body, body);
}

/* ---- one document -------------------------------------------------------------------------------------- */

static void a_document_comes_back_byte_for_byte(void **state)
{
    struct fake_resources *fake = *state;
    const struct wz_header headers[] = {
        {"Content-Type", "text/html; charset=\"iso-8859-1\""}, {"If-None-Match", "*"}, {0}};
    for (size_t i = 0; i < KINDS; i++) {
        expect(fake, "PUT", documents[i], headers, "<p>caf\xe9\r\n", 204);
        expect_body(fake, documents[i], "<p>caf\xe9\r\n");
        assert_string_equal(fake_header(&fake->answer, "Content-Type"), headers[0].value);
        assert_string_equal(fake_header(&fake->answer, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
        /* What is opened in a browser runs nothing. */
        assert_string_equal(fake_header(&fake->answer, "X-Content-Type-Options"), "nosniff");
        assert_non_null(strstr(fake_header(&fake->answer, "Content-Security-Policy"), "sandbox"));
        expect(fake, "HEAD", documents[i], NULL, NULL, 200);
        expect(fake, "DELETE", documents[i], NULL, NULL, 204);
        expect(fake, "GET", documents[i], NULL, NULL, 404);
        expect(fake, "DELETE", documents[i], NULL, NULL, 204);
        assert_int_equal(fake->count, 0);
    }
}

static void what_has_no_type_and_no_content_is_kept_too(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "PUT", STATE, NULL, NULL, 204);
    expect_body(fake, STATE, "");
    assert_string_equal(fake_header(&fake->answer, "Content-Type"), "application/octet-stream");
    assert_string_equal(fake_header(&fake->answer, "ETag"), "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"");
}

static void a_type_that_could_break_a_header_is_refused(void **state)
{
    struct fake_resources *fake = *state;
    const char *const types[] = {"text",
                                 "text/plain\r\nSet-Cookie: a=b",
                                 "text/pl\xc3\xa9",
                                 "/",
                                 "",
                                 "text/plain; charset",
                                 "text/plain; a=\"\xc3\xa9\"",
                                 "text/plain; a=\"\x7f\"",
                                 "text/plain; a=\"b\tc\""};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct wz_header headers[] = {{"Content-Type", types[i]}, {0}};
        expect(fake, "PUT", STATE, headers, "x", 400);
        assert_non_null(strstr(fake->answer.body, "Content-Type"));
        expect(fake, "POST", STATE, headers, "x", 400);
        assert_non_null(strstr(fake->answer.body, "Content-Type"));
        expect(fake, "GET", STATE, headers, NULL, 404); /* where there is no content it says nothing */
        expect(fake, "DELETE", STATE, headers, NULL, 204);
    }
    assert_int_equal(fake->count, 0);
    char *longest = mem_format("text/plain; a=%0*d", LONGEST_DOCUMENT_TYPE - 14, 1);
    const struct wz_header just[] = {{"Content-Type", longest}, {0}};
    expect(fake, "PUT", STATE, just, "x", 204);
    char *longer = mem_format("%s1", longest);
    const struct wz_header too_long[] = {{"Content-Type", longer}, {0}};
    expect(fake, "PUT", STATE, too_long, "x", 400);
    free(longest);
    free(longer);
}

static void a_key_is_made_of_the_parameters(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "PUT", STATE "&registration=16FD2706-8BAF-433b-82EB-8C7FADA847DA", NULL, "x", 204);
    expect(fake, "PUT", AGENT_PROFILE, as_new, "{}", 204);
    expect(fake, "PUT", ACTIVITY_PROFILE, as_new, "{}", 204);
    const char *const wanted[][5] = {
        {"state", "an@example.com", "https://example.com/a", "16fd2706-8baf-433b-82eb-8c7fada847da", "s"},
        {"agent-profile", "an@example.com", NULL, NULL, "p"},
        {"activity-profile", NULL, "https://example.com/a", NULL, "p"}};
    assert_int_equal(fake->count, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t part = 0; part < 5; part++)
            if (wanted[i][part])
                assert_string_equal(fake->resources[i].parts[part], wanted[i][part]);
            else
                assert_null(fake->resources[i].parts[part]);
    expect(fake, "GET", STATE, NULL, NULL, 404);
    expect(fake, "GET", STATE "&registration=16fd2706-8baf-433b-82eb-8c7fada847da", NULL, NULL, 200);
}

/* ---- POST ---------------------------------------------------------------------------------------------- */

static void a_post_merges_objects(void **state)
{
    struct fake_resources *fake = *state;
    const struct wz_header with_charset[] = {{"Content-Type", "Application/JSON ; charset=utf-8"}, {0}};
    for (size_t i = 0; i < KINDS; i++) {
        expect(fake, "POST", documents[i], as_json, FOO, 204);
        expect_body(fake, documents[i], FOO);
        expect(fake, "POST", documents[i], with_charset, "{\"x\" : \"bash\", \"z\" : \"faz\"}", 204);
        expect_body(fake, documents[i], "{\"x\":\"bash\",\"y\":\"bar\",\"z\":\"faz\"}");
    }
}

static void what_is_no_object_is_not_merged(void **state)
{
    static const struct {
        const char *there_type, *there, *sent_type, *sent, *told;
    } cases[] = {
        {"application/json", "{\"a\":1}", "not/json", "abcdefg", "was sent"},
        {"application/json", "{\"a\":1}", "application/jsonx", "{}", "was sent"},
        {"application/json", "{\"a\":1}", NULL, "{}", "was sent"},
        {"application/json", "{\"a\":1}", "application/json", "{}{", "was sent"},
        {"application/json", "{\"a\":1}", "application/json", "[1]", "was sent"},
        {"application/json", "{\"a\":1}", "application/json", "", "was sent"},
        {"application/json", "{\"a\":1}", "application/json", "{\"b\":1,\"b\":2}", "was sent"},
        {"application/octet-stream", "/ asdf / undefined", "application/json", "{}", "is there"},
        {"text/plain", "{}", "application/json", "{}", "is there"},
        {"application/json", "{", "application/json", "{}", "is there"},
        {"application/json", "\"a\"", "application/json", "{}", "is there"},
    };
    struct fake_resources *fake = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wz_header there[] = {{"Content-Type", cases[i].there_type}, {0}},
                               sent[] = {{cases[i].sent_type ? "Content-Type" : NULL, cases[i].sent_type},
                                         {0}};
        expect(fake, "PUT", STATE, there, cases[i].there, 204);
        expect(fake, "POST", STATE, sent, cases[i].sent, 400);
        if (!strstr(fake->answer.body, cases[i].told))
            fail_msg("%s", fake->answer.body);
        expect_body(fake, STATE, cases[i].there);
        assert_string_equal(fake_header(&fake->answer, "Content-Type"), cases[i].there_type);
    }
}

static void a_first_post_is_a_put(void **state)
{
    struct fake_resources *fake = *state;
    const struct wz_header text[] = {{"Content-Type", "text/plain"}, {0}};
    for (size_t i = 0; i < KINDS; i++) {
        expect(fake, "POST", documents[i], as_json, "[1]", 400);
        expect(fake, "GET", documents[i], NULL, NULL, 404);
        expect(fake, "POST", documents[i], text, "a", 204);
        expect_body(fake, documents[i], "a");
    }
}

static void what_is_too_large_is_not_merged(void **state)
{
    struct fake_resources *fake = *state;
    enum { SIZE = 3 << 20 };
    char *body = mem_alloc(SIZE + 64);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(body, i ? "{\"a\":\"" : "{\"b\":\"", 6);
        memset(body + 6, 'x', SIZE);
        strcpy(body + 6 + SIZE, "\"}");
        expect(fake, "POST", STATE, as_json, body, i ? 413 : 204);
    }
    expect(fake, "GET", STATE, NULL, NULL, 200);
    assert_int_equal(fake->answer.size, SIZE + 8);
    free(body);
}

/* Small ones into a large one too. */
static void what_is_large_is_merged_beside_the_loop(void **state)
{
    struct fake_resources *fake = *state;
    char *body = mem_format("{\"a\":\"%0*d\"}", (int)ASIDE_FROM, 1);
    expect(fake, "POST", STATE, as_json, FOO, 204);
    assert_int_equal(fake->asides, 0);
    expect(fake, "POST", STATE, as_json, body, 204);
    assert_int_equal(fake->asides, 1);
    expect(fake, "POST", STATE, as_json, "{\"b\":1}", 204);
    assert_int_equal(fake->asides, 2);
    expect(fake, "PUT", STATE, as_json, body, 204);
    assert_int_equal(fake->asides, 2);
    free(body);
}

static void what_is_too_large_to_be_merged_is_put(void **state)
{
    struct fake_resources *fake = *state;
    char *body = mem_format("{\"a\":\"%0*d\"}", 5 << 20, 1);
    expect(fake, "POST", STATE, as_json, body, 413);
    expect(fake, "PUT", STATE, as_json, body, 204);
    expect(fake, "POST", STATE, as_json, "{}", 413);
    expect(fake, "GET", STATE, NULL, NULL, 200);
    assert_int_equal(fake->answer.size, strlen(body));
    free(body);
}

/* ---- concurrency --------------------------------------------------------------------------------------- */

#define BAD_TAG "\"1111111111111111111111111111111111111111\""
/* Of "{}", by sha1sum. */
#define GOOD_TAG "\"bf21a9e8fbc5a3846fb05b4fa0859e0917b2202f\""

static const struct {
    const char *target, *version;
    bool there;
    const char *method, *header, *value;
    int status;
} preconditions[] = {
    {AGENT_PROFILE, "1.0.3", false, "PUT", NULL, NULL, 400},
    {ACTIVITY_PROFILE, "1.0.3", false, "PUT", NULL, NULL, 400},
    {STATE, "1.0.3", false, "PUT", NULL, NULL, 204},
    {AGENT_PROFILE, "1.0.3", true, "PUT", NULL, NULL, 409},
    {ACTIVITY_PROFILE, "1.0.3", true, "PUT", NULL, NULL, 409},
    {STATE, "1.0.3", true, "PUT", NULL, NULL, 204},
    {STATE, "2.0.0", false, "PUT", NULL, NULL, 204},
    {STATE, "2.0.0", true, "PUT", NULL, NULL, 409},
    {AGENT_PROFILE, "2.0.0", true, "PUT", NULL, NULL, 409},
    {ACTIVITY_PROFILE, "2.0.0", true, "PUT", NULL, NULL, 409},
    {AGENT_PROFILE, "1.0.3", true, "POST", NULL, NULL, 204},
    {STATE, "2.0.0", true, "POST", NULL, NULL, 204},
    {STATE, "2.0.0", true, "DELETE", NULL, NULL, 204},
    {AGENT_PROFILE, "1.0.3", true, "PUT", "If-Match", GOOD_TAG, 204},
    {AGENT_PROFILE, "1.0.3", true, "PUT", "If-Match", BAD_TAG, 412},
    {AGENT_PROFILE, "1.0.3", false, "PUT", "If-Match", GOOD_TAG, 412},
    {AGENT_PROFILE, "1.0.3", true, "PUT", "If-Match", "*", 204},
    {AGENT_PROFILE, "1.0.3", true, "PUT", "If-None-Match", "*", 412},
    {AGENT_PROFILE, "1.0.3", false, "PUT", "If-None-Match", "*", 204},
    {AGENT_PROFILE, "1.0.3", true, "PUT", "If-None-Match", GOOD_TAG, 412},
    {AGENT_PROFILE, "1.0.3", true, "PUT", "If-Match", "bf21a9", 400},
    {STATE, "1.0.3", true, "PUT", "If-Match", BAD_TAG, 412},
    {STATE, "2.0.0", true, "POST", "If-Match", BAD_TAG, 412},
    {STATE, "2.0.0", true, "POST", "If-Match", GOOD_TAG, 204},
    {STATE, "1.0.3", true, "POST", "If-None-Match", "*", 412},
    {STATE, "2.0.0", true, "DELETE", "If-Match", BAD_TAG, 412},
    {STATE, "2.0.0", true, "DELETE", "If-Match", GOOD_TAG, 204},
    {STATE, "1.0.3", false, "DELETE", "If-Match", GOOD_TAG, 412},
    {STATE, "1.0.3", true, "GET", "If-None-Match", GOOD_TAG, 304},
    {STATE, "1.0.3", true, "HEAD", "If-None-Match", GOOD_TAG, 304},
    {STATE, "1.0.3", true, "GET", "If-None-Match", BAD_TAG, 200},
    {STATE, "1.0.3", true, "GET", "If-Match", BAD_TAG, 412},
    {STATE, "1.0.3", false, "GET", "If-Match", BAD_TAG, 404},
};

static void nobody_overwrites_what_he_has_not_seen(void **state)
{
    struct fake_resources *fake = *state;
    for (size_t i = 0; i < sizeof preconditions / sizeof *preconditions; i++) {
        const char *target = preconditions[i].target, *method = preconditions[i].method;
        const int status = preconditions[i].status;
        expect(fake, "DELETE", target, NULL, NULL, 204);
        fake->version = preconditions[i].version;
        if (preconditions[i].there)
            expect(fake, "PUT", target, as_new, "{}", 204);
        const struct wz_header headers[] = {
            {"Content-Type", "application/json"}, {preconditions[i].header, preconditions[i].value}, {0}};
        const char *body = strcmp(method, "PUT") == 0 || strcmp(method, "POST") == 0 ? "{\"new\":1}" : NULL;
        expect(fake, method, target, headers, body, status);
        if (status >= 400)
            assert_true(fake->answer.size > 0);
        if (status >= 400 && preconditions[i].there)
            expect_body(fake, target, "{}");
        if (status == 204 && body)
            expect_body(fake, target, body);
    }
}

/* Communication 1.3: a form has the headers of its request in fields, and its content too. */
static void a_form_has_its_preconditions(void **state)
{
    struct fake_resources *fake = *state;
    static const struct wz_header as_form[] = {{"Content-Type", "application/x-www-form-urlencoded"}, {0}};
    static const struct {
        const char *method, *more, *body; /* what is there then */
        int status;
    } cases[] = {
        {"PUT", "&If-None-Match=*&Content-Type=text%2Fplain&content=one", "one", 204},
        {"PUT", "&If-None-Match=*&content=two", "one", 412},
        {"PUT", "&content=two", "one", 409},
        {"PUT", "&If-Match=%22a%22&content=two", "one", 412},
        {"PUT", "&If-Match=*&Content-Type=text%2Fplain&content=t%26%2Bo", "t&+o", 204},
        {"POST", "&Content-Type=text%2Fplain", "t&+o", 400},
        {"GET", "&If-None-Match=*", "t&+o", 304},
        {"DELETE", "&If-Match=%22a%22", "t&+o", 412},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *target = mem_format("/agents/profile?method=%s", cases[i].method);
        char *form = mem_format("%s&profileId=p%s", AGENT, cases[i].more);
        expect(fake, "POST", target, as_form, form, cases[i].status);
        expect_body(fake, AGENT_PROFILE, cases[i].body);
        free(form);
        free(target);
    }
}

/* Communication 3.1: what a 409 has to tell. */
static void a_conflict_says_what_to_do(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "PUT", AGENT_PROFILE, as_new, "{}", 204);
    expect(fake, "PUT", AGENT_PROFILE, as_json, "{}", 409);
    assert_non_null(strstr(fake->answer.body, "current state"));
    assert_non_null(strstr(fake->answer.body, "If-Match"));
}

static void who_writes_at_the_same_time_loses_nothing(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "POST", STATE, as_json, "{\"a\":1}", 204);
    fake->others = 2;
    fake->others_body = "{\"a\":2,\"b\":3}";
    expect(fake, "POST", STATE, as_json, "{\"c\":4}", 204);
    expect_body(fake, STATE, "{\"a\":2,\"b\":3,\"c\":4}");
    fake->others = 1;
    expect(fake, "POST", AGENT_PROFILE, as_json, "{\"c\":4}", 204);
    expect_body(fake, AGENT_PROFILE, "{\"a\":2,\"b\":3,\"c\":4}");

    expect(fake, "GET", STATE, NULL, NULL, 200);
    const struct wz_header match[] = {{"If-Match", mem_copy_text(fake_header(&fake->answer, "ETag"))}, {0}};
    fake->others = 1;
    expect(fake, "PUT", STATE, match, "{}", 412);
    expect_body(fake, STATE, fake->others_body);
    fake->others = 1;
    expect(fake, "DELETE", STATE, NULL, NULL, 204);
    assert_int_equal(fake->others, 0);
    expect(fake, "GET", STATE, NULL, NULL, 404);
    fake->others = 1;
    expect(fake, "PUT", ACTIVITY_PROFILE, as_new, "{}", 412);
    free((char *)match[0].value);
}

static void who_never_gets_a_turn_is_told(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "POST", STATE, as_json, "{\"a\":1}", 204);
    fake->others = 1000;
    fake->others_body = "{}";
    expect(fake, "POST", STATE, as_json, "{\"c\":4}", 409);
    assert_true(fake->others > 900);
}

/* ---- many documents ------------------------------------------------------------------------------------ */

#define REGISTRATION "&registration=16fd2706-8baf-433b-82eb-8c7fada847da"

static void ids_are_listed_and_states_removed_together(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "PUT", STATES "&stateId=b", NULL, "x", 204);
    expect(fake, "PUT", STATES "&stateId=a%22" REGISTRATION, NULL, "x", 204);
    fake->now += 1000;
    expect(fake, "PUT", STATES "&stateId=a%22" REGISTRATION, NULL, "y", 204);
    fake->now -= 1000;
    expect(fake, "PUT", STATES "&stateId=b" REGISTRATION, NULL, "x", 204);
    expect(fake, "PUT", "/activities/state?activityId=https://example.com/b&" AGENT "&stateId=c", NULL, "x",
           204);
    expect_body(fake, STATES, "[\"a\\\"\",\"b\"]");
    assert_string_equal(fake_header(&fake->answer, "Content-Type"), "application/json");
    assert_non_null(fake_header(&fake->answer, "ETag"));
    /* Communication 2.2: of the one that was modified last. */
    assert_string_equal(fake_header(&fake->answer, "Last-Modified"), "Sun, 06 Nov 1994 08:49:38 GMT");
    expect_body(fake, STATES REGISTRATION, "[\"a\\\"\",\"b\"]");
    const struct wz_header match[] = {{"If-Match", "*"}, {0}};
    expect(fake, "DELETE", STATES, match, NULL, 400);
    expect(fake, "DELETE", STATES, as_new, NULL, 400);
    expect(fake, "DELETE", STATES "&stateId=b", NULL, NULL, 204);
    assert_int_equal(fake->count, 3);
    expect(fake, "DELETE", STATES REGISTRATION, NULL, NULL, 204);
    expect_body(fake, STATES, "[]");
    assert_null(fake_header(&fake->answer, "Last-Modified"));
    expect(fake, "DELETE", STATES, NULL, NULL, 204);
    expect_body(fake, "/activities/state?activityId=https://example.com/b&" AGENT, "[\"c\"]");
}

static void profiles_are_not_removed_together(void **state)
{
    struct fake_resources *fake = *state;
    expect(fake, "PUT", AGENT_PROFILE, as_new, "{}", 204);
    expect(fake, "PUT", ACTIVITY_PROFILE, as_new, "{}", 204);
    expect(fake, "DELETE", "/agents/profile?" AGENT, NULL, NULL, 400);
    expect(fake, "DELETE", "/activities/profile?" ACTIVITY, NULL, NULL, 400);
    assert_int_equal(fake->count, 2);
}

static void ids_of_what_changed_since_are_listed(void **state)
{
    struct fake_resources *fake = *state;
    static const char *const lists[] = {STATES, "/agents/profile?" AGENT, "/activities/profile?" ACTIVITY};
    for (size_t i = 0; i < KINDS; i++) {
        expect(fake, "PUT", documents[i], as_new, "{}", 204);
        char *later = mem_format("%s&since=1994-11-06T09:49:36.999%%2B01:00", lists[i]),
             *same = mem_format("%s&since=1994-11-06T08:49:37Z", lists[i]);
        expect_body(fake, later, i == 0 ? "[\"s\"]" : "[\"p\"]");
        expect_body(fake, same, "[]");
        expect(fake, "HEAD", same, NULL, NULL, 200);
        free(later);
        free(same);
    }
}

/* ---- what is not sound --------------------------------------------------------------------------------- */

static const struct {
    const char *method, *target, *told;
} unsound[] = {
    {"GET", "/activities/state?" ACTIVITY, "agent"},
    {"GET", "/activities/state?" AGENT, "activityId"},
    {"PUT", STATES, "stateId"},
    {"POST", STATES, "stateId"},
    {"PUT", STATES "&stateId=", "stateId"},
    {"PUT", "/agents/profile?" AGENT, "profileId"},
    {"DELETE", "/agents/profile?" AGENT, "profileId"},
    {"DELETE", "/activities/profile?" ACTIVITY, "profileId"},
    {"GET", "/activities/profile?profileId=p", "activityId"},
    {"GET", "/activities/profile?activityId=a&profileId=p", "activityId"},
    {"GET", STATE "&registration=true", "registration"},
    {"DELETE", STATE "&registration=", "registration"},
    {"GET", STATES "&since=true", "since"},
    {"GET", STATES "&since=1994-11-06T09:49:36+01:00", "%2B"},
    {"DELETE", STATES "&since=1994-11-06T09:49:36Z", "since"},
    {"PUT", STATE "&since=1994-11-06T09:49:36Z", "since"},
    {"GET", STATE "&profileId=p", "profileId"},
    {"GET", STATE "&StateId=p", "stateId"},
    {"GET", AGENT_PROFILE "&registration=16fd2706-8baf-433b-82eb-8c7fada847da", "registration"},
    {"GET", "/agents/profile?profileId=p&agent=true", "agent"},
    {"GET", "/agents/profile?profileId=p&agent=not%20JSON", "agent"},
    {"GET", "/agents/profile?profileId=p&agent={}", "agent"},
    {"GET", "/agents/profile?profileId=p&agent={\"mbox\":\"an@example.com\"}", "mbox"},
    {"GET",
     "/agents/profile?profileId=p&agent={\"mbox\":\"mailto:a@example.com\",\"openid\":\"https://a.example\"}",
     "agent"},
    {"GET", "/agents/profile?profileId=p&agent={\"objectType\":\"Group\",\"mbox\":\"mailto:a@example.com\"}",
     "Agent"},
};

static void every_parameter_is_checked(void **state)
{
    struct fake_resources *fake = *state;
    for (size_t i = 0; i < sizeof unsound / sizeof *unsound; i++) {
        const struct wz_header *const headers[] = {as_new,
                                                   as_json}; /* each may be refused for another reason */
        for (size_t j = 0; j < 2; j++) {
            expect(fake, unsound[i].method, unsound[i].target, headers[j], "{}", 400);
            if (!strstr(fake->answer.body, unsound[i].told))
                fail_msg("%s: %s", unsound[i].target, fake->answer.body);
        }
    }
    assert_int_equal(fake->count, 0);
}

static void a_parameter_has_a_greatest_length(void **state)
{
    struct fake_resources *fake = *state;
    char *target = mem_format("%s&stateId=%05000d", STATES, 1);
    expect(fake, "PUT", target, NULL, "x", 400);
    assert_non_null(strstr(fake->answer.body, "4096"));
    free(target);
}

static void a_group_has_documents_in_2_0_0(void **state)
{
    struct fake_resources *fake = *state;
    fake->version = "2.0.0";
    expect(
        fake, "PUT",
        "/agents/profile?profileId=p&agent={\"objectType\":\"Group\",\"mbox\":\"mailto:team@example.com\"}",
        as_new, "{}", 204);
    assert_string_equal(fake->resources[0].parts[1], "team@example.com");
    expect(fake, "PUT",
           "/agents/"
           "profile?profileId=p&agent={\"objectType\":\"Group\",\"member\":[{\"mbox\":\"mailto:a@example."
           "com\"}]}",
           as_new, "{}", 400);
}

static void what_the_store_cannot_do_is_told(void **state)
{
    struct fake_resources *fake = *state;
    fake->failure = WZ_FULL;
    expect(fake, "PUT", STATE, NULL, "x", 507);
    expect(fake, "DELETE", STATES, NULL, NULL, 507);
    fake->failure = WZ_NO_FAILURE;
    fake->fails_to_read = true;
    expect(fake, "PUT", STATE, NULL, "x", 500);
    expect(fake, "GET", STATE, NULL, NULL, 500);
    expect(fake, "GET", STATES, NULL, NULL, 500);
}

#define DOCUMENT_TEST(test) cmocka_unit_test_setup_teardown(test, fake_resources_begin, fake_resources_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOCUMENT_TEST(a_document_comes_back_byte_for_byte),
        DOCUMENT_TEST(what_has_no_type_and_no_content_is_kept_too),
        DOCUMENT_TEST(a_type_that_could_break_a_header_is_refused),
        DOCUMENT_TEST(a_key_is_made_of_the_parameters),
        DOCUMENT_TEST(a_post_merges_objects),
        DOCUMENT_TEST(what_is_no_object_is_not_merged),
        DOCUMENT_TEST(a_first_post_is_a_put),
        DOCUMENT_TEST(what_is_too_large_is_not_merged),
        DOCUMENT_TEST(what_is_large_is_merged_beside_the_loop),
        DOCUMENT_TEST(what_is_too_large_to_be_merged_is_put),
        DOCUMENT_TEST(nobody_overwrites_what_he_has_not_seen),
        DOCUMENT_TEST(a_form_has_its_preconditions),
        DOCUMENT_TEST(a_conflict_says_what_to_do),
        DOCUMENT_TEST(who_writes_at_the_same_time_loses_nothing),
        DOCUMENT_TEST(who_never_gets_a_turn_is_told),
        DOCUMENT_TEST(ids_are_listed_and_states_removed_together),
        DOCUMENT_TEST(profiles_are_not_removed_together),
        DOCUMENT_TEST(ids_of_what_changed_since_are_listed),
        DOCUMENT_TEST(every_parameter_is_checked),
        DOCUMENT_TEST(a_parameter_has_a_greatest_length),
        DOCUMENT_TEST(a_group_has_documents_in_2_0_0),
        DOCUMENT_TEST(what_the_store_cannot_do_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
