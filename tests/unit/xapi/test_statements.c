/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resource /statements, as xAPI 1.0.3 (Communication 1.5 and 2.1) has it. */
#include "fake_lrs.h"
#include "http/aside.h"

#include "sample.h"
#include "statements/query.h"
#include "statements/statements.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The address that the last answer has as "more", below the route; "" where it has none. To be freed. */
static char *more_of(const struct lrs *lrs)
{
    struct json json = {0};
    struct error error;
    struct buf text = {0};
    assert_int_equal(json_read(&json, lrs_body(lrs), lrs->reply.size, &error), 0);
    json_put_text(&json, json_member(&json, 0, "more"), &text);
    buf_put_u8(&text, '\0');
    json_free(&json);
    if (text.data[0]) {
        assert_memory_equal(text.data, "/xapi/statements?", 17);
        buf_consume(&text, 5);
    }
    return (char *)text.data;
}

/* ---- storing ------------------------------------------------------------------------------------------- */

static void one_or_many_are_stored(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "POST", "/statements", WITH_ID("1", "a", "did"));
    lrs_expect(&lrs, 200);
    assert_string_equal(lrs_body(&lrs), "[\"" ID("1") "\"]");
    assert_string_equal(lrs_header(&lrs, "Content-Type"), "application/json");
    lrs_json(&lrs, "POST", "/statements", "[" WITH_ID("2", "a", "did") "," WITH_ID("3", "b", "did") "]");
    lrs_expect(&lrs, 200);
    assert_string_equal(lrs_body(&lrs), "[\"" ID("2") "\",\"" ID("3") "\"]");
    lrs_json(&lrs, "PUT", "/statements?statementId=" ID("4"), WITH_ID("4", "a", "did"));
    lrs_expect(&lrs, 204);
    assert_int_equal(lrs.reply.size, 0);
    lrs_json(&lrs, "PUT", "/statements?statementId=" ID("5"), STATEMENT("", "a", "did"));
    lrs_expect(&lrs, 204);
    assert_int_equal(lrs.count, 5);
    lrs_json(&lrs, "POST", "/statements", "[]");
    lrs_expect(&lrs, 200);
    assert_string_equal(lrs_body(&lrs), "[]");
    lrs_end(&lrs);
}

static void who_has_no_id_is_given_one(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    char first[41];
    lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.reply.size, 40);
    memcpy(first, lrs_body(&lrs), 41);
    assert_int_equal(first[16], '4'); /* ["xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx"] */
    assert_non_null(strchr("89ab", first[21]));
    lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
    lrs_expect(&lrs, 200);
    assert_string_not_equal(lrs_body(&lrs), first);
    assert_int_equal(lrs.count, 2);
    lrs_end(&lrs);
}

static void the_same_again_is_no_conflict(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "POST", "/statements", WITH_ID("1", "a", "did"));
    lrs_expect(&lrs, 200);
    lrs_json(&lrs, "POST", "/statements", WITH_ID("1", "a", "did"));
    lrs_expect(&lrs, 200);
    assert_string_equal(lrs_body(&lrs), "[\"" ID("1") "\"]");
    lrs_json(&lrs, "PUT", "/statements?statementId=" ID("1"), STATEMENT("", "a", "did"));
    lrs_expect(&lrs, 204);
    lrs_json(&lrs, "PUT", "/statements?statementId=" ID("1"), STATEMENT("", "a", "undid"));
    lrs_expect(&lrs, 409);
    lrs_json(&lrs, "POST", "/statements", "[" WITH_ID("2", "a", "did") "," WITH_ID("1", "b", "did") "]");
    lrs_expect(&lrs, 409);
    SAYS(&lrs, "statement 2 of 2");
    assert_int_equal(lrs.count, 1);
    lrs_end(&lrs);
}

