/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that were refused, read again by themselves: they give what the whole document would. */
#include "spss_case.h"
#include "workbook.h"

#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INSTRUMENT(items, more) "{\"id\":\"m\",\"items\":[" items "]" more "}"

/* The document that the host makes of all problems of a reading, as record.h says it. To be freed. */
static char *document_of(const struct reading *reading)
{
    struct buf document = {0};
    for (size_t i = 0; i < reading->problem_count; i++) {
        const struct seen_problem *problem = &reading->problems[i];
        if (!problem->body)
            continue;
        assert_string_equal(problem->heading, reading->problems[0].heading);
        if (!document.size)
            buf_append_format(&document, "%s\n", problem->heading);
        buf_append_format(&document, "%s\n", problem->body);
    }
    buf_put_u8(&document, 0);
    return (char *)document.data;
}

static const struct seen_response *response_of_row(const struct reading *reading, uint64_t row)
{
    for (size_t i = 0; i < reading->response_count; i++)
        if (reading->responses[i].row == row)
            return &reading->responses[i];
    fail_msg("no response of row %llu", (unsigned long long)row);
    return NULL;
}

static void assert_same_response(const struct seen_response *left, const struct seen_response *right)
{
    assert_int_equal(left->respondent != NULL, right->respondent != NULL);
    if (left->respondent)
        assert_string_equal(left->respondent, right->respondent);
    assert_int_equal(left->content_size, right->content_size);
    assert_memory_equal(left->content, right->content, left->content_size);
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

static void assert_as_whole(const struct reading *refused, const struct reading *again,
                            const struct reading *whole)
{
    assert_all_good(again, refused->problem_count);
    for (size_t i = 0; i < refused->problem_count; i++) {
        assert_true(again->responses[i].row == refused->problems[i].row);
        assert_same_response(&again->responses[i], response_of_row(whole, again->responses[i].row));
    }
}

static void assert_same_problems(const struct reading *left, const struct reading *right)
{
    assert_int_equal(left->problem_count, right->problem_count);
    for (size_t i = 0; i < left->problem_count; i++) {
        assert_true(left->problems[i].row == right->problems[i].row);
        assert_string_equal(left->problems[i].text, right->problems[i].text);
        assert_string_equal(left->problems[i].body, right->problems[i].body);
        assert_string_equal(left->problems[i].heading, right->problems[i].heading);
    }
}

/* What `before` refuses of the document is read again as `after`: as that reads the document itself. */
static void assert_mended(const char *before, const char *after, const char *document, size_t rows)
{
    struct reading refused = read_as(before, "auto", document);
    assert_null(refused.refused);
    assert_int_equal(refused.problem_count, rows);
    char *kept = document_of(&refused);
    struct reading again = read_as(after, "auto", kept), whole = read_as(after, "auto", document),
                   same = read_as(before, "auto", kept);
    assert_as_whole(&refused, &again, &whole);
    assert_same_problems(&refused, &same);
    reading_free(&same);
    reading_free(&whole);
    reading_free(&again);
    reading_free(&refused);
    free(kept);
}

/* The same of a document that is no text, whatever the feed's section says of decimals. */
static void assert_bytes_mended(char *document, size_t size, const char *before, const char *after)
{
    static const char told[] = "\"decimal\":\"comma\"";
    const struct bytes bytes = {.bytes = document, .size = size};
    struct reading refused = spss_read(&bytes, before, told);
    assert_null(refused.refused);
    assert_in_range(refused.problem_count, 2, 230);
    char *kept = document_of(&refused);
    const struct bytes rows = {.bytes = kept, .size = strlen(kept)};
    struct reading again = spss_read(&rows, after, told), whole = spss_read(&bytes, after, told),
                   same = spss_read(&rows, before, told);
    assert_as_whole(&refused, &again, &whole);
    assert_same_problems(&refused, &same);
    reading_free(&same);
    reading_free(&whole);
    reading_free(&again);
    reading_free(&refused);
    free(kept);
}

static void labels_that_are_added(void **state)
{
    (void)state;
    assert_mended(
        INSTRUMENT("{\"id\":\"a\"},{\"id\":\"b\"}", ",\"respondent\":\"token\""),
        INSTRUMENT("{\"id\":\"a\"},{\"id\":\"b\"}",
                   ",\"respondent\":\"token\",\"labels\":{\"best wel\":3,\"nee, \\\"nooit\\\"\":1}"),
        "token,a,b\nr1,best wel,2\nr2,4,4\n\nr3,1,\"nee, \"\"nooit\"\"\"\n", 2);
}

static void rows_that_only_their_content_identifies(void **state)
{
    (void)state;
    assert_mended(INSTRUMENT("{\"id\":\"a\",\"range\":[1,5]}", ""),
                  INSTRUMENT("{\"id\":\"a\",\"range\":[1,7]}", ""),
                  "a,x,\n6,\xc3\xa9\xe2\x82\xac\n6,\"a \"\"b\"\n2,a\n7,\"two\nlines\",\n", 3);
}

static void headings_that_are_questions(void **state)
{
    (void)state;
    assert_mended(INSTRUMENT("{\"id\":\"a\",\"nl\":\"Hoe, dan ook\",\"range\":[1,2]}", ""),
                  INSTRUMENT("{\"id\":\"a\",\"nl\":\"Hoe, dan ook\",\"range\":[1,5]}", ""),
                  "\"Hoe, dan ook\",other\n4,x\n1,y\n", 1);
}

/* What LimeSurvey does with names, with rows that were not sent off and with its own words is known again. */
static void rows_of_limesurvey(void **state)
{
    (void)state;
    static const char document[] =
        "\"id\";\"submitdate\";\"lastpage\";\"startlanguage\";\"token\";\"Q1[SQ001]\";\"Q2\"\r\n"
        "\"1\";\"2025-03-30 14:05:00\";\"3\";\"nl\";\"t1\";\"6\";\"1\"\r\n"
        "\"2\";\"\";\"1\";\"nl\";\"t2\";\"7\";\"\"\r\n"
        "\"3\";\"2025-03-30 14:05:00\";\"3\";\"nl\";\"t3\";\"2\";\"Y\"\r\n"
        "\"4\";\"2025-03-30 14:05:00\";\"3\";\"nl\";\"t4\";\"7\";\"Y\"\r\n\r\n";
    assert_mended(
        INSTRUMENT("{\"id\":\"Q1_SQ001\",\"range\":[1,5]},{\"id\":\"Q2\"}", ",\"respondent\":\"token\""),
        INSTRUMENT("{\"id\":\"Q1_SQ001\",\"range\":[1,7]},{\"id\":\"Q2\"}", ",\"respondent\":\"token\""),
        document, 3);
}

/* 4/5/2025 by itself may be in April or in May. */
static void the_order_of_dates_is_that_of_the_whole_document(void **state)
{
    (void)state;
    assert_mended(
        INSTRUMENT("{\"id\":\"a\",\"range\":[1,5]}", ",\"respondent\":\"token\",\"submitted\":\"d\""),
        INSTRUMENT("{\"id\":\"a\"}", ",\"respondent\":\"token\",\"submitted\":\"d\""),
        "token,d,a\nr1,3/25/2025,1\nr2,4/5/2025,9\nr3,6/7/2025 10:00,8\n", 2);
}

/* Three rows of heading, and a time zone in the third. */
static void rows_of_qualtrics(void **state)
{
    (void)state;
    static const char document[] =
        "StartDate,EndDate,Status,Finished,ResponseId,Q1\n"
        "Start Date,End Date,Response Type,Finished,Response ID,Ik weet hoe AI werkt\n"
        "\"{\"\"ImportId\"\":\"\"startDate\"\",\"\"timeZone\"\":\"\"America/New_York\"\"}\","
        "\"{\"\"ImportId\"\":\"\"endDate\"\",\"\"timeZone\"\":\"\"America/New_York\"\"}\","
        "\"{\"\"ImportId\"\":\"\"status\"\"}\",\"{\"\"ImportId\"\":\"\"finished\"\"}\","
        "\"{\"\"ImportId\"\":\"\"_recordId\"\"}\",\"{\"\"ImportId\"\":\"\"QID1\"\"}\"\n"
        "2024-05-01 09:58:00,2024-05-01 10:00:00,IP Address,True,R_1,4\n"
        "2024-05-01 09:58:00,2024-05-01 10:00:00,IP Address,False,R_2,9\n"
        "2024-05-01 09:58:00,2024-05-01 10:00:00,Survey Preview,True,R_3,9\n"
        "2024-05-01 09:58:00,2024-05-01 11:00:00,IP Address,True,R_4,8\n";
    assert_mended(INSTRUMENT("{\"id\":\"QID1\",\"range\":[1,5]}",
                             ",\"respondent\":\"ResponseId\",\"submitted\":\"EndDate\""),
                  INSTRUMENT("{\"id\":\"QID1\"}", ",\"respondent\":\"ResponseId\",\"submitted\":\"EndDate\""),
                  document, 2);
}

/* Its variables have names and labels, and its numbers a point, whatever the feed's section says. */
static void rows_of_spss(void **state)
{
    (void)state;
#define HOURS(more)                                                                                          \
    INSTRUMENT("{\"id\":\"u\",\"en\":\"Uren per week\"" more "}",                                            \
               ",\"respondent\":\"nr\",\"submitted\":\"ingevuld\"")
    struct bytes bytes = spss_bytes("made/monitor.sav");
    assert_bytes_mended(bytes.bytes, bytes.size, HOURS(",\"range\":[0,12]"), HOURS(""));
    free(bytes.bytes);
}

/* Its cells know what they are, and a row ends where nothing more stands in it. */
static void rows_of_a_workbook(void **state)
{
    (void)state;
#define T(reference, text) "<c r=\"" reference "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define N(reference, number) "<c r=\"" reference "\"><v>" number "</v></c>"
    const struct archive archive = workbook_of(&(struct workbook_case){
        .rows = "<row r=\"3\">" T("A3", "a") T("B3", "b") T("C3", "x") "</row><row r=\"4\">" N(
            "A4", "9.125") T("B4", "1,5") "</row><row r=\"5\">" N("A5", "2")
            T("B5", "2,5") "</row><row r=\"6\">" N("A6", "9") T("E6", "a remark") "</row><row r=\"7\">" N(
                "A7",
                "8") "<c r=\"C7\" t=\"e\"><v>#N/A</v></c></row><row r=\"8\">" N("A8",
                                                                                "1.234") "<c r=\"B8\" "
                                                                                         "t=\"e\"><v>#N/A</"
                                                                                         "v></c></row>"});
    assert_bytes_mended(archive.bytes, archive.size,
                        INSTRUMENT("{\"id\":\"a\",\"range\":[1,5]},{\"id\":\"b\"}", ""),
                        INSTRUMENT("{\"id\":\"a\"},{\"id\":\"b\"}", ",\"missing\":[\"#N/A\"]"));
    free(archive.bytes);
}

/* 1.234 is a thousand and more, or one and a bit: by itself it would be the latter. */
static void decimals_are_those_of_the_whole_document(void **state)
{
    (void)state;
    static const char instrument[] =
        INSTRUMENT("{\"id\":\"a\"}", ",\"levels\":[],\"groups\":{},\"missing\":[],\"labels\":{}");
    struct reading refused = read_as(instrument, "auto", "a,n\n\"1,5\",1\n\"2,5\",1\n1.234,1\n");
    assert_int_equal(refused.problem_count, 1);
    char *kept = document_of(&refused);
    struct reading again = read_as(instrument, "auto", kept);
    assert_one_problem(&again, 4, "a", "may be thousands");
    reading_free(&again);
    reading_free(&refused);
    free(kept);
}

static void whose_row_it_is(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,2025-10-01,2025,S,A,9,2,1\n,2025-10-01,2025,S,A,9,2,1\nr3,2025\n");
    assert_int_equal(reading.problem_count, 3);
    assert_string_equal(reading.problems[0].respondent, "r1");
    assert_null(reading.problems[1].respondent);
    assert_null(reading.problems[2].respondent); /* its fields may not stand where they should */
    assert_non_null(reading.problems[2].body);
    reading_free(&reading);
}

static void a_row_that_cannot_be_read_is_not_kept(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,2025-10-01,2025,S,A\0B,4,2,1\n";
    struct reading reading = read_raw(document, sizeof document - 1);
    assert_one_problem(&reading, 2, "team", "NUL");
    assert_null(reading.problems[0].body);
    reading_free(&reading);
}

/* Whoever can send a document can send one that looks like this. */
static void what_is_no_such_document_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{\"survey_rows\":1,\n",
        "{\"survey_rows\":1,\"heading\":}\n",
        "{\"survey_rows\":1,\"heading\":[]}\n",
        "{\"survey_rows\":1,\"heading\":[[]]}\n",
        "{\"survey_rows\":1,\"heading\":[1]}\n",
        "{\"survey_rows\":1,\"heading\":{\"a\":1}}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"],[\"a\"],[\"a\"],[\"a\"]]}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]],\"texts\":[\"a\",\"b\"]}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]],\"texts\":{}}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\n{\"row\":2,\"cells\":[\"\xff\"]}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\nnothing\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\n{\"row\":1}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\n{\"row\":-1,\"cells\":[]}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\n{\"row\":\"1\",\"cells\":[]}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\n{\"row\":1e300,\"cells\":[]}\n",
        "{\"survey_rows\":1,\"heading\":[[\"a\"]]}\n\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct reading reading =
            read_as(INSTRUMENT("{\"id\":\"a\"}", ",\"levels\":[],\"groups\":{},\"missing\":[],\"labels\":{}"),
                    "auto", bad[i]);
        assert_refused(&reading, "import");
        assert_int_equal(reading.response_count, 0);
        reading_free(&reading);
    }
}

