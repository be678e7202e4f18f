/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a document holds, told for an instrument that is still to be written. The codes of columns by type of
 * question are those of the LimeSurvey Manual, chapters "Question types" and "Export responses".
 */
#include "survey_case.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#include <readstat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct reading describe(const char *document)
{
    return fake_host_decode(survey, "{\"describe\":true}", document, strlen(document));
}

static const cJSON *column(const struct reading *reading, const char *name)
{
    const cJSON *piece;
    if (reading->refused)
        fail_msg("refused: %s", reading->refused);
    cJSON_ArrayForEach(piece, reading->description)
    {
        const char *own = json_text(piece, "name");
        if (own && strcmp(own, name) == 0)
            return piece;
    }
    fail_msg("there is no column '%s'", name);
    return NULL;
}

/* "role nl range labels" of a column, as JSON without the names of keys. */
static void assert_column(const struct reading *reading, const char *name, const char *expected)
{
    const cJSON *piece = column(reading, name), *label;
    cJSON *told = cJSON_CreateArray();
    cJSON_AddItemToArray(told, cJSON_CreateString(json_text(piece, "role")));
    if (cJSON_HasObjectItem(piece, "range"))
        cJSON_AddItemToArray(told, cJSON_Duplicate(cJSON_GetObjectItem(piece, "range"), true));
    cJSON_ArrayForEach(label, cJSON_GetObjectItem(piece, "labels"))
    {
        double code = 0;
        assert_true(json_number(label, "code", &code));
        char *pair = mem_format("%s=%g", json_text(label, "text"), code);
        cJSON_AddItemToArray(told, cJSON_CreateString(pair));
        free(pair);
    }
    char *text = cJSON_PrintUnformatted(told);
    if (strcmp(text, expected) != 0)
        fail_msg("column '%s' is %s, not %s", name, text, expected);
    free(text);
    cJSON_Delete(told);
}

/* ---- the structure of a survey ---- */

#define LSS(questions, subquestions, answers)                                                                \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><document><LimeSurveyDocType>Survey</LimeSurveyDocType>"      \
    "<answers><rows>" answers "</rows></answers><questions><rows>" questions                                 \
    "</rows></questions><subquestions><rows>" subquestions "</rows></subquestions></document>"
#define QUESTION(qid, type, title, text)                                                                     \
    "<row><qid>" qid "</qid><parent_qid>0</parent_qid><type>" type "</type><title>" title                    \
    "</title><question><![CDATA[" text "]]></question><language>nl</language></row>"
#define LINE(parent, qid, scale, title)                                                                      \
    "<row><qid>" qid "</qid><parent_qid>" parent "</parent_qid><scale_id>" scale "</scale_id><title>" title  \
    "</title><question>" title "!</question><language>nl</language></row>"
#define ANSWER(qid, order, code, text, value)                                                                \
    "<row><qid>" qid "</qid><sortorder>" order "</sortorder><code>" code "</code><answer>" text              \
    "</answer><assessment_value>" value "</assessment_value><language>nl</language></row>"

