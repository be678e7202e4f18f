/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exports as programs really write them: whatever the spelling, the same responses, and the spelling told. */
#include "survey_case.h"
#include "survey_spelling.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_same(const struct seen_response *left, const struct seen_response *right)
{
    assert_int_equal(left->row, right->row);
    assert_string_equal(left->wave, right->wave);
    assert_string_equal(left->respondent, right->respondent);
    assert_true(left->submitted == right->submitted && left->partial == right->partial);
    assert_int_equal(left->group_count, right->group_count);
    for (size_t i = 0; i < left->group_count; i++)
        assert_string_equal(left->groups[i].name, right->groups[i].name);
    assert_int_equal(left->answer_count, right->answer_count);
    for (size_t i = 0; i < left->answer_count; i++) {
        assert_string_equal(left->answers[i].item, right->answers[i].item);
        assert_true(left->answers[i].value == right->answers[i].value);
    }
}

static void assert_same_responses(const struct reading *left, const struct reading *right)
{
    assert_int_equal(left->response_count, right->response_count);
    for (size_t i = 0; i < left->response_count; i++)
        assert_same(&left->responses[i], &right->responses[i]);
}

static void assert_notes(const struct reading *reading, const char *charset, const char *delimiter,
                         const char *line_ends, const char *decimal)
{
    assert_string_equal(note_of(reading, "charset"), charset);
    assert_string_equal(note_of(reading, "delimiter"), delimiter);
    assert_string_equal(note_of(reading, "line_ends"), line_ends);
    assert_string_equal(note_of(reading, "decimal"), decimal);
}

/* ---- real spellings ---- */

#define PLAIN                                                                                                \
    "token,date,year,school,team,a,b,c\nr1,2025-10-01 10:00:00,2025,ROC \u00e9\u00e9n,\"Zorg, "              \
    "jeugd\",4,1,2.5\nr2,,2025,ROC \u00e9\u00e9n,Caf\u00e9,,5,0.25\n"

static void assert_is_plain(const void *document, size_t size, const char *charset, const char *delimiter,
                            const char *line_ends, const char *decimal)
{
    struct reading plain = read_document(PLAIN), reading = read_raw(document, size);
    assert_all_good(&plain, 2);
    assert_all_good(&reading, 2);
    assert_same_responses(&plain, &reading);
    assert_notes(&reading, charset, delimiter, line_ends, decimal);
    assert_string_equal(note_of(&reading, "items_by"), "id");
    reading_free(&plain);
    reading_free(&reading);
}

static void the_plain_form_is_told_too(void **state)
{
    (void)state;
    assert_is_plain(PLAIN, strlen(PLAIN), "utf-8", "comma", "lf", "point");
}

static void excel_in_dutch(void **state)
{
    (void)state;
    static const char document[] =
        "token;date;year;school;team;a;b;c;;\r\nr1;01-10-2025 10:00;2025;ROC \xe9\xe9n;Zorg, "
        "jeugd;4;1;2,5;;\r\n"
        "r2;;2025;ROC \xe9\xe9n;Caf\xe9;;5;0,25;;\r\n;;;;;;;;;\r\n;;;;;;;;;\r\n";
    assert_is_plain(document, sizeof document - 1, "windows-1252", "semicolon", "crlf", "comma");
}

static void excel_as_unicode_text(void **state)
{
    (void)state;
    struct buf document = in_set(SET_UTF_16LE, "\ufefftoken\tdate\tyear\tschool\tteam\ta\tb\tc\r\n"
                                               "r1\t01-10-2025 10:00\t2025\tROC \u00e9\u00e9n\t\"Zorg, "
                                               "jeugd\"\t4\t1\t2,5\r\n"
                                               "r2\t\t2025\tROC \u00e9\u00e9n\tCaf\u00e9\t\t5\t0,25\r\n");
    assert_is_plain(document.data, document.size, "utf-16le", "tab", "crlf", "comma");
    buf_free(&document);
}

static void limesurvey(void **state)
{
    (void)state;
    static const char document[] =
        "\xef\xbb\xbf\"id\";\"token\";\"date\";\"year\";\"school\";\"team\";\"a\";\"b\";\"c\";"
        "\"remark\"\n"
        "\"1\";\"r1\";\"2025-10-01 10:00:00\";\"2025\";\"ROC \u00e9\u00e9n\";\"Zorg, "
        "jeugd\";\"4\";\"1\";\"2.5\";\"first\nsecond; \"\"third\"\"\n\nlast\"\n"
        "\"2\";\"r2\";\"\";\"2025\";\"ROC \u00e9\u00e9n\";\"Caf\u00e9\";\"\";\"5\";\"0.25\";\"\"\n\n";
    assert_is_plain(document, sizeof document - 1, "utf-8", "semicolon", "lf", "point");
}

