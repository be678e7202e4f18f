/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Character sets: which one a file is seen to have, and that what speaks against it cannot be missed. */
#include "survey_case.h"
#include "survey_spelling.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PIECE = 64 * 1024 }; /* what the decoder reads at once */

#define ROWS "r1,,2025,S\u00e9,A,1,2,3\nr2,,2025,\U0001f600 \u20ac,A,1,2,3\n"

/* So many bytes of good rows below the heading, to be freed. */
static char *ascii_of(size_t size)
{
    static const char row[] = "r0,,2025,S,A,1,2,3\n";
    char *text = mem_alloc(size + sizeof row), *end = text + strlen(strcpy(text, HEADING));
    while ((size_t)(end - text) + 2 * strlen(row) <= size)
        end += strlen(strcpy(end, row));
    const size_t rest = size - (size_t)(end - text) - strlen(row);
    memset(end, '0', rest); /* a longer name fills it up */
    strcpy(end + rest, row + 1);
    end[0] = 'r';
    text[size] = '\0';
    return text;
}

/* ---- UTF-16 ---- */

static void utf_16_with_a_mark_and_without(void **state)
{
    (void)state;
    static const char *const texts[] = {HEADING ROWS, "\ufeff" HEADING ROWS};
    for (size_t i = 0; i < 4; i++) {
        const enum set set = i / 2 ? SET_UTF_16BE : SET_UTF_16LE;
        struct buf document = in_set(set, texts[i % 2]);
        struct reading reading = read_raw(document.data, document.size);
        assert_all_good(&reading, 2);
        assert_string_equal(reading.responses[0].groups[0].name, "S\u00e9");
        assert_string_equal(reading.responses[1].groups[0].name, "\U0001f600 \u20ac");
        assert_string_equal(note_of(&reading, "charset"), i / 2 ? "utf-16be" : "utf-16le");
        assert_int_equal(reading.progress, document.size);
        reading_free(&reading);
        buf_free(&document);
    }
}

/* Pieces end inside units and between surrogates. */
static void utf_16_across_the_end_of_a_piece(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 12; shift++) {
        char *ascii = ascii_of(PIECE / 2 - 12 + shift);
        char *text = mem_format("%sr1,,2025,\U0001f600\U0001f600\U0001f600,A,1,2,3\n", ascii);
        struct buf document = in_set(SET_UTF_16LE, text);
        struct reading reading = read_raw(document.data, document.size);
        assert_null(reading.refused);
        assert_int_equal(reading.problem_count, 0);
        assert_string_equal(reading.responses[reading.response_count - 1].groups[0].name,
                            "\U0001f600\U0001f600\U0001f600");
        reading_free(&reading);
        buf_free(&document);
        free(text);
        free(ascii);
    }
}

static void put_units(struct buf *document, const char *text)
{
    struct buf units = in_set(SET_UTF_16LE, text);
    buf_put(document, units.data, units.size);
    buf_free(&units);
}

static void a_surrogate_alone_is_a_problem_with_its_column(void **state)
{
    (void)state;
    static const char *const alone[] = {"\x3d\xd8", "\x00\xde", "\x3d\xd8\x3d\xd8\x00\xde",
                                        "\x00\xde\x3d\xd8"};
    static const size_t sizes[] = {2, 2, 6, 4};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        struct buf document = {0};
        put_units(&document, "\ufeff" HEADING "r1,,2025,S,x");
        buf_put(&document, alone[i], sizes[i]);
        put_units(&document, ",1,2,3\nr2,,2025,S,A,1,2,3\n");
        struct reading reading = read_raw(document.data, document.size);
        assert_one_problem(&reading, 2, "team", "the field is not UTF-16");
        assert_int_equal(reading.response_count, 1);
        reading_free(&reading);
        buf_free(&document);
    }
}

static void a_zero_unit_is_a_problem_with_its_column(void **state)
{
    (void)state;
    struct buf document = {0};
    put_units(&document, "\ufeff" HEADING "r1,,2025,S,x");
    buf_put(&document, "\0\0", 2);
    put_units(&document, ",1,2,3\nr2,,2025,S,A,1,2,3\n");
    struct reading reading = read_raw(document.data, document.size);
    assert_one_problem(&reading, 2, "team", "NUL byte");
    reading_free(&reading);
    buf_free(&document);
}

static void utf_16_that_is_cut_off_is_told(void **state)
{
    (void)state;
    struct buf document = in_set(SET_UTF_16LE, "\ufeff" HEADING ROWS);
    for (size_t size = 0; size < document.size; size++) {
        struct reading reading = read_raw(document.data, size);
        assert_true(reading.response_count <= 2);
        const bool in_a_row = size > 2 * strlen(HEADING) + 4;
        if (in_a_row && size % 2)
            assert_true(reading.problem_count >= 1);
        reading_free(&reading);
    }
    struct reading cut = read_raw(document.data, document.size - 3); /* the last answer lost its half */
    assert_one_problem(&cut, 3, "c", "the field is not UTF-16");
    reading_free(&cut);
    buf_free(&document);
}

