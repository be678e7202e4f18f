/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON by RFC 8259, and what is refused besides. */
#include "case.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool is_json(const char *text, size_t size, struct error *error)
{
    struct json json = {0};
    const int failed = json_read(&json, text, size, error);
    json_free(&json);
    return !failed;
}

static void assert_json(const char *text, bool wanted)
{
    struct error error;
    if (is_json(text, strlen(text), &error) != wanted)
        fail_msg("%s is %s", text, wanted ? error.text : "taken for JSON");
}

static void what_the_grammar_has_is_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-0",
                                        "-1.5e-3",
                                        "1E+2",
                                        "123456789012345678901234567890",
                                        "\"\"",
                                        "[]",
                                        "{}",
                                        " [ 1 , \"a\" , { } , [ ] ]\n",
                                        "{\"\":1}",
                                        "{\"a\":{\"a\":{\"a\":[{\"a\":1}]}}}",
                                        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
                                        "\"\\ud83d\\ude00\"",
                                        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
                                        "\"\x7f\"",
                                        "1e308",
                                        "[1,\r\n\t2]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_json(texts[i], true);
}

static void what_the_grammar_has_not_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "nul",
                                        "nulls",
                                        "True",
                                        "NaN",
                                        "Infinity",
                                        "-Infinity",
                                        "01",
                                        "-",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "1e",
                                        "1e+",
                                        "0x1",
                                        "'a'",
                                        "\"",
                                        "\"a",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u00zz\"",
                                        "\"\t\"",
                                        "\"\n\"",
                                        "[",
                                        "]",
                                        "[1",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[1,,2]",
                                        "{",
                                        "}",
                                        "{a:1}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{,}",
                                        "{1:2}",
                                        "[}",
                                        "{]",
                                        "[1}",
                                        "1 2",
                                        "{} x",
                                        "[]]",
                                        "\xef\xbb\xbf[]",
                                        "// a\n1",
                                        "[1]/**/",
                                        "tru\x65x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_json(texts[i], false);
}

static void what_no_text_can_have_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"\"\\u0000\"",        "\"\\ud800\"",      "\"\\udc00\"",
                                        "\"\\ud83d\\u0041\"", "\"\\ud83dx\"",     "\"\xc3\"",
                                        "\"\xc0\xaf\"",       "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                                        "\"\xff\"",           "\"\x80\"",         "{\"\xc3\":1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_json(texts[i], false);
    struct error error;
    assert_false(is_json("\"a\0b\"", 5, &error));
    assert_false(is_json("1\0", 2, &error));
}

static void a_number_that_no_double_holds_is_refused(void **state)
{
    (void)state;
    assert_json("1e309", false);
    assert_json("-1e999999999", false);
    char *digits = mem_alloc(402);
    memset(digits, '9', 400);
    assert_json(digits, false);
    free(digits);
}

static void a_member_that_comes_twice_is_refused(void **state)
{
    (void)state;
    assert_json("{\"a\":1,\"b\":2,\"a\":1}", false);
    assert_json("{\"a\":1,\"\\u0061\":2}", false);
    assert_json("{\"a\":{\"a\":1},\"b\":{\"a\":1}}", true);
    assert_json("{\"a\":1,\"A\":2}", true);
    assert_json("[{\"x\":1,\"x\":1}]", false);
}

/* Of 50,000 members the last comes twice: that takes no time that grows with the square. */
static void of_many_members_too(void **state)
{
    (void)state;
    struct buf text = {0};
    struct error error;
    for (int i = 0; i < 50000; i++)
        buf_append_format(&text, "%s\"member %d\":%d", i ? "," : "{", i, i);
    const size_t sound = text.size;
    buf_append_text(&text, "}");
    assert_true(is_json((const char *)text.data, text.size, &error));
    text.size = sound;
    buf_append_text(&text, ",\"member 31234\":0}");
    assert_false(is_json((const char *)text.data, text.size, &error));
    assert_non_null(strstr(error.text, "already"));
    buf_free(&text);
}