static void an_old_mac(void **state)
{
    (void)state;
    static const char document[] =
        "token,date,year,school,team,a,b,c\rr1,2025-10-01 10:00:00,2025,ROC \u00e9\u00e9n,\"Zorg, "
        "jeugd\",4,1,2.5\rr2,,2025,ROC \u00e9\u00e9n,Caf\u00e9,,5,0.25\r";
    assert_is_plain(document, sizeof document - 1, "utf-8", "comma", "cr", "point");
}

static void a_first_line_for_excel_tells_the_delimiter(void **state)
{
    (void)state;
    static const char *const first_lines[] = {"sep=;\r\n", "\"sep=;\"\r\n", "SEP=;\n", "\ufeffsep=;\r"};
    for (size_t i = 0; i < sizeof first_lines / sizeof *first_lines; i++) {
        char *document = mem_format("%s%sr1;;2025;S;A;1;2;3\n", first_lines[i], SEMICOLON_HEADING);
        struct reading reading = read_document(document);
        assert_all_good(&reading, 1);
        assert_int_equal(reading.responses[0].row, 2); /* the heading is row 1 all the same */
        assert_string_equal(note_of(&reading, "first_line"), "sep=;");
        reading_free(&reading);
        free(document);
    }
    struct reading none = read_document(SEMICOLON_HEADING);
    assert_string_equal(note_of(&none, "first_line"), "");
    reading_free(&none);
}

static void a_first_line_that_is_at_odds_is_refused(void **state)
{
    (void)state;
    struct reading other = read_document("sep=|\ntoken|date\n");
    struct reading wrong = read_document("sep=;\n" HEADING "r1,,2025,S,A,1,2,3\n");
    static const char document[] = "sep=;\n" SEMICOLON_HEADING;
    struct reading told = read_told("\"delimiter\":\"comma\"", document, sizeof document - 1);
    assert_refused(&other, "'sep=|', asks for a delimiter that is not read");
    assert_refused(&wrong, "is the delimiter of the line 'sep=' above it right?");
    assert_refused(&told, "and the feed's key 'delimiter' says a comma");
    reading_free(&other);
    reading_free(&wrong);
    reading_free(&told);
}

/* ---- any combination ---- */

enum { COLUMNS = 9 };

/* '#' is the decimal sign. */
static const char *const table[] = {
    "token",
    "date",
    "year",
    "school",
    "team",
    "a",
    "b",
    "c",
    "remark; a, b",
    "r1",
    "2025-10-01",
    "2025",
    "Sch\u00f6\u00f6l",
    "A;\tB,\"C\"",
    "1",
    "mee eens",
    "2#5",
    "x\ny",
    "r2",
    "",
    "2025",
    "d\u2019\u00e9\u00e9n",
    "A\r\nB",
    "1#5",
    "",
    "-0#125",
    "",
    "r3",
    "01-10-2025 09:00",
    "2025",
    "S",
    "\u20ac",
    "n.v.t.",
    "99#0",
    "1#234",
    "\u00c9\u00c9n",
};

static struct reading read_spelling(const struct spelling *spelling)
{
    struct buf document = spell(spelling, table, COLUMNS, 4);
    /* Where the file alone cannot tell it from Mac Roman, it is told. */
    const bool told =
        spelling->set == SET_WINDOWS_1252 && spelling->line_end && strcmp(spelling->line_end, "\r") == 0;
    struct reading reading = told ? read_told("\"charset\":\"windows-1252\"", document.data, document.size)
                                  : read_raw(document.data, document.size);
    buf_free(&document);
    return reading;
}

static void assert_spelling(const struct spelling *spelling, const struct reading *plain)
{
    static const char *const sets[] = {"utf-8", "utf-16le", "utf-16be", "windows-1252"};
    struct reading reading = read_spelling(spelling);
    assert_all_good(&reading, 3);
    assert_same_responses(plain, &reading);
    assert_string_equal(note_of(&reading, "charset"), sets[spelling->set]);
    assert_string_equal(note_of(&reading, "decimal"), spelling->decimal == ',' ? "comma" : "point");
    reading_free(&reading);
}

