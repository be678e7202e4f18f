/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an export may be written: its heading, delimiters, quotes, line ends. RFC 4180, and what spreadsheets
 * make of it. */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the heading ---- */

static void every_missing_column_is_named_with_the_nearest_heading(void **state)
{
    (void)state;
    struct reading reading = read_document("tokn,date,year,schol,team,a,c\nr1,,2025,S,A,1,2\n");
    assert_refused(&reading, "column 'token' is missing (is it 'tokn'?)");
    assert_refused(&reading, "column 'school' is missing (is it 'schol'?)");
    assert_refused(&reading, "column 'b' is missing");
    assert_null(strstr(reading.refused, "column 'team'"));
    assert_int_equal(reading.response_count + reading.problem_count, 0);
    reading_free(&reading);
}

static void a_missing_column_that_is_like_no_other_has_no_suggestion(void **state)
{
    (void)state;
    struct reading reading = read_document("respondentnummer,date,year,school,team,a,b,c\n");
    assert_refused(&reading, "column 'token' is missing");
    assert_null(strstr(reading.refused, "is it"));
    reading_free(&reading);
}

static void a_mapped_heading_that_is_there_twice_is_refused(void **state)
{
    (void)state;
    struct reading reading = read_document("token,date,year,school,team,a,b,c,a\nr1,,2025,S,A,1,2,3,4\n");
    assert_refused(&reading, "column 'a' is there twice");
    assert_int_equal(reading.response_count, 0);
    reading_free(&reading);
}

static void a_file_of_a_heading_alone_holds_nothing_and_is_good(void **state)
{
    (void)state;
    struct reading reading = read_document(HEADING),
                   open = read_document("token,date,year,school,team,a,b,c");
    assert_all_good(&reading, 0);
    assert_all_good(&open, 0);
    reading_free(&reading);
    reading_free(&open);
}

static void a_file_without_a_heading_is_refused(void **state)
{
    (void)state;
    static const char *const documents[] = {"", "\n", "\r\n\r\n", "\xef\xbb\xbf", "\xef\xbb\xbf\r\n"};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct reading reading = read_document(documents[i]);
        assert_refused(&reading, "");
        assert_int_equal(reading.response_count + reading.problem_count, 0);
        reading_free(&reading);
    }
}

/* ---- delimiters ---- */

static void a_semicolon_is_seen_in_the_heading(void **state)
{
    (void)state;
    struct reading reading = read_document(SEMICOLON_HEADING "r1;;2025;S, Noord;A;1;2;3\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].groups[0].name, "S, Noord");
    reading_free(&reading);
}

static void delimiters_within_quotes_do_not_count(void **state)
{
    (void)state;
    struct reading reading = read_document(
        "\"remark; one; two; three; four; five; six; seven; eight; nine\"," HEADING "x,r1,,2025,S,A,1,2,3\n");
    assert_all_good(&reading, 1);
    reading_free(&reading);
}

static void only_the_heading_tells_the_delimiter(void **state)
{
    (void)state;
    struct reading reading = read_document(HEADING "r1,,2025,S;;;;;;;;;;;;;,A,1,2,3\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].groups[0].name, "S;;;;;;;;;;;;;");
    reading_free(&reading);
}

static void a_delimiter_that_is_told_is_not_guessed(void **state)
{
    (void)state;
    struct reading semicolon = read_as(monitor, "semicolon", SEMICOLON_HEADING "r1;;2025;S;A;1;2;3\n");
    struct reading comma = read_as(monitor, "comma", HEADING "r1,,2025,S,A,1,2,3\n");
    struct reading wrong = read_as(monitor, "comma", SEMICOLON_HEADING "r1;;2025;S;A;1;2;3\n");
    assert_all_good(&semicolon, 1);
    assert_all_good(&comma, 1);
    assert_refused(&wrong, "is the feed's key 'delimiter' right?");
    reading_free(&semicolon);
    reading_free(&comma);
    reading_free(&wrong);
}

static void a_decimal_comma_is_one_where_semicolons_delimit(void **state)
{
    (void)state;
    struct reading reading =
        read_document(SEMICOLON_HEADING "r1;;2025;S;A;3,5;\"4,25\";1.5\nr2;;2025;S;A;1;2;99,0\n");
    assert_all_good(&reading, 2);
    assert_true(answer_to(&reading.responses[0], "a") == 3.5);
    assert_true(answer_to(&reading.responses[0], "b") == 4.25);
    assert_true(answer_to(&reading.responses[0], "c") == 1.5);
    assert_int_equal(reading.responses[1].answer_count, 2); /* 99,0 is missing too */
    reading_free(&reading);
}

static void a_number_with_a_point_and_a_comma_is_none(void **state)
{
    (void)state;
    struct reading reading = read_document(SEMICOLON_HEADING "r1;;2025;S;A;1;2;1.234,5\n");
    assert_one_problem(&reading, 2, "c", "'1.234,5' is neither");
    reading_free(&reading);
}

/* ---- quotes and line ends ---- */

static void quotes_hold_delimiters_line_ends_and_doubled_quotes(void **state)
{
    (void)state;
    struct reading reading =
        read_rows("\"r,1\",,2025,\"S\n\"\"Noord\"\"\",\"A\r\nB\",\"1\",2,3\nr2,,2025,S,A,1,2,3\n");
    assert_all_good(&reading, 2);
    assert_string_equal(reading.responses[0].respondent, "r,1");
    assert_string_equal(reading.responses[0].groups[0].name, "S\n\"Noord\"");
    assert_string_equal(reading.responses[0].groups[1].name, "A\r\nB");
    assert_string_equal(reading.responses[1].respondent, "r2");
    reading_free(&reading);
}

static void a_record_of_several_lines_is_one_row(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,\"S\nT\nU\",A,1,2,3\nr2,,2025,S,A,9,2,3\n");
    assert_one_problem(&reading, 3, "a", "answer 9 is outside 1-5");
    reading_free(&reading);
}

static void blanks_around_a_field_say_nothing_in_quotes_or_not(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,\" S \",A,1,2,3\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].groups[0].name, "S");
    reading_free(&reading);
}

static void lines_end_in_lf_crlf_or_cr_and_the_last_one_need_not(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (size_t i = 0; i < 6; i++) {
        const char *end = ends[i % 3], *last = i < 3 ? end : "";
        char *document = mem_format(
            "token,date,year,school,team,a,b,c%sr1,,2025,S,A,1,2,3%sr2,,2025,S,A,1,2,4%s", end, end, last);
        struct reading reading = read_document(document);
        assert_all_good(&reading, 2);
        assert_int_equal(reading.responses[0].row, 2);
        assert_int_equal(reading.responses[1].row, 3);
        assert_true(answer_to(&reading.responses[1], "c") == 4);
        reading_free(&reading);
        free(document);
    }
}

static void a_quoted_field_may_end_the_file(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,S,A,1,2,\"3\"");
    assert_all_good(&reading, 1);
    assert_true(answer_to(&reading.responses[0], "c") == 3);
    reading_free(&reading);
}