static void every_type_of_question_has_its_columns(void **state)
{
    (void)state;
    struct reading reading = describe(
        LSS(QUESTION("1", "A", "A5", "") QUESTION("2", "B", "B10", "") QUESTION("3", "C", "C", "")
                QUESTION("4", "E", "E", "") QUESTION("5", "Y", "Y", "") QUESTION("6", "N", "N", "")
                    QUESTION("7", "K", "K", "") QUESTION("8", ":", "NUM", "") QUESTION("9", ";", "TXT", "")
                        QUESTION("10", "G", "G", "") QUESTION("11", "P", "P", "") QUESTION("12", "X", "X", "")
                            QUESTION("13", "5", "F", ""),
            LINE("1", "101", "0", "S1") LINE("2", "102", "0", "S1") LINE("3", "103", "0", "S1")
                LINE("4", "104", "0", "S1") LINE("7", "107", "0", "S1") LINE("8", "108", "0", "Y1")
                    LINE("8", "118", "1", "X1") LINE("8", "128", "1", "X2") LINE("9", "109", "0", "Y1")
                        LINE("9", "119", "1", "X1") LINE("11", "111", "0", "S1"),
            ""));
    assert_column(&reading, "A5[S1]", "[\"item\",[1,5]]");
    assert_column(&reading, "B10[S1]", "[\"item\",[1,10]]");
    assert_column(&reading, "C[S1]",
                  "[\"item\",[1,3],\"N=1\",\"U=2\",\"Y=3\",\"No=1\",\"Nee=1\",\"Yes=3\","
                  "\"Ja=3\",\"Uncertain=2\"]");
    assert_column(&reading, "E[S1]",
                  "[\"item\",[1,3],\"D=1\",\"S=2\",\"I=3\",\"Decrease=1\",\"Same=2\",\"Increase=3\"]");
    assert_column(&reading, "Y", "[\"item\",[0,1],\"Y=1\",\"N=0\"]");
    assert_column(&reading, "N", "[\"item\"]");
    assert_column(&reading, "K[S1]", "[\"item\"]");
    assert_column(&reading, "NUM[Y1_X1]", "[\"item\"]");
    assert_column(&reading, "NUM[Y1_X2]", "[\"item\"]");
    assert_column(&reading, "TXT[Y1_X1]", "[\"other\"]");
    assert_column(&reading, "G", "[\"item\",[1,2],\"F=1\",\"M=2\",\"Female=1\",\"Male=2\"]");
    assert_column(&reading, "P[S1]", "[\"item\",[0,1],\"Y=1\",\"=0\"]");
    assert_column(&reading, "X", "[\"other\"]");
    assert_column(&reading, "F", "[\"item\",[1,5]]");
    assert_column(&reading, "submitdate", "[\"submitted\"]");
    reading_free(&reading);
}

static void answers_are_numbered_by_value_by_code_or_by_place(void **state)
{
    (void)state;
    struct reading reading = describe(
        LSS(QUESTION("1", "L", "VALUE", "") QUESTION("2", "L", "CODE", "") QUESTION("3", "L", "PLACE", "")
                QUESTION("4", "L", "NUMBER", "") QUESTION("5", "L", "NONE", ""),
            "",
            ANSWER("1", "1", "A1", "a", "10") ANSWER("1", "2", "A2", "b", "5")
                ANSWER("2", "1", "A4", "c", "0") ANSWER("2", "2", "A2", "d", "0")
                    ANSWER("3", "2", "yes", "e", "0") ANSWER("3", "1", "no", "f", "0")
                        ANSWER("4", "1", "1", "2", "0") ANSWER("4", "2", "2", "1 or 3", "0")));
    assert_column(&reading, "VALUE", "[\"item\",[5,10],\"A1=10\",\"A2=5\",\"a=10\",\"b=5\"]");
    assert_column(&reading, "CODE", "[\"item\",[2,4],\"A4=4\",\"A2=2\",\"c=4\",\"d=2\"]");
    assert_column(&reading, "PLACE", "[\"item\",[1,2],\"no=1\",\"yes=2\",\"f=1\",\"e=2\"]");
    /* The text of 1 is the code of the other: only the code is taken. */
    assert_column(&reading, "NUMBER", "[\"item\",[1,2],\"1=1\",\"2=2\",\"1 or 3=2\"]");
    assert_column(&reading, "NONE", "[\"item\"]");
    reading_free(&reading);
}