static void what_is_wrong_is_refused_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body, *says;
    } cases[] = {
        {"POST", "/statements", "", "no statements"},
        {"POST", "/statements", "{", "line 1"},
        {"POST", "/statements", "7", ""},
        {"POST", "/statements", "[7]", "statement 1 of 1"},
        {"POST", "/statements", "[" WITH_ID("1", "a", "did") ",{}]", "statement 2 of 2"},
        {"POST", "/statements", "[" WITH_ID("1", "a", "did") "," WITH_ID("1", "a", "did") "]",
         "another statement"},
        {"POST", "/statements", "[" WITH_ID("a", "a", "did") "," WITH_ID("A", "a", "did") "]",
         "another statement"},
        {"POST", "/statements?statementId=" ID("1"), WITH_ID("1", "a", "did"), "no parameter statementId"},
        {"PUT", "/statements", WITH_ID("1", "a", "did"), "statementId is missing"},
        {"PUT", "/statements?statementId=x", STATEMENT("", "a", "did"), "UUID"},
        {"PUT", "/statements?statementId=" ID("2"), WITH_ID("1", "a", "did"), "statementId"},
        {"PUT", "/statements?statementId=" ID("1"), "[" WITH_ID("1", "a", "did") "]", "array"},
        {"PUT", "/statements?statementId=" ID("1") "&foo=1", WITH_ID("1", "a", "did"), "foo"},
    };
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lrs_json(&lrs, cases[i].method, cases[i].target, cases[i].body);
        if (lrs.reply.status != 400 || !strstr(lrs_body(&lrs), cases[i].says))
            fail_msg("case %zu: %d %s", i, lrs.reply.status, lrs_body(&lrs));
    }
    assert_int_equal(lrs.puts, 0);
    lrs_end(&lrs);
}

static void only_json_and_multipart_come_in(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int status;
    } cases[] = {{"application/json", 200},
                 {"application/json; charset=UTF-8", 200},
                 {"application/json; charset=iso-8859-1", 400},
                 {"text/plain", 400},
                 {"multipart/form-data; boundary=b", 400},
                 {"application/x-www-form-urlencoded", 400},
                 {NULL, 400}};
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char body[] = STATEMENT("", "a", "did");
        lrs_send(&lrs, "POST", "/statements", cases[i].type, body, strlen(body));
        lrs_expect(&lrs, cases[i].status);
    }
    lrs_end(&lrs);
}

static void failures_of_the_store_are_told(void **state)
{
    (void)state;
    static const int statuses[] = {
        [WZ_REFUSED] = 400, [WZ_FULL] = 507, [WZ_STOPPING] = 503, [WZ_FAILED] = 500, [WZ_BUSY] = 503};
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (enum wz_failure failure = WZ_REFUSED; failure <= WZ_BUSY; failure++) {
        lrs.failure = failure;
        lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
        lrs_expect(&lrs, statuses[failure]);
        const char *later = lrs_header(&lrs, "Retry-After"); /* RFC 9110, 10.2.3: seconds */
        if (failure == WZ_REFUSED)
            SAYS(&lrs, "statement 1 of 1 cannot be kept: ");
        assert_int_equal(later != NULL, statuses[failure] == 503);
        assert_true(!later || (*later && strspn(later, "0123456789") == strlen(later)));
    }
    lrs.fails_to_find = true;
    lrs_json(&lrs, "GET", "/statements", NULL);
    lrs_expect(&lrs, 500);
    SAYS(&lrs, "the disk cannot be read");
    lrs_end(&lrs);
    lrs_begin(&lrs, true); /* who cannot be told how far the store is, changes nothing in it */
    lrs.fails_to_find = true;
    lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
    lrs_expect(&lrs, 500);
    SAYS(&lrs, "the disk cannot be read");
    assert_int_equal(lrs.puts, 0);
    lrs_end(&lrs);
}

static void append_batch(struct buf *body, size_t at_least)
{
    buf_append_text(body, "[" STATEMENT("", "a", "did"));
    while (body->size <= at_least)
        buf_append_text(body, "," STATEMENT("", "a", "did"));
    buf_append_text(body, "]");
}