static void a_byte_order_mark_is_no_part_of_the_heading(void **state)
{
    (void)state;
    struct reading plain = read_document("\xef\xbb\xbf" HEADING "r1,,2025,S,A,1,2,3\n");
    struct reading quoted =
        read_document("\xef\xbb\xbf\"token\",date,year,school,team,a,b,c\nr1,,2025,S,A,1,2,3\n");
    assert_all_good(&plain, 1);
    assert_all_good(&quoted, 1);
    reading_free(&plain);
    reading_free(&quoted);
}

static void blank_lines_are_no_rows(void **state)
{
    (void)state;
    struct reading reading =
        read_document("\n" HEADING "\n\nr1,,2025,S,A,1,2,3\n\r\n\nr2,,2025,S,A,1,2,3\n\n\n");
    assert_all_good(&reading, 2);
    reading_free(&reading);
}

/* ---- reading in pieces ---- */

/* The decoder reads 64 KiB at a time. Whatever stands on the border must come out as anywhere else. */
static void nothing_depends_on_where_a_read_ends(void **state)
{
    (void)state;
    static const char row[] =
        "\"r \"\"x\"\"\",2025-10-01,2025,\"Sch\u00f6\u00f6l\r\nNoord\",A,mee eens,2,1.5\r\n";
    const size_t border = 64 * 1024;
    for (size_t into = 0; into <= sizeof row; into++) {
        char *pad = mem_alloc(border);
        memset(pad, 'p', border - into - strlen("remark," HEADING) - strlen(",p,,2025,S,A,1,2,3\n"));
        char *document = mem_format("remark,%s%s,p,,2025,S,A,1,2,3\ny,%s", HEADING, pad, row);
        struct reading reading = read_document(document);
        assert_all_good(&reading, 2);
        assert_string_equal(reading.responses[1].respondent, "r \"x\"");
        assert_string_equal(reading.responses[1].groups[0].name, "Sch\u00f6\u00f6l\r\nNoord");
        assert_true(answer_to(&reading.responses[1], "a") == 4);
        assert_int_equal(reading.progress, strlen(document));
        reading_free(&reading);
        free(document);
        free(pad);
    }
}

static void progress_ends_at_the_size_of_the_document(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,,2025,S,A,1,2,3\n";
    struct reading reading = read_document(document);
    assert_int_equal(reading.progress, sizeof document - 1);
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_missing_column_is_named_with_the_nearest_heading),
        cmocka_unit_test(a_missing_column_that_is_like_no_other_has_no_suggestion),
        cmocka_unit_test(a_mapped_heading_that_is_there_twice_is_refused),
        cmocka_unit_test(a_file_of_a_heading_alone_holds_nothing_and_is_good),
        cmocka_unit_test(a_file_without_a_heading_is_refused),
        cmocka_unit_test(a_semicolon_is_seen_in_the_heading),
        cmocka_unit_test(delimiters_within_quotes_do_not_count),
        cmocka_unit_test(only_the_heading_tells_the_delimiter),
        cmocka_unit_test(a_delimiter_that_is_told_is_not_guessed),
        cmocka_unit_test(a_decimal_comma_is_one_where_semicolons_delimit),
        cmocka_unit_test(a_number_with_a_point_and_a_comma_is_none),
        cmocka_unit_test(quotes_hold_delimiters_line_ends_and_doubled_quotes),
        cmocka_unit_test(a_record_of_several_lines_is_one_row),
        cmocka_unit_test(blanks_around_a_field_say_nothing_in_quotes_or_not),
        cmocka_unit_test(lines_end_in_lf_crlf_or_cr_and_the_last_one_need_not),
        cmocka_unit_test(a_quoted_field_may_end_the_file),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_heading),
        cmocka_unit_test(blank_lines_are_no_rows),
        cmocka_unit_test(nothing_depends_on_where_a_read_ends),
        cmocka_unit_test(progress_ends_at_the_size_of_the_document),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