static struct spelling spelling_number(size_t number)
{
    static const char *const line_ends[] = {"\n", "\r\n", "\r", NULL};
    struct spelling spelling = {.delimiter = ",;\t"[number % 3]};
    number /= 3;
    spelling.decimal = number % 2 ? ',' : '.';
    number /= 2;
    spelling.set = (enum set)(number % 4);
    number /= 4;
    spelling.line_end = line_ends[number % 4];
    number /= 4;
    spelling.mark = number & 1;
    spelling.first_line = number & 2;
    spelling.all_quoted = number & 4;
    spelling.trailing = number & 8 ? 2 : 0;
    spelling.heading_trails = number & 16;
    return spelling;
}

static void every_spelling_of_a_table_gives_the_same_responses(void **state)
{
    (void)state;
    const struct spelling simple = {.delimiter = ',', .decimal = '.', .line_end = "\n"};
    struct reading plain = read_spelling(&simple);
    assert_all_good(&plain, 3);
    assert_true(answer_to(&plain.responses[0], "c") == 2.5);
    assert_true(answer_to(&plain.responses[2], "c") == 1.234);
    assert_string_equal(plain.responses[0].groups[1].name, "A;\tB,\"C\"");
    assert_string_equal(plain.responses[1].groups[0].name, "d\u2019\u00e9\u00e9n");
    for (size_t i = 0; i < 3 * 2 * 4 * 4 * 32; i++) {
        const struct spelling spelling = spelling_number(i);
        assert_spelling(&spelling, &plain);
    }
    reading_free(&plain);
}

/* ---- delimiters ---- */

static void commas_in_questions_and_answers_do_not_make_them_the_delimiter(void **state)
{
    (void)state;
    struct reading reading = read_document(
        "token;date;year;school;team;a;b;c;Wat, hoe, waar, wanneer, met wie, en waarom, dus?;d, "
        "e, f\nr1;;2025;S;A;1;2;3;ja, nee;x\nr2;;2025;S;A;1,5;2;3;nee;x\n");
    assert_all_good(&reading, 2);
    assert_string_equal(note_of(&reading, "delimiter"), "semicolon");
    reading_free(&reading);
}

static void a_tab_may_be_told(void **state)
{
    (void)state;
    static const char document[] = "token\tdate\tyear\tschool\tteam\ta\tb\tc\nr1\t\t2025\tS\tA\t1\t2\t3\n";
    struct reading reading = read_told("\"delimiter\":\"tab\"", document, sizeof document - 1);
    assert_all_good(&reading, 1);
    reading_free(&reading);
}

/* ---- decimals ---- */

static void assert_c(const char *told, const char *cells, double value)
{
    char *document = mem_format("%s%s", SEMICOLON_HEADING, cells);
    struct reading reading = read_told(told, document, strlen(document));
    assert_null(reading.refused);
    assert_int_equal(reading.problem_count, 0);
    assert_true(answer_to(&reading.responses[0], "c") == value);
    reading_free(&reading);
    free(document);
}

static void assert_not_read(const char *told, const char *cells, const char *said)
{
    char *document = mem_format("%s%s", SEMICOLON_HEADING, cells);
    struct reading reading = read_told(told, document, strlen(document));
    assert_one_problem(&reading, 2, "c", said);
    reading_free(&reading);
    free(document);
}

static void a_number_that_may_be_two_is_read_as_the_others_tell(void **state)
{
    (void)state;
    assert_c("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;1,234\n", 1.234);
    assert_c("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;1.234\nr2;;2025;S;A;1;2;2.5\n", 1.234);
    assert_c("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;0.234\n", 0.234);
    assert_c("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;-1234.567\n", -1234.567);
    assert_c("\"decimal\":\"point\"", "r1;;2025;S;A;1;2;1.234\n", 1.234);
    assert_not_read("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;1.234\n",
                    "'1.234' may be thousands, for the decimal sign is a comma");
    assert_not_read("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;1.234\nr2;;2025;S;A;1;2,5;3\n",
                    "for the decimal sign is a comma, or decimals");
    assert_not_read("\"decimal\":\"auto\"", "r1;;2025;S;A;1;2;-12,345\nr2;;2025;S;A;1;2.5;3\n",
                    "for the decimal sign is a point, or decimals");
    assert_not_read("\"decimal\":\"comma\"", "r1;;2025;S;A;1;2;1.5\n",
                    "'1.5' has no decimal comma, which the feed's key 'decimal' says");
    assert_not_read("\"decimal\":\"point\"", "r1;;2025;S;A;1;2;1,5\n", "has no decimal point");
}