/* lrs_send_with has nothing that is aside run before the plugin has returned. */
static void what_is_large_is_read_beside_the_loop(void **state)
{
    (void)state;
    struct lrs lrs;
    struct buf body = {0};
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.asides, 0);
    append_batch(&body, ASIDE_FROM);
    lrs_send(&lrs, "POST", "/statements", "application/json", body.data, body.size);
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.asides, 1);
    assert_in_range(lrs.count, 2, STATEMENTS_MOST);
    body.data[body.size - 1] = '}';
    lrs_send(&lrs, "POST", "/statements", "application/json", body.data, body.size);
    lrs_expect(&lrs, 400);
    assert_int_equal(lrs.asides, 2);
    buf_free(&body);
    lrs_end(&lrs);
}

static void what_is_aside_when_the_feed_stops_is_not_kept(void **state)
{
    (void)state;
    struct lrs lrs;
    struct buf body = {0};
    lrs_begin(&lrs, true);
    lrs.stops = true;
    append_batch(&body, ASIDE_FROM);
    lrs_send(&lrs, "POST", "/statements", "application/json", body.data, body.size);
    lrs_expect(&lrs, 503);
    assert_non_null(lrs_header(&lrs, "Retry-After"));
    assert_int_equal(lrs.puts, 0);
    buf_free(&body);
    lrs_end(&lrs);
}

static void there_are_not_too_many(void **state)
{
    (void)state;
    struct lrs lrs;
    struct buf body = {0};
    lrs_begin(&lrs, true);
    for (int i = 0; i <= STATEMENTS_MOST; i++)
        buf_append_text(&body, i ? ",{}" : "[{}");
    buf_append_text(&body, "]");
    lrs_send(&lrs, "POST", "/statements", "application/json", body.data, body.size);
    lrs_expect(&lrs, 413);
    buf_free(&body);
    lrs_end(&lrs);
}

static void repeat(struct buf *out, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_append_text(out, text);
}

static void expect_too_much(struct lrs *lrs, const char *type, struct buf *body, const char *says)
{
    lrs_send(lrs, "POST", "/statements", type, body->data, body->size);
    lrs_expect(lrs, 413);
    if (!strstr(lrs->reply.body, says))
        fail_msg("not %s but %s", says, lrs->reply.body);
    assert_int_equal(lrs->puts, 0);
    buf_free(body);
}

static void one_is_not_too_large(void **state)
{
    (void)state;
    struct lrs lrs;
    struct buf body = {0};
    const size_t blanks = STATEMENT_LARGEST - strlen(STATEMENT("", "a", "did"));
    lrs_begin(&lrs, true);
    buf_append_text(&body, "[" STATEMENT("", "a", "did") "," STATEMENT("", "a", "did"));
    body.size--;
    repeat(&body, " ", blanks);
    buf_append_text(&body, "}]");
    lrs_send(&lrs, "POST", "/statements", "application/json", body.data, body.size);
    lrs_expect(&lrs, 200);
    body.size -= strlen("}]");
    buf_append_text(&body, " }]");
    lrs.puts = 0;
    expect_too_much(&lrs, "application/json", &body, "statement 2 of 2: it is larger than 4 MiB");
    lrs_end(&lrs);
}

/* A short "mailto:" is a long pseudonym. */
static void they_do_not_become_too_much(void **state)
{
    (void)state;
    struct lrs lrs;
    struct buf body = {0};
    lrs_begin(&lrs, false);
    for (int i = 0; i < 100; i++) {
        buf_append_text(&body, i ? "," : "[");
        buf_append_text(&body, "{\"actor\":{\"objectType\":\"Group\",\"member\":[{\"mbox\":\"mailto:a@b\"}");
        repeat(&body, ",{\"mbox\":\"mailto:a@b\"}", 6000);
        buf_append_text(&body, "]},\"verb\":{\"id\":\"urn:v\"},\"object\":{\"id\":\"urn:o\"}}");
    }
    buf_append_text(&body, "]");
    assert_in_range(body.size, 0, 16 << 20);
    expect_too_much(&lrs, "application/json", &body, "send fewer in one request");
    lrs_end(&lrs);
}