static void texts_are_the_words_of_their_html(void **state)
{
    (void)state;
    static const struct {
        const char *html, *words;
    } texts[] = {
        {"<p>Wat <b>vin</b>dt u?</p>\n<p>En nu?</p>", "Wat vindt u? En nu?"},
        {"a&nbsp;&amp;&lt;b&gt; &euml;&#235;&#xEB; &onbekend; &#0; &", "a &<b> ëëë &onbekend; &#0; &"},
        {"<style>p { x }</style>a<script>if (a<b) c</script>b", "a b"},
        {"1 < 2 <br/>dus", "1 < 2 dus"},
        {"open <b", "open"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *document = mem_format(LSS(QUESTION("1", "N", "Q", "%s"), "", ""), texts[i].html);
        struct reading reading = describe(document);
        assert_string_equal(json_text(column(&reading, "Q"), "nl"), texts[i].words);
        reading_free(&reading);
        free(document);
    }
}

static void a_structure_that_is_cut_or_odd_ends_in_a_clear_word(void **state)
{
    (void)state;
    static const char whole[] =
        LSS(QUESTION("1", "F", "Q", "x") QUESTION("x", "F", "", "") "<row/><row><qid/></row>",
            LINE("1", "2", "0", "S") LINE("", "", "", "") LINE("1", "2", "9", "T"),
            ANSWER("1", "1", "a", "a", "") ANSWER("", "", "", "", ""));
    for (size_t size = 100; size < sizeof whole - 1; size++) {
        struct reading reading = fake_host_decode(survey, "{\"describe\":true}", whole, size);
        assert_non_null(reading.refused);
        assert_null(reading.description);
        reading_free(&reading);
    }
    struct reading reading = describe(whole);
    assert_column(&reading, "Q[S]", "[\"item\",\"a=1\"]");
    reading_free(&reading);
}

/* ---- rows ---- */

static void columns_are_what_their_rows_hold(void **state)
{
    (void)state;
    struct reading reading = describe("token,date,jaar,school,q1,q2,q3,age,remark,empty,q1\n"
                                      "r1,2025-03-30,2025,Noord,1,A1,eens,23.5,so,,1\n"
                                      "r2,2025-03-31,2025,Noord,5,A4,oneens,1200,that,,1\n"
                                      "r3,2025-03-31,2025,Zuid,NA,A2,eens,40,is,,1\n"
                                      "r4,2025-03-31,2025,Zuid,3,A1,Oneens ,41,it,,1\n");
    assert_column(&reading, "token", "[\"respondent\"]");
    assert_column(&reading, "date", "[\"submitted\"]");
    assert_column(&reading, "jaar", "[\"wave\"]");
    assert_column(&reading, "school", "[\"group\"]");
    assert_string_equal(json_text(column(&reading, "school"), "level"), "institution");
    assert_column(&reading, "q1", "[\"other\"]"); /* it is there twice */
    assert_column(&reading, "q2", "[\"item\",\"A1=1\",\"A2=2\",\"A4=4\"]");
    assert_column(&reading, "q3", "[\"item\",\"eens=1\",\"oneens=2\"]");
    assert_non_null(json_text(column(&reading, "q3"), "guess"));
    assert_column(&reading, "age", "[\"other\"]");
    assert_column(&reading, "remark", "[\"other\"]");
    assert_column(&reading, "empty", "[\"other\"]");
    assert_int_equal(reading.response_count + reading.problem_count, 0);
    reading_free(&reading);
}

static void words_for_no_answer_are_told_apart(void **state)
{
    (void)state;
    struct reading reading = describe("a,b\n1,x\nNA,y\nn.v.t.,x\n5,y\n-,x\n");
    assert_column(&reading, "a", "[\"item\",[1,5]]");
    char *missing = cJSON_PrintUnformatted(cJSON_GetObjectItem(column(&reading, "a"), "missing"));
    assert_string_equal(missing, "[\"NA\",\"n.v.t.\",\"-\"]");
    free(missing);
    reading_free(&reading);
}

/* Persons and their addresses come back too, where somebody answered twice. */
static void what_a_tool_adds_to_every_survey_is_no_answer(void **state)
{
    (void)state;
    static const char *const monkey[] = {"Respondent ID", "IP Address", "Email Address", "First Name", NULL},
                             *const qualtrics[] = {"ResponseId", "Status", "IPAddress", "RecipientEmail",
                                                   NULL},
                             *const microsoft[] = {"ID", "Start time", "Email", "Name", NULL},
                             *const google[] = {"Timestamp", "Email Address", NULL};
    struct {
        const char *document;
        const char *const *own;
    } cases[] = {
        {"Respondent ID,IP Address,Email Address,First Name,Hoe "
         "vaak?\n,,,,Response\n11,1.2.3.4,a@b.nl,Jan,1\n"
         "12,1.2.3.4,a@b.nl,Jan,5\n",
         monkey},
        {"ResponseId,Status,IPAddress,RecipientEmail,Finished,DistributionChannel,Hoe vaak?\n"
         "R_1,0,1.2.3.4,a@b.nl,1,email,1\nR_2,0,1.2.3.4,a@b.nl,1,email,5\n",
         qualtrics},
        {"ID,Start time,Completion time,Email,Name,Hoe vaak?\n1,x,y,a@b.nl,Jan,1\n2,x,y,a@b.nl,Jan,5\n",
         microsoft},
        {"Timestamp,Email Address,Hoe vaak?\nx,a@b.nl,1\nx,a@b.nl,5\n", google},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading = describe(cases[i].document);
        for (size_t k = 0; cases[i].own[k]; k++) {
            const cJSON *own = column(&reading, cases[i].own[k]);
            if (strcmp(json_text(own, "role"), "other") != 0 || cJSON_HasObjectItem(own, "labels"))
                fail_msg("'%s' is %s", cases[i].own[k], json_text(own, "role"));
        }
        assert_column(&reading, "Hoe vaak?", "[\"item\",[1,5]]");
        reading_free(&reading);
    }
}

/* Qualtrics writes -99 for what was seen and not answered. */
static void a_number_for_no_answer_is_no_end_of_a_range(void **state)
{
    (void)state;
    struct reading reading = describe("a,b\n-99,1\n1,2\n5,-999\n");
    assert_column(&reading, "a", "[\"item\",[1,5]]");
    assert_column(&reading, "b", "[\"item\",[1,2]]");
    assert_string_equal(
        cJSON_GetArrayItem(cJSON_GetObjectItem(column(&reading, "a"), "missing"), 0)->valuestring, "-99");
    reading_free(&reading);
}

static void assert_missing(const struct reading *reading, const char *name, const char *expected)
{
    char *missing = cJSON_PrintUnformatted(cJSON_GetObjectItem(column(reading, name), "missing"));
    if (expected ? !missing || strcmp(missing, expected) != 0 : missing != NULL)
        fail_msg("of '%s' %s are missing", name, missing ? missing : "none");
    free(missing);
}

/* 99, 999 and so on are what people who work with SPSS declare as missing. */
static void a_number_far_from_the_others_is_proposed_as_missing(void **state)
{
    (void)state;
    struct reading reading = describe("a,b,c,d,e\n1,1,1,4,1\n5,99,999,9999,2\n99,2,2,3,-9999\n4,3,3,1,3\n");
    assert_column(&reading, "a", "[\"item\",[1,5]]");
    assert_column(&reading, "b", "[\"item\",[1,3]]");
    assert_column(&reading, "c", "[\"item\",[1,3]]");
    assert_column(&reading, "d", "[\"item\",[1,4]]");
    assert_column(&reading, "e", "[\"item\",[1,3]]");
    assert_missing(&reading, "a", "[\"99\"]");
    assert_missing(&reading, "c", "[\"999\"]");
    assert_missing(&reading, "d", "[\"9999\"]");
    assert_missing(&reading, "e", "[\"-9999\"]");
    assert_non_null(strstr(json_text(column(&reading, "a"), "guess"), "99"));
    reading_free(&reading);
    /* `missing` is of all items: what is an answer to one of them is left to whoever knows. */
    reading = describe("a,percent\n1,90\n5,99\n99,100\n4,80\n");
    assert_column(&reading, "a", "[\"item\",[1,99]]");
    assert_column(&reading, "percent", "[\"item\",[80,100]]");
    assert_missing(&reading, "a", NULL);
    assert_non_null(strstr(json_text(column(&reading, "a"), "guess"), "99"));
    assert_null(json_text(column(&reading, "percent"), "guess"));
    reading_free(&reading);
    /* An age, and one answer alone. */
    reading = describe("age,a\n60,99\n99,99\n88,99\n");
    assert_column(&reading, "age", "[\"item\",[60,99]]");
    assert_missing(&reading, "age", NULL);
    reading_free(&reading);
}

/* Numbers of the Dutch numbering plan (10 digits, or 31 and 9 of them), in the ways in which people write
 * them, and addresses of machines and of mail. Labels go into a script that everybody reads. */
static void what_reaches_a_person_is_no_label(void **state)
{
    (void)state;
    static const char *const columns[][4] = {
        {"06-12345678", "06-87654321", "06-11112222", "06-33334444"},
        {"06 12345678", "06 87654321", "06 12345678", "06 87654321"},
        {"020 123 45 67", "030 123 45 67", "020 123 45 67", "030 123 45 67"},
        {"+31 6 12345678", "+31 6 87654321", "+31 6 12345678", "+31 6 87654321"},
        {"(020) 1234567", "(030) 1234567", "(020) 1234567", "(030) 1234567"},
        {"06-12345678 (werk)", "06-87654321", "06-12345678 (werk)", "06-87654321"},
        {"geen", "06-87654321", "geen", "06-87654321"},
        {"a@school.nl", "b@school.nl", "a@school.nl", "b@school.nl"},
        {"10.0.0.1", "12.0.0.2", "13.0.0.3", "14.0.0.4"},
    };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const char *const *cells = columns[i];
        char *document =
            mem_format("q,bereikbaar\n1,%s\n2,%s\n3,%s\n4,%s\n", cells[0], cells[1], cells[2], cells[3]);
        struct reading reading = describe(document);
        assert_column(&reading, "bereikbaar", "[\"other\"]");
        reading_free(&reading);
        free(document);
    }
}

