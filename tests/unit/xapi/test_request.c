/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every request has to have, as xAPI 1.0.3 (Communication 1 and 3) and the Fetch standard say. */
#include "fake_lrs.h"
#include "http/alternate.h"
#include "http/aside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_version_is_agreed_on(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *answered;
        int status;
    } cases[] = {{"1.0.3", "1.0.3", 200}, {"1.0", "1.0.3", 200},   {"1.0.0", "1.0.3", 200},
                 {"2.0.0", "2.0.0", 200}, {"2.0", "2.0.0", 200},   {"1.1.0", "2.0.0", 400},
                 {"0.95", "2.0.0", 400},  {"1.0.1", "1.0.3", 200}, {NULL, "1.0.3", 400}};
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs.version = NULL;
    lrs_json(&lrs, "GET", "/statements", NULL);
    lrs_expect(&lrs, 400);
    assert_string_equal(lrs_header(&lrs, "X-Experience-API-Version"), "1.0.3");
    SAYS(&lrs, "missing");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lrs.version = cases[i].sent;
        lrs_json(&lrs, "GET", "/statements", NULL);
        lrs_expect(&lrs, cases[i].status);
        assert_string_equal(lrs_header(&lrs, "X-Experience-API-Version"), cases[i].answered);
    }
    lrs_end(&lrs);
}

static void only_what_there_is_can_be_asked(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "GET", "/nothing", NULL);
    lrs_expect(&lrs, 404);
    SAYS(&lrs, "\"title\":\"Not Found\",\"status\":404");
    lrs_json(&lrs, "GET", "", NULL);
    lrs_expect(&lrs, 404);
    lrs_json(&lrs, "GET", "/Statements", NULL);
    lrs_expect(&lrs, 404);
    lrs_json(&lrs, "DELETE", "/statements", NULL);
    lrs_expect(&lrs, 405);
    assert_string_equal(lrs_header(&lrs, "Allow"), "GET, HEAD, PUT, POST");
    lrs_json(&lrs, "PATCH", "/statements", "{}");
    lrs_expect(&lrs, 405);
    lrs_json(&lrs, "POST", "/about", "{}");
    lrs_expect(&lrs, 405);
    assert_string_equal(lrs_header(&lrs, "Allow"), "GET, HEAD");
    lrs_json(&lrs, "GET", "/statements?foo=bar", NULL);
    lrs_expect(&lrs, 400);
    SAYS(&lrs, "foo");
    SAYS_NOT(&lrs, "it is written");
    lrs_json(&lrs, "GET", "/statements?StatementId=x", NULL);
    lrs_expect(&lrs, 400);
    SAYS(&lrs, "it is written statementId");
    lrs_json(&lrs, "GET", "/statements?limit=%", NULL);
    lrs_expect(&lrs, 400);
    lrs_json(&lrs, "HEAD", "/statements", NULL);
    lrs_expect(&lrs, 200);
    lrs_end(&lrs);
}

/* Communication 2.1 to 2.8; RFC 9110, 15.5.6: whoever sends another method is told which there are. */
static void each_resource_has_its_methods(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};
    static const struct {
        const char *path, *allow;
    } resources[] = {{"/statements", "GET, HEAD, PUT, POST"},
                     {"/activities", "GET, HEAD"},
                     {"/agents", "GET, HEAD"},
                     {"/about", "GET, HEAD"},
                     {"/activities/state", "GET, HEAD, PUT, POST, DELETE"},
                     {"/activities/profile", "GET, HEAD, PUT, POST, DELETE"},
                     {"/agents/profile", "GET, HEAD, PUT, POST, DELETE"}};
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        for (size_t j = 0; j < sizeof methods / sizeof *methods; j++) {
            char target[60];
            snprintf(target, sizeof target, "%s?unknown=1", resources[i].path);
            lrs_json(&lrs, methods[j], target, NULL);
            lrs_expect(&lrs, strstr(resources[i].allow, methods[j]) ? 400 : 405);
        }
        lrs_json(&lrs, "PATCH", resources[i].path, "{}");
        lrs_expect(&lrs, 405);
        assert_string_equal(lrs_header(&lrs, "Allow"), resources[i].allow);
    }
    lrs_end(&lrs);
}