/* ---- finding ------------------------------------------------------------------------------------------- */

static void one_is_found_by_its_id(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs.clock = 1777636799123; /* 2026-05-01T11:59:59.123Z, by date(1) */
    lrs_json(&lrs, "POST", "/statements", WITH_ID("1", "a", "did"));
    lrs_json(&lrs, "GET", "/statements?statementId=" ID("1"), NULL);
    lrs_expect(&lrs, 200);
    assert_string_equal(lrs_header(&lrs, "Content-Type"), "application/json");
    assert_string_equal(lrs_header(&lrs, "Last-Modified"), "Fri, 01 May 2026 11:59:59 GMT");
    SAYS(&lrs, "\"id\":\"" ID("1") "\"");
    SAYS(&lrs, "2026-05-01T11:59:59.123Z");
    SAYS_NOT(&lrs, "\"statements\"");
    lrs_json(&lrs, "GET",
             "/statements?statementId=C70C2B85-C294-464F-BACA-CEBD4FB9B341&format=ids&attachments=false",
             NULL);
    lrs_expect(&lrs, 200);
    lrs_json(&lrs, "GET", "/statements?statementId=" ID("2"), NULL);
    lrs_expect(&lrs, 404);
    lrs_json(&lrs, "GET", "/statements?voidedStatementId=" ID("1"), NULL);
    lrs_expect(&lrs, 404);
    lrs_end(&lrs);
}

/* xAPI 1.0.3, Communication 2.1.3: ids has of a person what identifies, canonical has of a text one language,
 * which RFC 9110, 12.5.4 lets the client name. */
static void one_is_told_in_the_form_that_is_asked_for(void **state)
{
    (void)state;
    static const struct wz_header headers[] = {{"X-Experience-API-Version", "1.0.3"},
                                               {"Accept-Language", "nl, en;q=0.5"}};
    static const char *const targets[] = {"/statements?format=",
                                          "/statements?statementId=" ID("1") "&format="};
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(
        &lrs, "POST", "/statements",
        "{\"id\":\"" ID(
            "1") "\",\"actor\":{\"mbox\":\"mailto:a@example.com\",\"name\":\"N. Name\"},"
                 "\"verb\":{\"id\":\"http://example.com/did\",\"display\":{\"en\":\"did\",\"nl\":\"deed\"}},"
                 "\"object\":{\"id\":\"http://example.com/it\"}}");
    lrs_expect(&lrs, 200);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        static const struct {
            const char *format;
            bool has_name, has_dutch, has_english;
        } cases[] = {
            {"exact", true, true, true}, {"ids", false, false, false}, {"canonical", true, true, false}};
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
            char target[120];
            snprintf(target, sizeof target, "%s%s", targets[i], cases[j].format);
            lrs_send_with(&lrs, "GET", target, headers, 2, NULL, 0);
            lrs_expect(&lrs, 200);
            assert_int_equal(strstr(lrs_body(&lrs), "N. Name") != NULL, cases[j].has_name);
            assert_int_equal(strstr(lrs_body(&lrs), "\"deed\"") != NULL, cases[j].has_dutch);
            assert_int_equal(strstr(lrs_body(&lrs), "\"did\"") != NULL, cases[j].has_english);
        }
    }
    lrs_end(&lrs);
}

static void what_was_damaged_is_no_answer(void **state)
{
    (void)state;
    static const char *const targets[] = {"/statements", "/statements?statementId=" ID("1"),
                                          "/statements?attachments=true"};
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "POST", "/statements", WITH_ID("1", "a", "did"));
    lrs_expect(&lrs, 200);
    lrs.events[0].raw[strlen(lrs.events[0].raw) - 1] = ' ';
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        lrs_json(&lrs, "GET", targets[i], NULL);
        lrs_expect(&lrs, 500);
        SAYS(&lrs, "damaged");
    }
    lrs_end(&lrs);
}