static void cells_that_are_odd_do_no_harm(void **state)
{
    (void)state;
    struct buf document = {0};
    buf_append_text(
        &document,
        "{\"survey_rows\":1,\"tool\":\"gone\",\"decimal\":7,\"dates\":\"never\",\"heading\":[[\"a\",null]]}\n"
        "{\"row\":2,\"cells\":[1,null]}\n{\"row\":3,\"cells\":[\"4\"]}\n"
        "{\"row\":4,\"cells\":[\"4\",\"");
    for (size_t i = 0; i < 70000; i++)
        buf_put_u8(&document, 'x');
    buf_append_text(&document, "\"]}\n{\"row\":5,\"cells\":[\"4\",{}]}\n");
    buf_put_u8(&document, 0);
    struct reading reading =
        read_as(INSTRUMENT("{\"id\":\"a\"}", ",\"levels\":[],\"groups\":{},\"missing\":[],\"labels\":{}"),
                "auto", (const char *)document.data);
    assert_null(reading.refused);
    assert_int_equal(reading.response_count, 1);
    assert_true(reading.responses[0].row == 5);
    assert_int_equal(reading.problem_count, 2); /* row 2 is empty */
    reading_free(&reading);
    buf_free(&document);
}

/* Rows are counted from 1, and whoever looks a row up does it by its number. */
static void a_row_without_a_place_is_refused(void **state)
{
    (void)state;
    static const char heading[] = "{\"survey_rows\":1,\"tool\":null,\"decimal\":\".\",\"dates\":\"\","
                                  "\"columns\":[],\"heading\":[[\"a\"]]}\n";
    static const char *const numbers[] = {"0", "0.5", "-1", "1e300", "\"2\"", "null"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *document = mem_format("%s{\"row\":%s,\"cells\":[\"5\"]}\n", heading, numbers[i]);
        struct reading reading =
            read_as(INSTRUMENT("{\"id\":\"a\"}", ",\"levels\":[],\"groups\":{},\"missing\":[],\"labels\":{}"),
                    "auto", document);
        assert_refused(&reading, "a row that was kept cannot be understood");
        assert_int_equal(reading.response_count, 0);
        reading_free(&reading);
        free(document);
    }
    char *document = mem_format("%s{\"row\":2,\"cells\":[\"5\"]}\n", heading);
    struct reading reading =
        read_as(INSTRUMENT("{\"id\":\"a\"}", ",\"levels\":[],\"groups\":{},\"missing\":[],\"labels\":{}"),
                "auto", document);
    assert_all_good(&reading, 1);
    assert_int_equal(reading.responses[0].row, 2);
    reading_free(&reading);
    free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_that_are_added),
        cmocka_unit_test(rows_that_only_their_content_identifies),
        cmocka_unit_test(headings_that_are_questions),
        cmocka_unit_test(rows_of_limesurvey),
        cmocka_unit_test(rows_of_qualtrics),
        cmocka_unit_test(rows_of_spss),
        cmocka_unit_test(rows_of_a_workbook),
        cmocka_unit_test(the_order_of_dates_is_that_of_the_whole_document),
        cmocka_unit_test(decimals_are_those_of_the_whole_document),
        cmocka_unit_test(whose_row_it_is),
        cmocka_unit_test(a_row_that_cannot_be_read_is_not_kept),
        cmocka_unit_test(what_is_no_such_document_is_refused),
        cmocka_unit_test(cells_that_are_odd_do_no_harm),
        cmocka_unit_test(a_row_without_a_place_is_refused),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