static bool nests(int depth)
{
    struct buf text = {0};
    struct error error;
    for (int i = 0; i < depth; i++)
        buf_put_u8(&text, '[');
    for (int i = 0; i < depth; i++)
        buf_put_u8(&text, ']');
    const bool read = is_json((const char *)text.data, text.size, &error);
    buf_free(&text);
    return read;
}

static void values_nest_so_deep_and_no_deeper(void **state)
{
    (void)state;
    assert_true(nests(JSON_DEEPEST));
    assert_false(nests(JSON_DEEPEST + 1));
    assert_false(nests(1000000));
}

/* "[0,0 ... 0]" with the array itself. */
static void so_many_values_are_read_and_no_more(void **state)
{
    (void)state;
    struct json json = {0};
    struct error error = {0};
    struct buf text = {0};
    buf_append_text(&text, "[0");
    for (size_t i = 2; i < JSON_MOST_VALUES; i++)
        buf_append_text(&text, ",0");
    buf_append_text(&text, "]");
    assert_int_equal(json_read(&json, (const char *)text.data, text.size, &error), 0);
    assert_int_equal(json.count, JSON_MOST_VALUES);
    text.size--;
    buf_append_text(&text, ",0]");
    assert_int_equal(json_read(&json, (const char *)text.data, text.size, &error), -1);
    assert_int_equal(error.kind, ERROR_TOO_MUCH);
    assert_int_equal(json_read(&json, "[", 1, &error), -1);
    assert_int_equal(error.kind, ERROR_INPUT);
    buf_free(&text);
    json_free(&json);
}

static void assert_error_at(const char *text, const char *place)
{
    struct error error;
    assert_false(is_json(text, strlen(text), &error));
    if (strncmp(error.text, place, strlen(place)) != 0)
        fail_msg("%s: not %s but %s", text, place, error.text);
}

/* Columns are counted in characters. */
static void an_error_says_where(void **state)
{
    (void)state;
    assert_error_at("{\"a\":1,\n \"b\":x}", "line 2, column 6: ");
    assert_error_at("[\"\xc3\xa9\xc3\xa9\", ?]", "line 1, column 8: ");
    assert_error_at("{\"a\":1,\n\"b\":2,\n\"a\":3}", "line 3, column 2: ");
    assert_error_at("[1,2", "line 1, column 5: ");
}

static void values_are_found_with_their_places(void **state)
{
    (void)state;
    struct json json = read_json("{'a':[1,{'b':null}],'c':'d','\\u0065':2.50}");
    assert_int_equal(json.count, 7);
    assert_int_equal(json.values[0].count, 3);
    const uint32_t a = json_member(&json, 0, "a"), c = json_member(&json, 0, "c");
    assert_int_equal(json_first(&json, 0), a);
    assert_int_equal(json.values[a].next, c);
    assert_int_equal(json.values[a].count, 2);
    assert_true(json_equals(&json, c, "d"));
    assert_false(json_equals(&json, c, "dd"));
    assert_false(json_equals(&json, a, "d"));
    const uint32_t e = json_member(&json, 0, "e");
    assert_int_equal(json.values[c].next, e);
    assert_int_equal(json.values[e].next, 0);
    assert_true(json_number(&json, e) == 2.5);
    assert_memory_equal(json.text + json.values[e].start, "2.50", 4);
    assert_int_equal(json_member(&json, 0, "b"), 0);
    assert_int_equal(json_member(&json, c, "b"), 0);
    assert_int_equal(json_inside(&json, 0, "a"), 0);
    assert_int_equal(json_first(&json, c), 0);
    json_free(&json);
}

static void assert_text(const char *text, const char *wanted)
{
    struct json json = read_json(text);
    struct buf out = {0};
    json_put_text(&json, 0, &out);
    assert_int_equal(out.size, strlen(wanted));
    assert_memory_equal(out.data, wanted, out.size);
    assert_true(json_equals(&json, 0, wanted));
    const struct json_text own = json_text_of(&json, 0, &out);
    assert_true(json_text_equals(&own, wanted));
    buf_free(&out);
    json_free(&json);
}