static void a_voided_one_is_found_as_such(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "POST", "/statements", WITH_ID("1", "a", "did"));
    lrs_json(&lrs, "POST", "/statements",
             "{\"id\":\"" ID("2") "\",\"actor\":{\"mbox\":\"mailto:a@example.com\"},"
                                  "\"verb\":{\"id\":\"http://adlnet.gov/expapi/verbs/voided\"},"
                                  "\"object\":{\"objectType\":\"StatementRef\",\"id\":\"" ID("1") "\"}}");
    lrs_expect(&lrs, 200);
    lrs_json(&lrs, "GET", "/statements?statementId=" ID("1"), NULL);
    lrs_expect(&lrs, 404);
    lrs_json(&lrs, "GET", "/statements?voidedStatementId=" ID("1"), NULL);
    lrs_expect(&lrs, 200);
    SAYS(&lrs, ID("1"));
    lrs_json(&lrs, "GET", "/statements", NULL);
    assert_int_equal(lrs_found(&lrs), 1);
    lrs_end(&lrs);
}

static void filters_are_handed_on(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"", 4},
        {"?verb=http%3A%2F%2Fexample.com%2Fdid", 3},
        {"?verb=http://example.com/did&" AGENT("a"), 2},
        {"?" AGENT("a"), 3},
        {"?" AGENT("c"), 0},
        {"?activity=http://example.com/it", 4},
        {"?activity=http://example.com/other", 0},
        {"?activity=http://example.com/course", 0},
        {"?activity=http://example.com/course&related_activities=true", 1},
        {"?" AGENT("t"), 0},
        {"?" AGENT("t") "&related_agents=true", 1},
        {"?registration=EC531277-B57B-4C15-8D91-D292C5B2B8F7", 1},
        {"?registration=ec531277-b57b-4c15-8d91-d292c5b2b8f8", 0},
        {"?limit=3", 3},
        {"?limit=0", 4},
        {"?limit=99999999999999999999999999", 4},
        {"?since=2023-11-14T22:13:20Z", 3}, /* 1700000000000 */
        {"?since=2023-11-14T23:13:20.001%2B01:00", 2},
        {"?until=2023-11-14T22:13:20Z", 1},
        {"?ascending=true&limit=2", 2},
    };
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(
        &lrs, "POST", "/statements",
        "[" STATEMENT("", "a", "did") "," STATEMENT("", "a", "undid") "," STATEMENT(
            "", "b",
            "did") "," STATEMENT("\"context\":{\"registration\":\"ec531277-b57b-4c15-8d91-d292c5b2b8f7\","
                                 "\"instructor\":{\"mbox\":\"mailto:t@example.com\"},"
                                 "\"contextActivities\":{\"parent\":[{\"id\":\"http://example.com/"
                                 "course\"}]}},",
                                 "a", "did") "]");
    lrs_expect(&lrs, 200);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char target[300];
        snprintf(target, sizeof target, "/statements%s", cases[i].query);
        lrs_json(&lrs, "GET", target, NULL);
        if (lrs_found(&lrs) != cases[i].count)
            fail_msg("%s: %zu", cases[i].query, lrs_found(&lrs));
    }
    lrs_end(&lrs);
}

