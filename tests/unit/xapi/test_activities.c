/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activities, agents, and about (xAPI 1.0.3, Communication 2.4, 2.5 and 2.8). */
#include "fake_resources.h"
#include "statement/statement.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "https://example.com/a"

/* The activity as these statements (newest first, NULL at their end) tell it. */
static void expect_activity(struct fake_resources *fake, const char *const *statements, const char *activity)
{
    struct wz_event_found found[8] = {0};
    const struct wz_event_found *list[8];
    size_t count = 0;
    for (; statements[count]; count++) {
        found[count] =
            (struct wz_event_found){.raw = statements[count], .raw_size = strlen(statements[count])};
        list[count] = &found[count];
    }
    fake->events = list;
    fake->event_count = count;
    const struct fake_answer *answer = fake_send(fake, "GET", "/activities?activityId=" ID, NULL, NULL);
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->body, activity);
    assert_string_equal(fake_header(answer, "Content-Type"), "application/json");
    assert_non_null(fake_header(answer, "ETag"));
}

#define STATEMENT(definition)                                                                                \
    "{\"verb\":{\"id\":\"v:v\"},\"object\":{\"id\":\"" ID "\",\"definition\":" definition "}}"
#define ACTIVITY "{\"objectType\":\"Activity\",\"id\":\"" ID "\""

static void an_activity_that_nobody_knows_is_one_too(void **state)
{
    struct fake_resources *fake = *state;
    expect_activity(fake, (const char *[]){NULL}, ACTIVITY "}");
    expect_activity(fake, (const char *[]){"{\"object\":{\"id\":\"" ID "\"}}", NULL}, ACTIVITY "}");
    assert_int_equal(fake->wanted_role, ROLE_ACTIVITY);
    assert_string_equal(fake->wanted_key, ID);
    assert_int_equal(fake->question.wanted_count, 1);
    assert_int_equal(fake->question.limit, 100);
    assert_true(fake->question.most_bytes > 0);
    assert_true(fake->question.since == WZ_NO_TIME && fake->question.until == WZ_NO_TIME);
    assert_false(fake->question.ascending);
}

static void an_activity_has_all_that_is_known_of_it(void **state)
{
    struct fake_resources *fake = *state;
    expect_activity(fake, (const char *[]){STATEMENT("{\"type\":\"https://example.com/t\"}"), NULL},
                    ACTIVITY ",\"definition\":{\"type\":\"https://example.com/t\"}}");
    /* XAPI-00254: both languages; what was said last counts. */
    expect_activity(
        fake,
        (const char *[]){
            STATEMENT(
                "{\"name\":{\"fr-FR\":\"r\xc3\xa9union\",\"en-US\":\"new\"},\"extensions\":{\"e:a\":1.0}}"),
            STATEMENT("{\"name\":{\"en-US\":\"old\",\"nl\":\"overleg\"},\"type\":\"t:t\",\"extensions\":{\"e:"
                      "b\":2}}"),
            STATEMENT("{\"type\":\"t:older\",\"moreInfo\":\"m:m\"}"), NULL},
        ACTIVITY ",\"definition\":{\"type\":\"t:t\",\"moreInfo\":\"m:m\",\"name\":{\"en-US\":\"new\",\"nl\":"
                 "\"overleg\","
                 "\"fr-FR\":\"r\xc3\xa9union\"},\"extensions\":{\"e:b\":2,\"e:a\":1.0}}}");
}

static void what_is_as_long_may_say_more(void **state)
{
    struct fake_resources *fake = *state;
    expect_activity(fake,
                    (const char *[]){STATEMENT("{\"name\":{\"en\":\"new\"}}"),
                                     STATEMENT("{\"name\":{\"nl\":\"oud\"}}"), NULL},
                    ACTIVITY ",\"definition\":{\"name\":{\"nl\":\"oud\",\"en\":\"new\"}}}");
    expect_activity(fake,
                    (const char *[]){STATEMENT("{\"description\":{\"en\":\"new\"}}"),
                                     STATEMENT("{\"description\":{\"nl\":\"oud\"}}"), NULL},
                    ACTIVITY ",\"definition\":{\"description\":{\"nl\":\"oud\",\"en\":\"new\"}}}");
}

static void what_is_no_description_of_it_is_passed_over(void **state)
{
    struct fake_resources *fake = *state;
    expect_activity(
        fake,
        (const char *[]){"{\"object\":{\"id\":\"https://example.com/b\",\"definition\":{\"type\":\"b:b\"}}}",
                         "{\"object\":\"" ID "\"}", "damaged", STATEMENT("[]"), "[]", NULL},
        ACTIVITY "}");
}

static void a_description_without_end_is_cut(void **state)
{
    struct fake_resources *fake = *state;
    char *large = mem_format(STATEMENT("{\"moreInfo\":\"%0300000d\"}"), 1);
    expect_activity(fake, (const char *[]){large, STATEMENT("{\"type\":\"t:t\"}"), large, NULL},
                    ACTIVITY ",\"definition\":{\"type\":\"t:t\"}}");
    free(large);
}

static void an_activity_needs_an_id(void **state)
{
    struct fake_resources *fake = *state;
    const char *const targets[] = {"/activities", "/activities?activityId=", "/activities?activityId=true",
                                   "/activities?activityId=" ID "&stateId=s"};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_int_equal(fake_send(fake, "GET", targets[i], NULL, NULL)->status, 400);
    fake->fails_to_read = true;
    assert_int_equal(fake_send(fake, "GET", "/activities?activityId=" ID, NULL, NULL)->status, 500);
}

#define PSEUDONYM                                                                                            \
    "{\"homePage\":\"https://wijzer.invalid/pseudonym\",\"name\":\"0123456789abcdef0123456789abcdef\"}"

