/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters as browsers encode them (the URL standard, application/x-www-form-urlencoded), and what is
 * garbled. */
#include "http/parameters.h"
#include "http/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void encoded_texts_are_read(void **state)
{
    (void)state;
    static const char text[] =
        "agent=%7B%22mbox%22%3A%22mailto%3Aa%2Bb%40x.nl%22%7D&&verb=a+b&n%C3%A4me=%e2%82%ac&empty=&bare";
    struct parameters read = {0};
    struct error error;
    assert_int_equal(parameters_read(&read, text, strlen(text), &error), 0);
    assert_int_equal(read.count, 5);
    assert_string_equal(parameters_find(&read, "agent"), "{\"mbox\":\"mailto:a+b@x.nl\"}");
    assert_string_equal(parameters_find(&read, "verb"), "a b");
    assert_string_equal(parameters_find(&read, "n\xc3\xa4me"), "\xe2\x82\xac");
    assert_string_equal(parameters_find(&read, "empty"), "");
    assert_string_equal(parameters_find(&read, "bare"), "");
    assert_null(parameters_find(&read, "Verb"));
    char *taken = parameters_take(&read, "agent");
    assert_string_equal(taken, "{\"mbox\":\"mailto:a+b@x.nl\"}");
    free(taken);
    assert_null(parameters_find(&read, "agent"));
    assert_int_equal(read.count, 4);
    parameters_free(&read);
}

static void garbled_texts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"verb=%", "verb"},       {"verb=%4", "verb"},    {"verb=%zz", "verb"},       {"verb=%g1", "verb"},
        {"verb=%1g", "verb"},     {"verb=%/1", "verb"},   {"verb=%:1", "verb"},       {"verb=%@1", "verb"},
        {"verb=%`1", "verb"},     {"verb=%1G", "verb"},   {"%4=1", "name"},           {"verb=1&%4", "name"},
        {"verb=a%00b", "verb"},   {"verb=%ff", "verb"},   {"verb=%ed%a0%80", "verb"}, {"%c3=1", "name"},
        {"a=1&b=2&a=3", "twice"}, {"a=1&%61=2", "twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct parameters read = {0};
        struct error error;
        assert_int_equal(parameters_read(&read, cases[i].text, strlen(cases[i].text), &error), -1);
        if (!strstr(error.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, error.text);
        parameters_free(&read);
    }
}

static void there_are_not_too_many(void **state)
{
    (void)state;
    struct buf text = {0};
    for (int i = 0; i < PARAMETERS_MOST; i++)
        buf_append_format(&text, "p%d=1&", i);
    struct parameters read = {0};
    struct error error;
    assert_int_equal(parameters_read(&read, (const char *)text.data, text.size, &error), 0);
    parameters_free(&read);
    buf_append_text(&text, "more=1");
    assert_int_equal(parameters_read(&read, (const char *)text.data, text.size, &error), -1);
    parameters_free(&read);
    buf_free(&text);
}

static void what_is_put_is_read_again(void **state)
{
    (void)state;
    static const char hard[] = "a&b=c d+e%f\xe2\x82\xac\"~/";
    struct buf text = {0};
    buf_append_text(&text, "/xapi/statements?");
    parameters_put("agent", hard, &text);
    parameters_put("limit", "1", &text);
    buf_put_u8(&text, '\0');
    assert_string_equal((const char *)text.data,
                        "/xapi/statements?agent=a%26b%3Dc%20d%2Be%25f%E2%82%AC%22~%2F&limit=1");
    struct parameters read = {0};
    struct error error;
    const char *query = strchr((const char *)text.data, '?') + 1;
    assert_int_equal(parameters_read(&read, query, strlen(query), &error), 0);
    assert_string_equal(parameters_find(&read, "agent"), hard);
    parameters_free(&read);
    buf_free(&text);
}

/* RFC 3986, 2.1 and 2.3: two digits of either case stand for a byte, and letters, digits and "-._~" need
 * none. */
static void every_byte_can_be_written(void **state)
{
    (void)state;
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (unsigned byte = 1; byte < 0x80; byte++) {
        struct parameters read = {0};
        struct error error;
        const char text[2] = {(char)byte, '\0'};
        char encoded[20];
        struct buf put = {0};
        snprintf(encoded, sizeof encoded, "a=%%%02x&b=%%%02X", byte, byte);
        assert_int_equal(parameters_read(&read, encoded, strlen(encoded), &error), 0);
        assert_string_equal(parameters_find(&read, "a"), text);
        assert_string_equal(parameters_find(&read, "b"), text);
        parameters_put("c", text, &put);
        snprintf(encoded, sizeof encoded, strchr(plain, (int)byte) ? "c=%c" : "c=%%%02X", byte);
        assert_int_equal(put.size, strlen(encoded));
        assert_memory_equal(put.data, encoded, put.size);
        parameters_free(&read);
        buf_free(&put);
    }
}

static void versions_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *header, *name; /* NULL: refused */
    } cases[] = {{"1.0", "1.0.3"},   {"1.0.0", "1.0.3"}, {"1.0.3", "1.0.3"},
                 {"1.0.9", "1.0.3"}, {"2.0", "2.0.0"},   {"2.0.0", "2.0.0"},
                 {"0.9", NULL},      {"0.95", NULL},     {"1.1.0", NULL},
                 {"1.00", NULL},     {"1.00.1", NULL},   {"1.0-3", NULL},
                 {"1", NULL},        {"1.0.", NULL},     {"2.1.0", NULL},
                 {"3.0.0", NULL},    {"", NULL},         {"1.0.3, 1.0.3", "1.0.3"},
                 {"BAD", NULL},      {NULL, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum xapi_version version;
        const bool is_known = version_read(cases[i].header, &version);
        assert_int_equal(is_known, cases[i].name != NULL);
        if (is_known)
            assert_string_equal(version_name(version), cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoded_texts_are_read),    cmocka_unit_test(garbled_texts_are_refused),
        cmocka_unit_test(there_are_not_too_many),    cmocka_unit_test(what_is_put_is_read_again),
        cmocka_unit_test(every_byte_can_be_written), cmocka_unit_test(versions_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