static void texts_are_had_without_escapes(void **state)
{
    (void)state;
    assert_text("'a\\u00e9\\u20ac\\ud83d\\ude00b'", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"
                                                    "b");
    assert_text("'\\n\\t\\r\\b\\f\\/\\\\'", "\n\t\r\b\f/\\");
    assert_text("'\\u0041\\u0042'", "AB");
    assert_text("''", "");
}

/* What stands in the text is not what is meant. */
static void escapes_are_not_compared_as_they_stand(void **state)
{
    (void)state;
    struct buf scratch = {0};
    struct json json = read_json("{'\\n':'\\t','\\u0061b':'c'}");
    assert_int_equal(json_member(&json, 0, "\\n"), 0);
    assert_int_equal(json_member(&json, 0, "a"), 0);
    const uint32_t feed = json_member(&json, 0, "\n"), ab = json_member(&json, 0, "ab");
    assert_int_equal(json.values[feed].next, ab);
    assert_true(json_key_is(&json, ab, "ab"));
    assert_false(json_key_is(&json, feed, "\\n"));
    assert_true(json_equals(&json, feed, "\t"));
    assert_false(json_equals(&json, feed, "\\t"));
    const struct json_text name = json_key_of(&json, ab, &scratch);
    assert_true(json_text_equals(&name, "ab"));
    buf_free(&scratch);
    json_free(&json);
}

static void a_value_is_put_as_it_stands_without_white_space(void **state)
{
    (void)state;
    static const char *const texts[] = {" { 'a b' : [ 1.50 , ' x \\\\' ] , \n\t'c' : { } } ",
                                        "{'a b':[1.50,' x \\\\'],'c':{}}",
                                        "{'a b':[1.50,' x \\\\'] ,'c':{}}"};
    const char *wanted = quoted("{'a b':[1.50,' x \\\\'],'c':{}}");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json json = read_json(texts[i]);
        struct buf out = {0};
        json_put_value(&json, 0, &out);
        assert_int_equal(out.size, strlen(wanted));
        assert_memory_equal(out.data, wanted, out.size);
        buf_free(&out);
        json_free(&json);
    }
}

static void a_text_is_put_with_escapes(void **state)
{
    (void)state;
    struct buf out = {0};
    json_put_quoted("a\"b\\c\n\x01\xc3\xa9", 9, &out);
    static const char wanted[] = "\"a\\\"b\\\\c\\n\\u0001\xc3\xa9\"";
    assert_int_equal(out.size, sizeof wanted - 1);
    assert_memory_equal(out.data, wanted, out.size);
    buf_free(&out);
}

static void memory_is_used_again(void **state)
{
    (void)state;
    struct json json = {0};
    struct error error;
    assert_int_equal(json_read(&json, "[1,2,3]", 7, &error), 0);
    assert_int_equal(json_read(&json, "[1,", 3, &error), -1);
    assert_int_equal(json.count, 0);
    assert_int_equal(json_read(&json, "[4]", 3, &error), 0);
    assert_int_equal(json.count, 2);
    assert_true(json_number(&json, 1) == 4);
    json_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_grammar_has_is_read),
        cmocka_unit_test(what_the_grammar_has_not_is_refused),
        cmocka_unit_test(what_no_text_can_have_is_refused),
        cmocka_unit_test(a_number_that_no_double_holds_is_refused),
        cmocka_unit_test(a_member_that_comes_twice_is_refused),
        cmocka_unit_test(of_many_members_too),
        cmocka_unit_test(values_nest_so_deep_and_no_deeper),
        cmocka_unit_test(so_many_values_are_read_and_no_more),
        cmocka_unit_test(an_error_says_where),
        cmocka_unit_test(values_are_found_with_their_places),
        cmocka_unit_test(texts_are_had_without_escapes),
        cmocka_unit_test(escapes_are_not_compared_as_they_stand),
        cmocka_unit_test(a_value_is_put_as_it_stands_without_white_space),
        cmocka_unit_test(a_text_is_put_with_escapes),
        cmocka_unit_test(memory_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