static void wrong_parameters_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "statementId=" ID("1") "&voidedStatementId=" ID("1"),
        "statementId=" ID("1") "&limit=1",
        "statementId=" ID("1") "&cursor=1",
        "voidedStatementId=" ID("1") "&" AGENT("a"),
        "statementId=x",
        "statementId=",
        "verb=did",
        "verb=",
        "activity=it",
        "registration=1",
        "agent=a",
        "agent=%7B%7D",
        "agent=%5B%5D",
        "agent=%7B%22objectType%22%3A%22Group%22%2C%22member%22%3A%5B%7B%22mbox%22%3A%22mailto%3Aa%40b.nl%22%"
        "7D%5D%7D",
        "agent=%7B%22mbox%22%3A%22a%40b.nl%22%7D",
        "related_agents=yes",
        "related_activities=True",
        "ascending=1",
        "attachments=",
        "format=all",
        "format=IDs",
        "since=yesterday",
        "since=2023-11-14T22:13:20+01:00",
        "until=2023-13-14T22:13:20Z",
        "limit=-1",
        "limit=1.5",
        "limit=",
        "limit=one",
        "cursor=0",
        "cursor=-1",
        "cursor=1x",
        "cursor=99999999999999999999",
        "limit=1&limit=1",
    };
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char target[300];
        snprintf(target, sizeof target, "/statements?%s", cases[i]);
        lrs_json(&lrs, "GET", target, NULL);
        if (lrs.reply.status != 400)
            fail_msg("%s: %d %s", cases[i], lrs.reply.status, lrs_body(&lrs));
    }
    lrs_end(&lrs);
}

/* Walks all pages; gives how many there were. The order of the verbs is told by `first` and `step`. */
static size_t walk(struct lrs *lrs, const char *target, int first, int step, size_t total)
{
    size_t pages = 0, seen = 0;
    char *at = strdup(target);
    while (*at) {
        lrs_json(lrs, "GET", at, NULL);
        const size_t count = lrs_found(lrs);
        const char *body = lrs_body(lrs);
        for (size_t i = 0; i < count; i++, seen++) {
            char verb[60];
            snprintf(verb, sizeof verb, "http://example.com/did%03d\"", first + step * (int)seen);
            body = strstr(body, verb);
            assert_non_null(body);
        }
        free(at);
        at = more_of(lrs);
        pages++;
    }
    free(at);
    assert_int_equal(seen, total);
    return pages;
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (int i = 0; i < 250; i++) {
        char body[400], verb[20];
        snprintf(verb, sizeof verb, "did%03d", i);
        snprintf(
            body, sizeof body,
            "{\"actor\":{\"mbox\":\"mailto:%c@example.com\"},\"verb\":{\"id\":\"http://example.com/%s\"},"
            "\"object\":{\"id\":\"http://example.com/it\"}}",
            'a' + i % 2, verb);
        lrs_json(&lrs, "POST", "/statements", body);
        lrs_expect(&lrs, 200);
    }
    assert_int_equal(walk(&lrs, "/statements", 249, -1, 250), 3);
    assert_int_equal(walk(&lrs, "/statements?limit=0", 249, -1, 250), 3);
    assert_int_equal(walk(&lrs, "/statements?limit=1000", 249, -1, 250), 3);
    assert_int_equal(walk(&lrs, "/statements?ascending=true&limit=100&" AGENT("b"), 1, 2, 125), 2);
    assert_int_equal(walk(&lrs, "/statements?limit=7", 249, -1, 250), 36);
    lrs_end(&lrs);
}

