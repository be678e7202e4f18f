/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/repeats.h"
#include "base/texts.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The examples of DWARF 5, section 7.6, and the largest number. */
static void varints_are_leb128(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        uint8_t bytes[10];
        size_t size;
    } examples[] = {
        {2, {0x02}, 1},
        {127, {0x7f}, 1},
        {128, {0x80, 0x01}, 2},
        {129, {0x81, 0x01}, 2},
        {12857, {0xb9, 0x64}, 2},
        {UINT64_MAX, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 10},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct buf buf = {0};
        buf_put_varint(&buf, examples[i].value);
        assert_int_equal(buf.size, examples[i].size);
        assert_memory_equal(buf.data, examples[i].bytes, buf.size);
        struct reader reader = reader_of(buf.data, buf.size);
        assert_true(read_varint(&reader) == examples[i].value && !reader.failed);
        buf_free(&buf);
    }
}

static void everything_written_is_read_back(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_put_u8(&buf, 7);
    buf_put_u32(&buf, 0xdeadbeef);
    buf_put_u64(&buf, UINT64_MAX - 1);
    buf_put_f64(&buf, -0.1);
    buf_put_signed(&buf, INT64_MIN);
    buf_put_signed(&buf, -1);
    buf_put_text(&buf, "één");
    buf_put_text(&buf, NULL);
    buf_append_format(&buf, "%d", 42);

    struct reader reader = reader_of(buf.data, buf.size);
    assert_int_equal(read_u8(&reader), 7);
    assert_int_equal(read_u32(&reader), 0xdeadbeef);
    assert_true(read_u64(&reader) == UINT64_MAX - 1);
    assert_true(read_f64(&reader) == -0.1);
    assert_true(read_signed(&reader) == INT64_MIN);
    assert_true(read_signed(&reader) == -1);
    assert_string_equal(read_text(&reader), "één");
    assert_string_equal(read_text(&reader), "");
    assert_int_equal(reader_left(&reader), 2);
    assert_memory_equal(reader.at, "42", 2);
    assert_false(reader.failed);
    buf_free(&buf);
}

static void decimals_are_written_as_printf_writes_them(void **state)
{
    (void)state;
    static const int64_t numbers[] = {0, 7, 10, -1, 1700000000000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char wanted[32];
        struct buf buf = {0};
        const int length = snprintf(wanted, sizeof wanted, "%" PRId64, numbers[i]);
        buf_append_decimal(&buf, numbers[i]);
        assert_int_equal(buf.size, length);
        assert_memory_equal(buf.data, wanted, buf.size);
        buf_free(&buf);
    }
}

static void what_is_cut_short_fails_and_reads_as_nothing(void **state)
{
    (void)state;
    struct buf buf = {0};
    buf_put_text(&buf, "monitor");
    for (size_t size = 0; size < buf.size; size++) {
        struct reader reader = reader_of(buf.data, size);
        assert_string_equal(read_text(&reader), "");
        assert_true(reader.failed);
        assert_int_equal(read_u32(&reader), 0);
    }
    /* A text with a NUL inside could hide something behind it. */
    memcpy(buf.data + 2, "\0", 1);
    struct reader reader = reader_of(buf.data, buf.size);
    assert_string_equal(read_text(&reader), "");
    assert_true(reader.failed);
    /* Eleven bytes of a varint. */
    uint8_t endless[11];
    memset(endless, 0xff, sizeof endless);
    reader = reader_of(endless, sizeof endless);
    assert_true(read_varint(&reader) == 0 && reader.failed);
    buf_free(&buf);
}