static void refusals_are_problems_in_json(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "GET", "/statements?a%22b%0A%C2%85=1", NULL);
    lrs_expect(&lrs, 400);
    assert_string_equal(lrs_header(&lrs, "Content-Type"), "application/problem+json");
    static const char begin[] =
        "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"detail\":\"";
    assert_memory_equal(lrs_body(&lrs), begin, sizeof begin - 1);
    SAYS(&lrs, "a\\\"b");
    lrs_end(&lrs);
}

/* Nobody has to look into it where something is not there, or was changed by another meanwhile; a wrong
 * address is mended. */
static void who_looks_after_the_feed_is_told_of_what_was_refused(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *version, *says; /* NULL: it is nothing to tell of */
        int status;
    } cases[] = {
        {"GET", "/nothing", "1.0.3", "there is no resource", 404},
        {"GET", "/agents/anna", "1.0.3", "there is no resource", 404},
        {"GET", "/statements?statementId=c70c2b85-c294-464f-baca-cebd4fb9b348", "1.0.3", NULL, 404},
        {"GET", "/statements", "1.0.3", NULL, 200},
        {"GET", "/statements", "1.1", "X-Experience-API-Version", 400},
        {"DELETE", "/statements", "1.0.3", "GET, HEAD, PUT, POST", 405},
        {"GET", "/statements?anna.de.vries=1", "1.0.3", "has no parameter", 400},
    };
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lrs.version = cases[i].version;
        lrs_json(&lrs, cases[i].method, cases[i].target, NULL);
        lrs_expect(&lrs, cases[i].status);
        const char *told = lrs.reply.refusal;
        assert_int_equal(told != NULL, cases[i].says != NULL);
        if (told && (!strstr(told, cases[i].says) || strstr(told, "anna")))
            fail_msg("case %zu: %s", i, told);
    }
    SAYS(&lrs, "anna.de.vries"); /* who sent it reads it */
    lrs_end(&lrs);
}

/* Does the header's list have all of these? The last is NULL. */
static bool lists(const char *header, const char *const *wanted)
{
    for (; *wanted; wanted++) {
        const char *at = strstr(header, *wanted);
        if (!at || (at != header && at[-1] != ' ') || (at[strlen(*wanted)] && at[strlen(*wanted)] != ','))
            return false;
    }
    return true;
}

static void another_origin_may_ask(void **state)
{
    (void)state;
    struct lrs lrs;
    const struct wz_header preflight[] = {{"ORIGIN", "https://lms.example"},
                                          {"Access-Control-Request-Method", "PUT"}};
    const struct wz_header get[] = {{"Origin", "https://lms.example"}, {"X-Experience-API-Version", "1.0.3"}};
    lrs_begin(&lrs, true);
    lrs_send_with(&lrs, "OPTIONS", "/statements", preflight, 2, NULL, 0);
    lrs_expect(&lrs, 204);
    assert_string_equal(lrs_header(&lrs, "Access-Control-Allow-Origin"), "*");
    assert_string_equal(lrs_header(&lrs, "Allow"), "GET, HEAD, PUT, POST, DELETE, OPTIONS");
    assert_true(lists(lrs_header(&lrs, "Access-Control-Allow-Methods"),
                      (const char *[]){"GET", "HEAD", "PUT", "POST", "DELETE", NULL}));
    assert_true(lists(lrs_header(&lrs, "Access-Control-Allow-Headers"),
                      (const char *[]){"Authorization", "Content-Type", "If-Match", "If-None-Match",
                                       "Accept-Language", "X-Experience-API-Version", NULL}));
    assert_true(strtoul(lrs_header(&lrs, "Access-Control-Max-Age"), NULL, 10) > 0);
    lrs_send_with(&lrs, "GET", "/statements?foo=1", get, 2, NULL, 0);
    lrs_expect(&lrs, 400);
    assert_string_equal(lrs_header(&lrs, "Access-Control-Allow-Origin"), "*");
    assert_true(lists(lrs_header(&lrs, "Access-Control-Expose-Headers"),
                      (const char *[]){"ETag", "Last-Modified", "X-Experience-API-Version",
                                       "X-Experience-API-Consistent-Through", NULL}));
    lrs_json(&lrs, "GET", "/statements", NULL);
    assert_null(lrs_header(&lrs, "Access-Control-Allow-Origin"));
    lrs_end(&lrs);
}

