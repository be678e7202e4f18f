/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents that nobody should send. The plugin may refuse them and must not break; it is built with
 * sanitizers. */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEBIBYTE = 1 << 20 };

/* So many times 'A', to be freed. */
static char *long_text(size_t length)
{
    char *text = mem_alloc(length + 1);
    memset(text, 'A', length);
    return text;
}

/* Three rows with a remark, which is not mapped, of so many bytes in the second. */
static struct reading read_long_remark(size_t length, const char *quote)
{
    char *remark = long_text(length);
    char *document =
        mem_format("remark,%sx,r1,,2025,S,A,1,2,3\n%s%s%s,r2,,2025,S,A,1,2,3\nx,r3,,2025,S,A,1,2,3\n",
                   HEADING, quote, remark, quote);
    struct reading reading = read_document(document);
    free(document);
    free(remark);
    return reading;
}

static void a_field_may_have_64_kib_and_no_byte_more(void **state)
{
    (void)state;
    struct reading good = read_long_remark(65536, ""), bad = read_long_remark(65537, "");
    assert_all_good(&good, 3);
    assert_one_problem(&bad, 3, "remark", "field of 65537 bytes is longer than 65536");
    assert_int_equal(bad.response_count, 2);
    reading_free(&good);
    reading_free(&bad);
}

static void rows_around_a_field_of_ten_mebibytes_stay_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reading reading = read_long_remark(10 * MEBIBYTE, i ? "\"" : "");
        assert_one_problem(&reading, 3, "remark", "field of 10485760 bytes is longer than 65536");
        assert_int_equal(reading.response_count, 2);
        assert_string_equal(reading.responses[1].respondent, "r3");
        reading_free(&reading);
    }
}

static void a_quote_that_is_never_closed_is_told_by_the_row_that_opens_it(void **state)
{
    (void)state;
    struct reading reading =
        read_rows("r1,,2025,S,A,1,2,3\nr2,,2025,\"S,A,1,2,3\nr3,,2025,S,A,1,2,3\nr4,,2025,S,A,1,2,3\n");
    assert_refused(&reading, "row 3 has a quote that is not closed");
    assert_int_equal(reading.response_count, 1); /* the row before it stays */
    reading_free(&reading);
}

static void a_quote_that_is_never_closed_in_the_heading_is_told(void **state)
{
    (void)state;
    struct reading reading = read_document("\"token,date,year,school,team,a,b,c\nr1,,2025,S,A,1,2,3\n");
    assert_refused(&reading, "row 1 has a quote that is not closed");
    reading_free(&reading);
}

/* Memory is bounded: the rest of a large file is not even read. */
static void a_quote_that_swallows_forty_mebibytes_stops_early(void **state)
{
    (void)state;
    char *rest = long_text(40 * MEBIBYTE);
    char *document = mem_format("%sr1,,2025,S,A,1,2,3\nr2,,2025,\"%s", HEADING, rest);
    struct reading reading = read_document(document);
    assert_refused(&reading, "row 3 has a field that is longer than 16 MiB");
    assert_int_equal(reading.response_count, 1);
    assert_true(reading.progress <= 17 * MEBIBYTE);
    reading_free(&reading);
    free(document);
    free(rest);
}

static void a_row_of_two_hundred_large_fields_is_a_problem_of_its_own(void **state)
{
    (void)state;
    char *field = long_text(65536), *text = mem_alloc(14 * MEBIBYTE + 8192), *end = text;
    for (int i = 0; i < 200; i++)
        end += strlen(strcpy(end, "x,"));
    end += strlen(strcpy(end, HEADING));
    for (int i = 0; i < 200; i++) {
        end += strlen(strcpy(end, field));
        *end++ = ',';
    }
    strcpy(end, "r1,,2025,S,A,1,2,3\n");
    struct reading reading = read_document(text);
    assert_null(reading.refused);
    assert_int_equal(reading.problem_count, 1);
    assert_int_equal(reading.problems[0].row, 2);
    reading_free(&reading);
    free(text);
    free(field);
}