static const struct {
    const char *agent, *person; /* NULL: 400 */
} agents[] = {
    {"{\"mbox\":\"mailto:an@example.com\",\"name\":\"An\"}",
     "{\"objectType\":\"Person\",\"name\":[\"An\"],\"mbox\":[\"mailto:an@example.com\"]}"},
    {"{\"objectType\":\"Agent\",\"mbox_sha1sum\":\"ebd31e95054c018b10727ccffd2ef2ec3a016ee9\"}",
     "{\"objectType\":\"Person\",\"mbox_sha1sum\":[\"ebd31e95054c018b10727ccffd2ef2ec3a016ee9\"]}"},
    {"{\"openid\":\"https://an.example\"}",
     "{\"objectType\":\"Person\",\"openid\":[\"https://an.example\"]}"},
    {"{\"account\":{\"homePage\":\"https://lms.example\",\"name\":\"7\"}}",
     "{\"objectType\":\"Person\",\"account\":[{\"homePage\":\"https://lms.example\",\"name\":\"7\"}]}"},
    {"{\"account\":" PSEUDONYM "}", "{\"objectType\":\"Person\",\"account\":[" PSEUDONYM "]}"},
    {"{\"name\":\"An\"}", NULL},
    {"{\"objectType\":\"Group\",\"mbox\":\"mailto:an@example.com\"}", NULL},
    {"{\"objectType\":\"Person\",\"mbox\":[\"mailto:an@example.com\"]}", NULL},
    {"not JSON", NULL},
    {"", NULL},
};

static void a_person_is_the_agent_that_was_asked_for(void **state)
{
    struct fake_resources *fake = *state;
    for (size_t i = 0; i < sizeof agents / sizeof *agents; i++) {
        char *target = mem_format("/agents?agent=%s", agents[i].agent);
        const struct fake_answer *answer = fake_send(fake, "GET", target, NULL, NULL);
        assert_int_equal(answer->status, agents[i].person ? 200 : 400);
        if (agents[i].person)
            assert_string_equal(answer->body, agents[i].person);
        if (agents[i].person)
            assert_non_null(fake_header(answer, "ETag"));
        assert_string_equal(fake_header(answer, "Content-Type"),
                            agents[i].person ? "application/json" : "application/problem+json");
        free(target);
    }
    assert_int_equal(fake_send(fake, "GET", "/agents", NULL, NULL)->status, 400);
    assert_int_equal(fake_send(fake, "GET", "/agents?agent={\"openid\":\"o:o\"}", NULL, NULL)->status, 200);
    assert_int_equal(fake_send(fake, "GET", "/agents?agent={\"openid\":\"o:o\"}&limit=1", NULL, NULL)->status,
                     400);
}

static void about_tells_the_versions_to_everybody(void **state)
{
    struct fake_resources *fake = *state;
    const char *const versions[] = {NULL, "1.0.3", "2.0.0", "0.9", "nonsense"};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        fake->version = versions[i];
        const struct fake_answer *answer = fake_send(fake, "GET", "/about", NULL, NULL);
        assert_int_equal(answer->status, 200);
        assert_string_equal(answer->body, "{\"version\":[\"1.0.3\",\"2.0.0\"],\"extensions\":{}}");
        assert_string_equal(fake_header(answer, "Content-Type"), "application/json");
    }
    assert_int_equal(fake_send(fake, "GET", "/about?limit=1", NULL, NULL)->status, 400);
}

/* RFC 9110, 13.1: who has it already is not sent it again, and what is no list of tags is not half obeyed. */
static void who_has_it_is_not_sent_it_again(void **state)
{
    struct fake_resources *fake = *state;
    char tag[64];
    const struct fake_answer *about = fake_send(fake, "GET", "/about", NULL, NULL);
    const size_t size = about->size;
    snprintf(tag, sizeof tag, "%s", fake_header(about, "ETag"));
    const struct {
        const char *name, *value;
        int status;
    } cases[] = {{"If-None-Match", tag, 304},     {"If-None-Match", "\"other\"", 200},
                 {"If-None-Match", "other", 400}, {"If-Match", tag, 200},
                 {"If-Match", "\"other\"", 412},  {"If-Match", "other", 400}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wz_header headers[] = {{cases[i].name, cases[i].value}, {0}};
        const struct fake_answer *answer = fake_send(fake, "GET", "/about", headers, NULL);
        assert_int_equal(answer->status, cases[i].status);
        if (cases[i].status == 304) /* RFC 9110, 8.6: the length is that of a 200 */
            assert_int_equal(answer->size, size);
        else
            assert_true(answer->size > 0);
        assert_int_equal(answer->refusal != NULL,
                         cases[i].status == 400); /* nobody has to look into the others */
        if (cases[i].status == 412)               /* its title in RFC 9110, 15.5.13 */
            assert_non_null(strstr(answer->body, "\"title\":\"Precondition Failed\",\"status\":412"));
        if (cases[i].status != 400)
            assert_string_equal(fake_header(answer, "ETag"), tag);
    }
}

#define HOST_TEST(test) cmocka_unit_test_setup_teardown(test, fake_resources_begin, fake_resources_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOST_TEST(an_activity_that_nobody_knows_is_one_too),
        HOST_TEST(an_activity_has_all_that_is_known_of_it),
        HOST_TEST(what_is_as_long_may_say_more),
        HOST_TEST(what_is_no_description_of_it_is_passed_over),
        HOST_TEST(a_description_without_end_is_cut),
        HOST_TEST(an_activity_needs_an_id),
        HOST_TEST(a_person_is_the_agent_that_was_asked_for),
        HOST_TEST(about_tells_the_versions_to_everybody),
        HOST_TEST(who_has_it_is_not_sent_it_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