static void a_mark_alone_is_an_empty_file(void **state)
{
    (void)state;
    static const char *const marks[] = {"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf"};
    for (size_t i = 0; i < 3; i++) {
        struct reading reading = read_document(marks[i]);
        assert_refused(&reading, "the file is empty");
        reading_free(&reading);
    }
}

/* ---- UTF-8 or Windows-1252 ---- */

static void windows_1252_is_seen(void **state)
{
    (void)state;
    struct reading reading =
        read_rows("r1,,2025,Sch\xf6\xf6l \x80 \x91x\x92 \x9f,A,1,2,3\nr2,,2025,\xc9\xe9n,A,1,2,3\n");
    assert_all_good(&reading, 2);
    assert_string_equal(reading.responses[0].groups[0].name, "Sch\u00f6\u00f6l \u20ac \u2018x\u2019 \u0178");
    assert_string_equal(reading.responses[1].groups[0].name, "\u00c9\u00e9n");
    assert_string_equal(note_of(&reading, "charset"), "windows-1252");
    reading_free(&reading);
}

static void bytes_that_windows_1252_has_not_are_a_problem(void **state)
{
    (void)state;
    static const char *const bytes[] = {"\x81", "\x8d", "\x8f", "\x90", "\x9d"};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        char *rows = mem_format("r1,,2025,\xe9,A,1,2,3\nr2,,2025,S,%s,1,2,3\n", bytes[i]);
        struct reading reading = read_rows(rows);
        assert_one_problem(&reading, 3, "team",
                           "the field is not Windows-1252, which the file was taken for");
        reading_free(&reading);
        free(rows);
    }
}

/* However late the first of them comes, and wherever a piece ends. */
static void ascii_is_either_until_something_tells(void **state)
{
    (void)state;
    static const char *const rows[] = {"r1,,2025,\u00e9\u20ac\U0001f600,A,1,2,3\n",
                                       "r1,,2025,\xe9\xe9n,A,1,2,3\n", "r1,,2025,S,A,1,2,3\n"};
    static const char *const names[] = {"\u00e9\u20ac\U0001f600", "\u00e9\u00e9n", "S"};
    for (size_t shift = 0; shift < 24; shift++)
        for (size_t i = 0; i < 3; i++) {
            char *ascii = ascii_of(3 * PIECE - 20 + shift), *document = mem_format("%s%s", ascii, rows[i]);
            struct reading reading = read_document(document);
            assert_null(reading.refused);
            assert_int_equal(reading.problem_count, 0);
            assert_string_equal(reading.responses[reading.response_count - 1].groups[0].name, names[i]);
            assert_string_equal(note_of(&reading, "charset"), i == 1 ? "windows-1252" : "utf-8");
            reading_free(&reading);
            free(document);
            free(ascii);
        }
}

static void windows_1252_at_the_very_end(void **state)
{
    (void)state;
    struct reading reading = read_document("token,date,year,school,a,b,c,team\nr1,,2025,S,1,2,3,Caf\xe9");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].groups[1].name, "Caf\u00e9");
    reading_free(&reading);
}

static void two_files_in_one_are_not_read_as_one(void **state)
{
    (void)state;
    char *ascii = ascii_of(2 * PIECE);
    char *first = mem_format(HEADING "r1,,2025,\xe9\xe9n,A,1,2,3\n%sr2,,2025,\u00e9\u00e9n,A,1,2,3\n",
                             ascii + strlen(HEADING));
    char *second = mem_format(HEADING "r1,,2025,\u00e9\u00e9n,A,1,2,3\n%sr2,,2025,\xe9\xe9n,A,1,2,3\n",
                              ascii + strlen(HEADING));
    struct reading windows_first = read_document(first), windows_last = read_document(second);
    assert_int_equal(windows_first.problem_count, 1);
    assert_non_null(strstr(windows_first.problems[0].text, "the field is UTF-8, and the file before it"));
    assert_int_equal(windows_last.problem_count, 1);
    assert_non_null(strstr(windows_last.problems[0].text, "the field is not UTF-8"));
    reading_free(&windows_first);
    reading_free(&windows_last);
    free(first);
    free(second);
    free(ascii);
}

/* e with an acute accent is 0x8e in Mac Roman, which Windows takes for another letter. */
static void what_may_be_mac_roman_is_not_guessed(void **state)
{
    (void)state;
    static const char document[] =
        "token,date,year,school,team,a,b,c\rr1,,2025,Caf\x8e,A,1,2,3\rr2,,2025,S,A,1,2,3\r";
    struct reading guessed = read_document(document);
    struct reading told = read_told("\"charset\":\"windows-1252\"", document, sizeof document - 1);
    assert_one_problem(&guessed, 2, "school", "may be Mac Roman");
    assert_all_good(&told, 2);
    reading_free(&guessed);
    reading_free(&told);
}