/* ---- alternate requests (1.0.3, Communication 1.3) ----------------------------------------------------- */

#define FORM "application/x-www-form-urlencoded"
#define STATEMENT                                                                                            \
    "%7B%22actor%22%3A%7B%22mbox%22%3A%22mailto%3Aa%40example.com%22%7D%2C%22verb%22%3A%7B%22id%22%3A%"      \
    "22http%3A%2F"                                                                                           \
    "%2Fexample.com%2Fdid%22%7D%2C%22object%22%3A%7B%22id%22%3A%22http%3A%2F%2Fexample.com%2Fit%22%7D%7D"
#define ID "c70c2b85-c294-464f-baca-cebd4fb9b348"

static void form(struct lrs *lrs, const char *method, const char *target, const char *text)
{
    lrs_send(lrs, method, target, FORM, text, strlen(text));
}

static void a_form_stands_for_a_request(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    form(&lrs, "POST", "/statements?method=PUT",
         "statementId=" ID "&Content-Type=application%2Fjson&Content-Length=150&content=" STATEMENT);
    lrs_expect(&lrs, 204);
    assert_int_equal(lrs.count, 1);
    form(&lrs, "POST", "/statements?method=GET", "limit=1");
    lrs_expect(&lrs, 200);
    SAYS(&lrs, ID);
    form(&lrs, "POST", "/statements?method=GET", "statementId=" ID);
    lrs_expect(&lrs, 200);
    form(&lrs, "POST", "/statements?method=GET",
         "limit=1&authorization=Basic+bTpz"); /* the host has looked at it */
    lrs_expect(&lrs, 200);
    form(&lrs, "POST", "/statements?method=POST", "content=" STATEMENT);
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.count, 2);
    lrs_end(&lrs);
}

static void the_form_may_name_the_version(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs.version = NULL;
    form(&lrs, "POST", "/statements?method=GET", "X-Experience-API-Version=1.0.3");
    lrs_expect(&lrs, 200);
    form(&lrs, "POST", "/statements?method=GET", "limit=1");
    lrs_expect(&lrs, 400);
    lrs.version = "1.0.3";
    form(&lrs, "POST", "/statements?method=GET", "x-experience-api-version=0.8");
    lrs_expect(&lrs, 400);
    lrs_end(&lrs);
}