static void a_nul_byte_is_a_problem_wherever_it_is(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,,2025,S,A,1,\0,3\nr2,,2025,S,A\0B,1,2,3\nr\0,,2025,S,A,1,2,3\n"
                                           "r4,,2025,S,A,1,2,3\n";
    struct reading reading = read_raw(document, sizeof document - 1);
    assert_null(reading.refused);
    assert_int_equal(reading.response_count, 1);
    assert_int_equal(reading.problem_count, 3);
    static const char *const columns[] = {"b", "team", "token"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(reading.problems[i].row, 2 + i);
        assert_string_equal(reading.problems[i].column, columns[i]);
        assert_non_null(strstr(reading.problems[i].text, "NUL byte"));
    }
    reading_free(&reading);
}

/* The Unicode standard, table 3-7: what looks like UTF-8 and is not. */
static void bytes_that_are_not_utf_8_are_a_problem_with_their_column(void **state)
{
    (void)state;
    static const char *const bytes[] = {
        "\xff", "Caf\xe9", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80",
        "\x80", "\xe2\x82"};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        char *rows = mem_format("r1,,2025,S,%s,1,2,3\nr2,,2025,S,\u20ac \U0001f600,1,2,3\n", bytes[i]);
        struct reading reading = read_rows(rows);
        assert_one_problem(&reading, 2, "team", "not UTF-8");
        assert_int_equal(reading.response_count, 1);
        reading_free(&reading);
        free(rows);
    }
}

static void a_heading_of_odd_bytes_is_refused_in_utf_8(void **state)
{
    (void)state;
    static const char document[] = "tok\xff"
                                   "en,d\0ate,year,school,team,a,b,c\nr1,,2025,S,A,1,2,3\n";
    struct reading reading = read_raw(document, sizeof document - 1);
    assert_refused(&reading, "column 'token' is missing");
    reading_free(&reading);
}

static void a_file_that_is_no_csv_is_refused(void **state)
{
    (void)state;
    static const char zip[] = "PK\3\4\24\0\6\0\10\0\0\0!\0\0\0\0\0";
    struct reading of_zip = read_raw(zip, sizeof zip - 1);
    struct reading of_page = read_document("<!DOCTYPE html>\n<html><body>Log in</body></html>\n");
    assert_refused(&of_zip, "a ZIP archive, as XLSX is, that cannot be opened");
    assert_refused(&of_page, "the heading, is a single column");
    reading_free(&of_zip);
    reading_free(&of_page);
}

static void what_a_file_is_instead_is_told_in_one_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *said;
    } files[] = {
#define FILE_OF(bytes, said) {bytes, sizeof(bytes) - 1, said}
        FILE_OF("\xff\xfe\0\0t\0\0\0o\0\0\0", "the file is UTF-32; export it as UTF-8"),
        FILE_OF("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file of before 2007"),
        FILE_OF("\x1f\x8b\x08\0\0", "compressed (gzip); unpack it, as gunzip does"),
        FILE_OF("$FL4@(#) SPSS", "one of SPSS"),
        FILE_OF("token|date|year\nr1||2025\n", "commas, semicolons or tabs between its columns"),
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct reading reading = read_raw(files[i].bytes, files[i].length);
        assert_refused(&reading, files[i].said);
        assert_null(strstr(reading.refused, "is missing"));
        assert_int_equal(reading.response_count + reading.problem_count, 0);
        reading_free(&reading);
    }
}

static void more_columns_than_anyone_has_do_not_break_it(void **state)
{
    (void)state;
    char *text = mem_alloc(400000), *end = text + strlen(strcpy(text, "token,date,year,school,team,a,b,c"));
    memset(end, ',', 150000);
    strcpy(end + 150000, "\nr1,,2025,S,A,1,2,3\n");
    struct reading reading = read_document(text);
    assert_all_good(&reading, 1); /* columns without a name are none */
    reading_free(&reading);
    free(text);
}

static void ten_thousand_columns_are_read(void **state)
{
    (void)state;
    char *text = mem_alloc(400000), *end = text;
    for (int i = 0; i < 9992; i++)
        end += sprintf(end, "column %d,", i);
    end += sprintf(end, HEADING);
    for (int i = 0; i < 9992; i++)
        *end++ = ',';
    strcpy(end, "r1,,2025,S,A,1,2,3\n");
    struct reading reading = read_document(text);
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].respondent, "r1");
    reading_free(&reading);
    free(text);
}