static void answers_with_numbers_in_them_are_labels(void **state)
{
    (void)state;
    struct reading reading = describe("a,b,c,d\n"
                                      "1 - nooit,0-2 jaar,1 = 1000 tot 2000,2019-2020\n"
                                      "2 - soms,3-5 jaar,2 = 2000 tot 3000,2020-2021\n"
                                      "3 - vaak,6-10 jaar,3 = 3000 tot 4000,2019-2020\n"
                                      "4 - altijd,11 jaar,4 = 4000 of meer,2020-2021\n");
    assert_column(&reading, "a", "[\"item\",\"1 - nooit=1\",\"2 - soms=2\",\"3 - vaak=3\",\"4 - altijd=4\"]");
    assert_column(&reading, "b", "[\"item\",\"0-2 jaar=0\",\"3-5 jaar=3\",\"6-10 jaar=6\",\"11 jaar=11\"]");
    assert_column(&reading, "c",
                  "[\"item\",\"1 = 1000 tot 2000=1\",\"2 = 2000 tot 3000=2\",\"3 = 3000 tot 4000=3\",\"4 = "
                  "4000 of meer=4\"]");
    assert_column(&reading, "d", "[\"item\",\"2019-2020=1\",\"2020-2021=2\"]");
    reading_free(&reading);
}