static void typing_errors_find_what_was_meant(void **state)
{
    (void)state;
    static const char *const known[] = {"inputs", "compute", "title", "unit", "source", "by", NULL, "id"};
    const size_t count = sizeof known / sizeof *known;
    assert_string_equal(nearest_name("inptus", known, count), "inputs"); /* two swapped */
    assert_string_equal(nearest_name("input", known, count), "inputs");
    assert_string_equal(nearest_name("Title", known, count), "title");
    assert_string_equal(nearest_name("souurce", known, count), "source");
    assert_null(nearest_name("threshold", known, count));
    static const char *const persons[] = {"name", "mbox", "ip"};
    assert_null(nearest_name("age", persons, 3)); /* two edits of four letters are another word */
    assert_string_equal(nearest_name("kept", (const char *const[]){"watch", "keep"}, 2), "keep");
    assert_string_equal(nearest_name("nam", persons, 3), "name");
    assert_string_equal(nearest_name("naem", persons, 3), "name");
    assert_string_equal(nearest_name("id", persons, 3), "ip");
    assert_null(nearest_name("x", known, count));
    assert_null(nearest_name("", known, count));
    char endless[300];
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(nearest_name(endless, known, count));
}

/* From Markus Kuhn's UTF-8 decoder stress test. */
static void only_well_formed_utf8_is_valid(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "plain ascii, longer than eight",
                                       "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5",
                                       "\xc2\x80",
                                       "\xe0\xa0\x80",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xef\xbf\xbd"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\xaf",
                                      "\xe0\x80\xaf",
                                      "\xf0\x80\x80\xaf",
                                      "\xc1\xbf",
                                      "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xfe",
                                      "\xe2\x82",
                                      "12345678\xff",
                                      "\xc3",
                                      "\xf8\x88\x80\x80\x80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    assert_false(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("1234567\0", 8));
}

static void an_error_can_be_wrapped_in_where_it_happened(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, ERROR_INPUT, "answer %d is outside 1-5", 7), -1);
    assert_int_equal(error_at(&error, "row %d", 12), -1);
    assert_string_equal(error.text, "row 12: answer 7 is outside 1-5");
    assert_int_equal(error.kind, ERROR_INPUT);
}

static void a_text_from_outside_cannot_forge_a_log_line(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    /* A line feed, an escape, the C1 control that terminals take for "escape [", right-to-left, no character.
     */
    log_warning("feed %s", "a\nwijzerd: error: \x1b[31mfire \xc2\x9b\x31m \xe2\x80\xae caf\xc3\xa9 \xff");
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    char line[200] = "";
    const ssize_t length = read(ends[0], line, sizeof line - 1);
    close(ends[0]);
    assert_true(length > 0);
    assert_ptr_equal(strchr(line, '\n'), line + length - 1);
    assert_non_null(strstr(line, "a\\x0awijzerd"));
    assert_null(strchr(line, '\x1b'));
    assert_non_null(strstr(line, "fire \\xc2\\x9b1m \\xe2\\x80\\xae caf\xc3\xa9 \\xff\n"));
}

static void what_goes_wrong_again_and_again_is_told_once_and_counted(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    struct repeats repeats = {0};
    repeats_tell(&repeats, "indicator x:", "a.lua:1: no\n  at a.lua:1\n  at a.lua:7");
    repeats_tell(&repeats, "indicator x:", "a.lua:1: no\n  at a.lua:1\n  at a.lua:7");
    repeats_tell(&repeats, "indicator x:", "a.lua:2: another");
    repeats_tell(&repeats, "indicator x:", "a.lua:3: a third");
    repeats.told_at -= 61 * 1000;
    repeats_tell(&repeats, "indicator x:", "a.lua:4: a fourth");
    repeats_forget(&repeats);
    repeats_tell(&repeats, "indicator x:", "a.lua:4: a fourth");
    repeats_forget(&repeats);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    char text[1000] = "";
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    close(ends[0]);
    assert_string_equal(text, "wijzerd: error: indicator x: a.lua:1: no | at a.lua:1 | at a.lua:7\n"
                              "wijzerd: error: indicator x: 2 other errors since the last one that was told\n"
                              "wijzerd: error: indicator x: a.lua:4: a fourth\n"
                              "wijzerd: error: indicator x: a.lua:4: a fourth\n");
}