/* Half of them are in the field, if they are an even number; if not, it is never closed. */
static void a_mebibyte_of_quotes_is_a_field_or_a_quote_that_is_not_closed(void **state)
{
    (void)state;
    for (size_t odd = 0; odd < 2; odd++) {
        char *quotes = long_text(MEBIBYTE + odd);
        memset(quotes, '"', MEBIBYTE + odd);
        char *document =
            mem_format("remark,%s%s,r1,,2025,S,A,1,2,3\nx,r2,,2025,S,A,1,2,3\n", HEADING, quotes);
        struct reading reading = read_document(document);
        if (odd) {
            assert_refused(&reading, "row 2 has a quote that is not closed");
        } else {
            assert_one_problem(&reading, 2, "remark", "field of 524287 bytes is longer than 65536");
            assert_int_equal(reading.response_count, 1);
        }
        reading_free(&reading);
        free(document);
        free(quotes);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* Every byte may become any other, most often one that means something. */
static void mutate(char *text, size_t size, uint32_t *seed)
{
    static const char odd[] = "\",;\r\n\0\xff\xc3 9-:.";
    for (uint32_t changes = 1 + next_random(seed) % 8; changes; changes--) {
        char *at = &text[next_random(seed) % size];
        *at = next_random(seed) % 4 ? odd[next_random(seed) % (sizeof odd - 1)] : (char)next_random(seed);
    }
}

/* What comes out is checked by fake_host.c; that nothing is read twice is checked here. */
static void twenty_thousand_damaged_files_do_not_break_it(void **state)
{
    (void)state;
    static const char good[] =
        HEADING "r1,2025-10-01 10:00,2025,S,A,1,mee eens,3\n\"r2\",,2025,\"S\",\"A\"\"B\",99,n.v.t.,\n"
                "r3,01-10-2025,2025,Sch\u00f6\u00f6l,A,5,5,-1.5e3\n";
    uint32_t seed = 20250330;
    for (int i = 0; i < 20000; i++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        mutate(text, sizeof good - 1, &seed);
        struct reading reading = read_raw(text, sizeof good - 1);
        uint64_t row = 1;
        for (size_t j = 0; j < reading.response_count; j++) {
            assert_true(reading.responses[j].row > row);
            row = reading.responses[j].row;
        }
        reading_free(&reading);
    }
}

static void every_beginning_of_a_file_is_read_or_refused(void **state)
{
    (void)state;
    static const char good[] =
        "\xef\xbb\xbf" HEADING "\"r \"\"1\"\"\",2025-10-01,2025,\"S\r\n\u00f6\",A,1,2,3\r\n";
    for (size_t size = 0; size < sizeof good; size++) {
        struct reading reading = read_raw(good, size);
        assert_true(reading.response_count <= 1);
        if (size < strlen(HEADING))
            assert_non_null(reading.refused);
        reading_free(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_may_have_64_kib_and_no_byte_more),
        cmocka_unit_test(rows_around_a_field_of_ten_mebibytes_stay_good),
        cmocka_unit_test(a_quote_that_is_never_closed_is_told_by_the_row_that_opens_it),
        cmocka_unit_test(a_quote_that_is_never_closed_in_the_heading_is_told),
        cmocka_unit_test(a_quote_that_swallows_forty_mebibytes_stops_early),
        cmocka_unit_test(a_row_of_two_hundred_large_fields_is_a_problem_of_its_own),
        cmocka_unit_test(a_nul_byte_is_a_problem_wherever_it_is),
        cmocka_unit_test(bytes_that_are_not_utf_8_are_a_problem_with_their_column),
        cmocka_unit_test(a_heading_of_odd_bytes_is_refused_in_utf_8),
        cmocka_unit_test(a_file_that_is_no_csv_is_refused),
        cmocka_unit_test(what_a_file_is_instead_is_told_in_one_sentence),
        cmocka_unit_test(more_columns_than_anyone_has_do_not_break_it),
        cmocka_unit_test(ten_thousand_columns_are_read),
        cmocka_unit_test(a_mebibyte_of_quotes_is_a_field_or_a_quote_that_is_not_closed),
        cmocka_unit_test(twenty_thousand_damaged_files_do_not_break_it),
        cmocka_unit_test(every_beginning_of_a_file_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