static ssize_t append(const void *data, size_t size, void *document)
{
    buf_put(document, data, size);
    return (ssize_t)size;
}

/* An instrument with one answer for two codes is none. */
static void a_label_of_spss_is_told_once_however_it_is_written(void **state)
{
    (void)state;
    static const char *const texts[] = {"Ja", "Ge\xc3\xabnt", "JA ", "gee\xcc\x88nt", "Nee"};
    struct buf document = {0};
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, append);
    readstat_label_set_t *labels = readstat_add_label_set(writer, READSTAT_TYPE_DOUBLE, "answers");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        readstat_label_double_value(labels, (double)i + 1, texts[i]);
    readstat_variable_t *variable = readstat_add_variable(writer, "a", READSTAT_TYPE_DOUBLE, 0);
    readstat_variable_set_label_set(variable, labels);
    assert_int_equal(readstat_begin_writing_sav(writer, &document, 1), READSTAT_OK);
    readstat_begin_row(writer);
    readstat_insert_double_value(writer, variable, 1);
    assert_int_equal(readstat_end_row(writer), READSTAT_OK);
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    struct reading reading = fake_host_decode(survey, "{\"describe\":true}", document.data, document.size);
    assert_column(&reading, "a", "[\"item\",[1,5],\"Ja=1\",\"Ge\u00ebnt=2\",\"Nee=5\"]");
    reading_free(&reading);
    buf_free(&document);
}

static void a_host_that_does_not_listen_is_told(void **state)
{
    (void)state;
    struct reading reading =
        fake_host_decode_as(survey, "{\"describe\":true}", "a\n1\n", 4, offsetof(struct wz_decode, describe));
    assert_refused(&reading, "nobody listens");
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_question_has_its_columns),
        cmocka_unit_test(answers_are_numbered_by_value_by_code_or_by_place),
        cmocka_unit_test(texts_are_the_words_of_their_html),
        cmocka_unit_test(a_structure_that_is_cut_or_odd_ends_in_a_clear_word),
        cmocka_unit_test(columns_are_what_their_rows_hold),
        cmocka_unit_test(words_for_no_answer_are_told_apart),
        cmocka_unit_test(what_a_tool_adds_to_every_survey_is_no_answer),
        cmocka_unit_test(a_number_for_no_answer_is_no_end_of_a_range),
        cmocka_unit_test(a_number_far_from_the_others_is_proposed_as_missing),
        cmocka_unit_test(what_reaches_a_person_is_no_label),
        cmocka_unit_test(answers_with_numbers_in_them_are_labels),
        cmocka_unit_test(a_label_of_spss_is_told_once_however_it_is_written),
        cmocka_unit_test(a_host_that_does_not_listen_is_told),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