static void broken_forms_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *form, *says;
    } cases[] = {
        {"PUT", "/statements?method=POST", "content=" STATEMENT, "POST"},
        {"GET", "/statements?method=GET", "", "POST"},
        {"POST", "/statements?method=PUT&statementId=" ID, "content=" STATEMENT, "query"},
        {"POST", "/statements?method=POST&x=%", "content=" STATEMENT, "well encoded"},
        {"POST", "/statements?method=POST", "", "content"},
        {"POST", "/statements?method=PUT", "statementId=" ID, "content"},
        {"POST", "/statements?method=PUT", "", "content"},
        {"POST", "/statements?method=PUT", "{\"statementId\":\"" ID "\",\"content\":\"x\"}", "content"},
        {"POST", "/statements?method=PATCH", "content=" STATEMENT, "method"},
        {"POST", "/statements?method=put", "content=" STATEMENT, "method"},
        {"POST", "/statements?method=GET", "limit=1&limit=2", "twice"},
        {"POST", "/statements?method=PUT", "statementId=" ID "&content=%", "content"},
        {"POST", "/statements?method=PUT", "statementId=" ID "&content=%ff", "content"},
        {"POST", "/statements?method=PUT", "statementId=" ID "&Content-Type=text%2Fplain&content=" STATEMENT,
         "Content-Type"},
    };
    struct lrs lrs;
    lrs_begin(&lrs, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        form(&lrs, cases[i].method, cases[i].target, cases[i].form);
        if (lrs.reply.status != 400 || !strstr(lrs_body(&lrs), cases[i].says))
            fail_msg("case %zu: %d %s", i, lrs.reply.status, lrs_body(&lrs));
    }
    assert_int_equal(lrs.count, 0);
    lrs_end(&lrs);
}

static void a_large_form_is_read_beside_the_loop(void **state)
{
    (void)state;
    struct lrs lrs;
    struct buf text = {0};
    lrs_begin(&lrs, true);
    buf_append_text(&text, "content=" STATEMENT);
    while (text.size <= ASIDE_FROM)
        buf_append_text(&text, "%20");
    lrs_send(&lrs, "POST", "/statements?method=POST", FORM, text.data, text.size);
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.asides, 1); /* what it holds is not so large */
    assert_int_equal(lrs.count, 1);
    while (text.size <= ALTERNATE_LARGEST)
        buf_append_text(&text, "%20");
    lrs_send(&lrs, "POST", "/statements?method=POST", FORM, text.data, text.size);
    lrs_expect(&lrs, 413);
    SAYS(&lrs, "at most 1 MiB");
    buf_free(&text);
    lrs_end(&lrs);
}

static void there_are_none_in_the_newer_version(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs.version = "2.0.0";
    form(&lrs, "POST", "/statements?method=GET", "limit=1");
    lrs_expect(&lrs, 400);
    SAYS(&lrs, "2.0.0");
    form(&lrs, "POST", "/statements?method=GET", "X-Experience-API-Version=1.0.3");
    lrs_expect(&lrs, 400);
    lrs.version = NULL;
    form(&lrs, "POST", "/statements?method=GET", "X-Experience-API-Version=2.0.0");
    lrs_expect(&lrs, 400);
    form(&lrs, "POST", "/statements?method=GET", "limit=1"); /* 2.0.0 is what was spoken last */
    lrs_expect(&lrs, 400);
    assert_string_equal(lrs_header(&lrs, "X-Experience-API-Version"), "2.0.0");
    SAYS(&lrs, "missing");
    form(&lrs, "POST", "/statements?method=GET", "X-Experience-API-Version=1.0.0");
    lrs_expect(&lrs, 200);
    form(&lrs, "POST", "/statements?method=GET", "X-Experience-API-Version=1.0.1");
    lrs_expect(&lrs, 200);
    assert_string_equal(lrs_header(&lrs, "X-Experience-API-Version"), "1.0.3");
    lrs_end(&lrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_is_agreed_on),
        cmocka_unit_test(only_what_there_is_can_be_asked),
        cmocka_unit_test(each_resource_has_its_methods),
        cmocka_unit_test(refusals_are_problems_in_json),
        cmocka_unit_test(who_looks_after_the_feed_is_told_of_what_was_refused),
        cmocka_unit_test(another_origin_may_ask),
        cmocka_unit_test(a_form_stands_for_a_request),
        cmocka_unit_test(the_form_may_name_the_version),
        cmocka_unit_test(broken_forms_are_refused),
        cmocka_unit_test(a_large_form_is_read_beside_the_loop),
        cmocka_unit_test(there_are_none_in_the_newer_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