static void a_decimal_comma_in_quotes_is_one_where_commas_delimit(void **state)
{
    (void)state;
    struct reading good = read_rows("r1,,2025,S,A,\"1,5\",2,\"3,25\"\n");
    struct reading bad = read_rows("r1,,2025,S,A,1,2,\"3,250\"\n");
    assert_all_good(&good, 1);
    assert_true(answer_to(&good.responses[0], "a") == 1.5);
    assert_true(answer_to(&good.responses[0], "c") == 3.25);
    assert_one_problem(&bad, 2, "c", "'3,250' may be thousands");
    reading_free(&good);
    reading_free(&bad);
}

/* ---- what spreadsheets add ---- */

static void empty_fields_beyond_the_heading_are_nothing(void **state)
{
    (void)state;
    struct reading good = read_rows("r1,,2025,S,A,1,2,3,,,\nr2,,2025,S,A,1,2,3\n,,,,,,,\n,,\n");
    struct reading bad = read_rows("r1,,2025,S,A,1,2,3,,x\n");
    assert_all_good(&good, 2);
    assert_one_problem(&bad, 2, NULL, "the row has 10 fields and the heading 8");
    reading_free(&good);
    reading_free(&bad);
}

static void a_row_may_lack_columns_that_have_no_name_and_no_others(void **state)
{
    (void)state;
    struct reading good =
        read_document("token,date,year,school,team,a,b,c,,\nr1,,2025,S,A,1,2,3\nr2,,2025,S,A,1,2,3,x,y\n");
    struct reading bad = read_document("token,date,year,school,team,a,b,c,,\nr1,,2025,S,A,1,2\n");
    assert_all_good(&good, 2);
    assert_one_problem(&bad, 2, NULL, "the row has 7 fields and the heading 8");
    reading_free(&good);
    reading_free(&bad);
}

/* A text with a delimiter and without quotes, where every line ends in one: the last answer stands beyond the
 * last column, and the one before in its place. */
static void what_moved_into_a_column_without_a_name_refuses_the_row(void **state)
{
    (void)state;
    struct reading reading = read_document("token;date;year;school;team;why;x;y;a;b;c;\n"
                                           "r1;;2025;S;A;goed;1;2;3;4;5;\n"
                                           "r2;;2025;S;A;goed; maar;1;2;3;4;5;\n"
                                           "r3;;2025;S;A;goed; maar;1;2;3;4;5\n");
    assert_int_equal(reading.response_count, 2);
    assert_one_problem(&reading, 3, NULL, "is a delimiter or a quote missing?");
    reading_free(&reading);
}

static void an_empty_row_is_no_respondent(void **state)
{
    (void)state;
    static const char anyone[] = "{\"id\":\"m\",\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}]}";
    struct reading reading = read_as(anyone, "auto", "a,b\n1,2\n,\n\"\",\" \"\n3,4\n,\n");
    assert_all_good(&reading, 2);
    assert_int_equal(reading.responses[1].row, 5);
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_form_is_told_too),
        cmocka_unit_test(excel_in_dutch),
        cmocka_unit_test(excel_as_unicode_text),
        cmocka_unit_test(limesurvey),
        cmocka_unit_test(an_old_mac),
        cmocka_unit_test(a_first_line_for_excel_tells_the_delimiter),
        cmocka_unit_test(a_first_line_that_is_at_odds_is_refused),
        cmocka_unit_test(every_spelling_of_a_table_gives_the_same_responses),
        cmocka_unit_test(commas_in_questions_and_answers_do_not_make_them_the_delimiter),
        cmocka_unit_test(a_tab_may_be_told),
        cmocka_unit_test(a_number_that_may_be_two_is_read_as_the_others_tell),
        cmocka_unit_test(a_decimal_comma_in_quotes_is_one_where_commas_delimit),
        cmocka_unit_test(empty_fields_beyond_the_heading_are_nothing),
        cmocka_unit_test(a_row_may_lack_columns_that_have_no_name_and_no_others),
        cmocka_unit_test(what_moved_into_a_column_without_a_name_refuses_the_row),
        cmocka_unit_test(an_empty_row_is_no_respondent),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
