/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json/merge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const deep[] = {"name", "extensions", NULL};

static const struct {
    const char *base, *over, *const *deep, *merged;
} cases[] = {
    /* The example of xAPI 1.0.3, Communication 2.2 */
    {"{\"x\" : \"foo\", \"y\" : \"bar\"}", "{\"x\" : \"bash\", \"z\" : \"faz\"}", NULL,
     "{\"x\":\"bash\",\"y\":\"bar\",\"z\":\"faz\"}"},
    {"{}", "{}", NULL, "{}"},
    {"{}", "{\"a\":1}", NULL, "{\"a\":1}"},
    {"{\"a\":1}", "{}", NULL, "{\"a\":1}"},
    /* One level alone, and what is in a value stands as it was written */
    {"{\"a\":{\"b\":1}}", "{\"a\":{ \"c\" : 1.50e+2 }}", NULL, "{\"a\":{ \"c\" : 1.50e+2 }}"},
    {"{\"n\":100000000000000000000.10}", "{\"m\":\"\\u00e9\\/\"}", NULL,
     "{\"n\":100000000000000000000.10,\"m\":\"\\u00e9\\/\"}"},
    /* A name is the same however it is written */
    {"{\"a\\u0062\":1}", "{\"ab\":2}", NULL, "{\"a\\u0062\":2}"},
    {"{\"\":1}", "{\"\":null}", NULL, "{\"\":null}"},
    {"{\"name\":{\"nl\":\"a\",\"en\":\"b\"},\"type\":{\"x\":1}}",
     "{\"type\":{\"y\":2},\"name\":{\"en\":\"c\",\"fr\":\"d\"}}", deep,
     "{\"name\":{\"nl\":\"a\",\"en\":\"c\",\"fr\":\"d\"},\"type\":{\"y\":2}}"},
    /* Not deeper than that, and not where one is no object */
    {"{\"name\":{\"name\":{\"a\":1}}}", "{\"name\":{\"name\":{\"b\":1}}}", deep,
     "{\"name\":{\"name\":{\"b\":1}}}"},
    {"{\"name\":{\"a\":1}}", "{\"name\":[]}", deep, "{\"name\":[]}"},
};

static void read(struct json *json, const char *text)
{
    struct error error;
    if (json_read(json, text, strlen(text), &error))
        fail_msg("%s", error.text);
}

static void members_are_set_and_stand_as_they_were_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json base = {0}, over = {0};
        struct buf merged = {0};
        read(&base, cases[i].base);
        read(&over, cases[i].over);
        json_merge(&base, 0, &over, 0, cases[i].deep, &merged);
        buf_put_u8(&merged, '\0');
        assert_string_equal((const char *)merged.data, cases[i].merged);
        buf_free(&merged);
        json_free(&base);
        json_free(&over);
    }
}

/* It would take minutes where each name were looked for in all the others. */
static void many_members_cost_no_more_than_each(void **state)
{
    (void)state;
    enum { MEMBERS = 200000 };
    struct buf text = {0}, merged = {0};
    for (unsigned i = 0; i < MEMBERS; i++)
        buf_append_format(&text, "%c\"%u\":1", i ? ',' : '{', i);
    buf_put(&text, "}", 2);
    struct json base = {0}, over = {0}, both = {0};
    read(&base, (const char *)text.data);
    read(&over, (const char *)text.data);
    json_merge(&base, 0, &over, 0, NULL, &merged);
    buf_put_u8(&merged, '\0');
    read(&both, (const char *)merged.data);
    assert_int_equal(both.values[0].count, MEMBERS);
    json_free(&base);
    json_free(&over);
    json_free(&both);
    buf_free(&text);
    buf_free(&merged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_set_and_stand_as_they_were_written),
        cmocka_unit_test(many_members_cost_no_more_than_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