/* ---- a set that is told ---- */

static void a_set_that_is_told_is_not_guessed(void **state)
{
    (void)state;
    static const char utf_8[] = HEADING "r1,,2025,\u00c9\u201d,A,1,2,3\n",
                      windows[] = HEADING "r1,,2025,\xc9\x94,A,1,2,3\n";
    struct reading as_utf_8 = read_told("\"charset\":\"utf-8\"", windows, sizeof windows - 1);
    struct reading as_windows = read_told("\"charset\":\"windows-1252\"", windows, sizeof windows - 1);
    assert_all_good(&as_windows, 1);
    assert_string_equal(as_windows.responses[0].groups[0].name, "\u00c9\u201d");
    assert_all_good(&as_utf_8, 1); /* it is that too: another letter */
    struct reading good = read_told("\"charset\":\"utf-8\"", utf_8, sizeof utf_8 - 1);
    assert_all_good(&good, 1);
    reading_free(&as_utf_8);
    reading_free(&as_windows);
    reading_free(&good);
}

static void a_set_that_is_told_wrongly_cannot_be_missed(void **state)
{
    (void)state;
    static const char plain[] = HEADING "r1,,2025,S,A,1,2,3\n", odd[] = HEADING "r1,,2025,S,\xe9,1,2,3\n",
                      marked[] = "\xef\xbb\xbf" HEADING;
    struct buf wide = in_set(SET_UTF_16LE, HEADING);
    struct reading no_zeros = read_told("\"charset\":\"utf-16le\"", plain, sizeof plain - 1);
    struct reading zeros = read_told("\"charset\":\"utf-8\"", wide.data, wide.size);
    struct reading other_end = read_told("\"charset\":\"utf-16be\"", wide.data, wide.size);
    struct reading no_utf_8 = read_told("\"charset\":\"utf-8\"", odd, sizeof odd - 1);
    struct reading with_mark = read_told("\"charset\":\"windows-1252\"", marked, sizeof marked - 1);
    assert_refused(&no_zeros, "says utf-16le, and the file is not");
    assert_refused(&zeros, "the file begins as utf-16le, and the feed's key 'charset' says utf-8");
    assert_refused(&other_end, "the file begins as utf-16le");
    assert_one_problem(&no_utf_8, 2, "team", "not UTF-8, which the feed's key 'charset' says");
    assert_refused(&with_mark, "the file begins as utf-8");
    reading_free(&no_zeros);
    reading_free(&zeros);
    reading_free(&other_end);
    reading_free(&no_utf_8);
    reading_free(&with_mark);
    buf_free(&wide);
}

/* ---- damage ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* fake_host.c checks all that comes out: that it is UTF-8, above all. */
static void damaged_files_of_every_set_do_not_break_it(void **state)
{
    (void)state;
    static const char good[] =
        "sep=;\n" SEMICOLON_HEADING "r1;2025-10-01;2025;Sch\u00f6l;\"A\u00e9\nB\";1,5;mee eens;1,234\n"
        "r2;;2025;\u20ac;A;1;2;3\n";
    uint32_t seed = 20251126;
    for (size_t i = 0; i < 20000; i++) {
        struct buf text = in_set((enum set)(i % 4), good);
        for (uint32_t changes = 1 + next_random(&seed) % 6; changes; changes--)
            text.data[next_random(&seed) % text.size] = (uint8_t)next_random(&seed);
        struct reading reading = read_raw(text.data, text.size - next_random(&seed) % 3);
        reading_free(&reading);
        buf_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf_16_with_a_mark_and_without),
        cmocka_unit_test(utf_16_across_the_end_of_a_piece),
        cmocka_unit_test(a_surrogate_alone_is_a_problem_with_its_column),
        cmocka_unit_test(a_zero_unit_is_a_problem_with_its_column),
        cmocka_unit_test(utf_16_that_is_cut_off_is_told),
        cmocka_unit_test(a_mark_alone_is_an_empty_file),
        cmocka_unit_test(windows_1252_is_seen),
        cmocka_unit_test(bytes_that_windows_1252_has_not_are_a_problem),
        cmocka_unit_test(ascii_is_either_until_something_tells),
        cmocka_unit_test(windows_1252_at_the_very_end),
        cmocka_unit_test(two_files_in_one_are_not_read_as_one),
        cmocka_unit_test(what_may_be_mac_roman_is_not_guessed),
        cmocka_unit_test(a_set_that_is_told_is_not_guessed),
        cmocka_unit_test(a_set_that_is_told_wrongly_cannot_be_missed),
        cmocka_unit_test(damaged_files_of_every_set_do_not_break_it),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