static void every_answer_says_how_far_the_store_is(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *body;
        int status;
    } cases[] = {{"GET", "/statements", NULL, 200},
                 {"GET", "/statements?foo=1", NULL, 400},
                 {"GET", "/statements?limit=x", NULL, 400},
                 {"GET", "/statements?statementId=" ID("1"), NULL, 404},
                 {"POST", "/statements", "7", 400},
                 {"POST", "/statements", STATEMENT("", "a", "did"), 200},
                 {"PUT", "/statements?statementId=" ID("1"), STATEMENT("", "a", "did"), 204}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lrs lrs;
        lrs_begin(&lrs, true);
        lrs_json(&lrs, cases[i].method, cases[i].target, cases[i].body);
        lrs_expect(&lrs, cases[i].status);
        assert_string_equal(lrs_header(&lrs, "X-Experience-API-Consistent-Through"),
                            "2023-11-14T22:13:20.000Z");
        lrs_end(&lrs);
    }
    /* The store is not asked for it each time. */
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (int i = 0; i < 10; i++) {
        lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
        assert_non_null(lrs_header(&lrs, "X-Experience-API-Consistent-Through"));
    }
    assert_in_range(lrs.finds, 1, 3);
    /* But it is, a second later. */
    const size_t before = lrs.finds;
    lrs.xapi.through_at -= 1000;
    lrs.clock += 5000;
    lrs_json(&lrs, "POST", "/statements", STATEMENT("", "a", "did"));
    assert_int_equal(lrs.finds, before + 1);
    assert_string_equal(lrs_header(&lrs, "X-Experience-API-Consistent-Through"), "2023-11-14T22:13:25.010Z");
    /* What was said once stays true. */
    lrs.clock = 1777636799123; /* 2026-05-01T11:59:59.123Z, by date(1) */
    lrs_json(&lrs, "GET", "/statements", NULL);
    lrs.clock -= 1000;
    for (int i = 0; i < 2; i++) {
        lrs_json(&lrs, i ? "POST" : "GET", "/statements", i ? STATEMENT("", "a", "did") : NULL);
        lrs_expect(&lrs, 200);
        assert_string_equal(lrs_header(&lrs, "X-Experience-API-Consistent-Through"),
                            "2026-05-01T11:59:59.123Z");
    }
    lrs_end(&lrs);
}

/* ---- people -------------------------------------------------------------------------------------------- */

static void nobody_is_shown_unless_identities_are_kept(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, false);
    lrs_json(&lrs, "POST", "/statements", "[" STATEMENT("", "a", "did") "," STATEMENT("", "b", "did") "]");
    lrs_expect(&lrs, 200);
    lrs_json(&lrs, "GET", "/statements?" AGENT("a"), NULL);
    assert_int_equal(lrs_found(&lrs), 1);
    SAYS_NOT(&lrs, "mailto");
    SAYS_NOT(&lrs, "N. Name");
    /* Whom the answer names is found by that, too. */
    const char *account = strstr(lrs_body(&lrs), "https://wijzer.invalid/pseudonym");
    assert_non_null(account);
    const char *name = strstr(account, "\"name\":\"");
    assert_non_null(name);
    char *target = malloc(400);
    assert_non_null(target);
    snprintf(target, 400,
             "/statements?agent=%%7B%%22account%%22%%3A%%7B%%22homePage%%22%%3A%%22https%%3A%%2F%%2Fwijzer."
             "invalid%%2F"
             "pseudonym%%22%%2C%%22name%%22%%3A%%22%.32s%%22%%7D%%7D",
             name + 8);
    lrs_json(&lrs, "GET", target, NULL);
    assert_int_equal(lrs_found(&lrs), 1);
    free(target);
    lrs_end(&lrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_or_many_are_stored),
        cmocka_unit_test(who_has_no_id_is_given_one),
        cmocka_unit_test(the_same_again_is_no_conflict),
        cmocka_unit_test(what_is_wrong_is_refused_as_a_whole),
        cmocka_unit_test(only_json_and_multipart_come_in),
        cmocka_unit_test(failures_of_the_store_are_told),
        cmocka_unit_test(what_is_large_is_read_beside_the_loop),
        cmocka_unit_test(what_is_aside_when_the_feed_stops_is_not_kept),
        cmocka_unit_test(there_are_not_too_many),
        cmocka_unit_test(one_is_not_too_large),
        cmocka_unit_test(they_do_not_become_too_much),
        cmocka_unit_test(one_is_found_by_its_id),
        cmocka_unit_test(one_is_told_in_the_form_that_is_asked_for),
        cmocka_unit_test(what_was_damaged_is_no_answer),
        cmocka_unit_test(a_voided_one_is_found_as_such),
        cmocka_unit_test(filters_are_handed_on),
        cmocka_unit_test(wrong_parameters_are_refused),
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(every_answer_says_how_far_the_store_is),
        cmocka_unit_test(nobody_is_shown_unless_identities_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