static void a_text_is_made_fit_to_be_shown(void **state)
{
    (void)state;
    char text[] = "caf\xc3\xa9\t\xf0\x9f\x98\x80\n \x1b[2K \x7f \xc2\x9b \xe2\x80\xa8 \xe2\x81\xa6 "
                  "\xe2\x80\xa7 \xff \xe2\x82";
    utf8_mend(text);
    assert_string_equal(text, "caf\xc3\xa9\t\xf0\x9f\x98\x80\n ?[2K ? ?? ??? ??? \xe2\x80\xa7 ? ??");
}

static void a_text_is_copied_as_one_line(void **state)
{
    (void)state;
    static const char text[] = "caf\xc3\xa9\n\x1b[2K\0\xff\xc2\x9b\xe2\x80\xa8|\xe2\x82";
    char line[40], little[5];
    utf8_copy_line(line, sizeof line, text, sizeof text - 1);
    assert_string_equal(line, "caf\xc3\xa9  [2K??  |??");
    utf8_copy_line(little, sizeof little, text, sizeof text - 1); /* the e with its accent takes two bytes */
    assert_string_equal(little, "caf");
    utf8_copy_line(line, sizeof line, "", 0);
    assert_string_equal(line, "");
}

static void texts_are_there_once_in_their_order(void **state)
{
    (void)state;
    struct texts texts = {0}, more = {0};
    assert_false(texts_have(&texts, "a"));
    for (const char *const *next = (const char *const[]){"b", "a", "b", "", "a", NULL}; *next; next++)
        texts_add(&texts, *next);
    texts_add(&more, "c");
    texts_add(&more, "a");
    texts_add_all(&texts, &more);
    assert_int_equal(texts.count, 4);
    const char *const wanted[] = {"b", "a", "", "c"};
    for (size_t i = 0; i < texts.count; i++)
        assert_string_equal(texts.all[i], wanted[i]);
    assert_true(texts_have(&texts, "c") && texts_have(&texts, ""));
    assert_false(texts_have(&texts, "d"));
    texts_free(&texts);
    texts_free(&more);
    assert_int_equal(texts.count, 0);
}

static void the_first_control_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
        uint32_t number;
    } cases[] = {{"a\tb\n", 1, 0x9},
                 {"\x7f", 0, 0x7f},
                 {"\xc3\xa9\xc2\x85", 2, 0x85},
                 {"a\xe2\x80\xae", 1, 0x202e},
                 {"\xf0\x9f\x98\x80\n", 4, 0xa}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = utf8_find_control(cases[i].text, strlen(cases[i].text));
        assert_ptr_equal(found, cases[i].text + cases[i].at);
        assert_int_equal(utf8_code_point(found), cases[i].number);
    }
    assert_null(utf8_find_control("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", 14));
    assert_int_equal(utf8_code_point("\xe2\x82\xac"), 0x20ac);
    assert_int_equal(utf8_code_point("\xf0\x9f\x98\x80"), 0x1f600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints_are_leb128),
        cmocka_unit_test(everything_written_is_read_back),
        cmocka_unit_test(decimals_are_written_as_printf_writes_them),
        cmocka_unit_test(what_is_cut_short_fails_and_reads_as_nothing),
        cmocka_unit_test(typing_errors_find_what_was_meant),
        cmocka_unit_test(only_well_formed_utf8_is_valid),
        cmocka_unit_test(an_error_can_be_wrapped_in_where_it_happened),
        cmocka_unit_test(a_text_from_outside_cannot_forge_a_log_line),
        cmocka_unit_test(what_goes_wrong_again_and_again_is_told_once_and_counted),
        cmocka_unit_test(a_text_is_made_fit_to_be_shown),
        cmocka_unit_test(a_text_is_copied_as_one_line),
        cmocka_unit_test(the_first_control_is_found),
        cmocka_unit_test(texts_are_there_once_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
