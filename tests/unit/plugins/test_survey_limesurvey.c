/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of LimeSurvey, written as its manual says: https://www.limesurvey.org/manual, chapters "Export
 * responses" (headings and answers), "Question types" (codes of sub-questions) and "ExpressionScript -
 * Presentation" (the names with an underscore).
 */
#include "survey_case.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOM "\xef\xbb\xbf"
#define CODES "\"id\";\"submitdate\";\"lastpage\";\"startlanguage\";\"seed\";\"token\";"
#define END "\r\n\r\n" /* LimeSurvey ends with a blank line */
#define WHO(number) "\"" number "\";\"2025-03-30 14:05:00\";\"3\";\"nl\";\"1234\";\"t" number "\";"

#define INSTRUMENT(items) "{\"id\":\"m\",\"respondent\":\"token\",\"items\":[" items "]}"
#define ITEM(id) "{\"id\":\"" id "\"}"

static struct reading read_lime(const char *items, const char *document)
{
    char *instrument = mem_format(INSTRUMENT("%s"), items);
    struct reading reading = read_as(instrument, "auto", document);
    free(instrument);
    return reading;
}

/* One item, and one row that answers it. */
static void assert_reads(const char *item, const char *heading, const char *cell, double expected)
{
    char *document = mem_format(BOM CODES "\"%s\"\r\n" WHO("1") "\"%s\"" END, heading, cell);
    struct reading reading = read_lime(item, document);
    assert_all_good(&reading, 1);
    assert_string_equal(note_of(&reading, "tool"), "limesurvey");
    const struct wz_answer *answer = reading.responses[0].answers;
    if (isnan(expected) != (reading.responses[0].answer_count == 0))
        fail_msg("'%s' became %zu answers", cell, reading.responses[0].answer_count);
    if (!isnan(expected) && answer->value != expected)
        fail_msg("'%s' became %g", cell, answer->value);
    reading_free(&reading);
    free(document);
}

static void a_whole_export_is_read(void **state)
{
    (void)state;
    static const char document[] = BOM CODES "\"Q1[SQ001]\";\"Q1[SQ002]\";\"Q2\";\"Q2[other]\"\r\n" WHO(
        "1") "\"4\";\"\";\"3\";\"\"\r\n"
             "\"2\";\"\";\"1\";\"en\";\"77\";\"t2\";\"5\";\"\";\"\";\"\"\r\n" WHO(
                 "3") "\"1\";\"2\";\"-oth-\";\"one line\nand; \"\"another\"\"\"\r\n\r\n";
    struct reading reading = read_lime(ITEM("Q1[SQ001]") "," ITEM("Q1[SQ002]") "," ITEM("Q2"), document);
    assert_all_good(&reading, 3);
    assert_string_equal(note_of(&reading, "delimiter"), "semicolon");
    const struct seen_response *first = &reading.responses[0], *second = &reading.responses[1],
                               *third = &reading.responses[2];
    assert_string_equal(second->respondent, "t2");
    assert_false(first->partial);
    assert_true(second->partial);
    assert_false(third->partial);
    assert_true(answer_to(first, "Q1[SQ001]") == 4 && answer_to(first, "Q2") == 3);
    assert_true(isnan(answer_to(first, "Q1[SQ002]")));
    assert_int_equal(third->answer_count, 2);
    assert_true(answer_to(third, "Q1[SQ002]") == 2);
    reading_free(&reading);
}

static void a_sub_question_is_found_by_both_of_its_codes(void **state)
{
    (void)state;
    static const struct {
        const char *item, *heading;
    } names[] = {
        {ITEM("Q1[SQ001]"), "Q1[SQ001]"},
        {ITEM("Q1[SQ001]"), "Q1_SQ001"},
        {ITEM("Q1_SQ001"), "Q1[SQ001]"},
        {ITEM("Q1[SQ001][1]"), "Q1_SQ001_0"},
        {ITEM("Q1_SQ001_1"), "Q1[SQ001][2]"},
        {ITEM("Q1[2]"), "Q1_2"}, /* a rank */
        {ITEM("Q1_SQ001_SQ002"), "Q1[SQ001_SQ002]"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_reads(names[i].item, names[i].heading, "3", 3);
}

static void codes_that_are_the_same_in_two_columns_are_refused(void **state)
{
    (void)state;
    struct reading reading = read_lime(ITEM("Q1_A"), CODES "\"Q1[A]\";\"Q1_A\"\r\n"),
                   twice = read_lime(ITEM("Q1_A"), CODES "\"Q1[A]\";\"Q1[A]\"\r\n"),
                   items = read_lime(ITEM("Q1_A") "," ITEM("Q1[A]"), CODES "\"Q1[A]\"\r\n");
    assert_false(reading.refused != NULL); /* one of them is the very name */
    assert_refused(&twice, "column 'Q1_A' is there twice, as columns 7 and 8");
    assert_refused(&items, "column 7, 'Q1[A]', has the name or text of two items, 'Q1_A' and 'Q1[A]'");
    reading_free(&reading);
    reading_free(&twice);
    reading_free(&items);
}

/* ---- headings that are texts ---- */

static const char by_text[] =
    "{\"id\":\"m\",\"respondent\":\"token\",\"submitted\":\"submitdate\",\"items\":["
    "{\"id\":\"a\",\"nl\":\"Hoe goed kunt u ... [zoeken]\"},"
    "{\"id\":\"b\",\"nl\":\"Met AI [taal] werken\"},{\"id\":\"c\",\"en\":\"Your age\"}]}";

static void assert_found_by_text(const char *document)
{
    struct reading reading = read_as(by_text, "auto", document);
    assert_all_good(&reading, 2);
    assert_string_equal(note_of(&reading, "tool"), "limesurvey");
    const struct seen_response *response = &reading.responses[0];
    assert_string_equal(response->respondent, "t1");
    assert_true(answer_to(response, "a") == 1 && answer_to(response, "b") == 2 &&
                answer_to(response, "c") == 30);
    assert_true(response->submitted == INT64_C(1743336300000)); /* 2025-03-30 14:05 in summer time */
    assert_false(response->partial);
    assert_true(reading.responses[1].partial);
    reading_free(&reading);
}

#define TWO_ROWS                                                                                             \
    "\r\n" WHO("1") "\"1\";\"2\";\"30\"\r\n"                                                                 \
                    "\"2\";\"\";\"1\";\"nl\";\"9\";\"t2\";\"1\";\"\";\"\"" END

static void an_item_is_found_by_its_text_or_by_its_line_of_a_table(void **state)
{
    (void)state;
    assert_found_by_text(BOM "\"Response ID\";\"Date submitted\";\"Last page\";\"Start language\";\"Seed\";"
                             "\"Access code\";\"Hoe goed kunt u ...\n [zoeken]\";"
                             "\"Hoe goed kunt u ... [Met AI [taal] werken]\";\"Your age\"" TWO_ROWS);
    assert_found_by_text(
        BOM "\"id. Response ID\";\"submitdate. Date submitted\";\"lastpage. Last page\";"
            "\"startlanguage. Start language\";\"seed. Seed\";\"token. Access code\";"
            "\"Q1[SQ001]. Hoe goed kunt u ... [zoeken]\";"
            "\"Q1[SQ002]. Hoe goed kunt u ... [Met AI [taal] werken]\";\"Q2. Your age\"" TWO_ROWS);
    assert_found_by_text(
        BOM "\"id - Nummer\";\"submitdate - Verzonden\";\"lastpage - Laatste\";"
            "\"startlanguage - Taal\";\"seed - Seed\";\"token - Toegangscode\";"
            "\"Q1_SQ001 - Hoe goed kunt u ... [zoeken]\";"
            "\"Q1_SQ002 - Hoe goed kunt u ... [Met AI [taal] werken]\";\"Q2 - Your age\"" TWO_ROWS);
    /* "Convert spaces in question text to underscores" */
    assert_found_by_text(BOM "\"Response_ID\";\"Date_submitted\";\"Last_page\";\"Start_language\";\"Seed\";"
                             "\"Access_code\";\"Hoe_goed_kunt_u_..._[zoeken]\";"
                             "\"Hoe_goed_kunt_u_..._[Met_AI_[taal]_werken]\";\"Your_age\"" TWO_ROWS);
}

/* The texts of LimeSurvey's own columns are in the language of the one who exports. */
static void the_first_columns_are_known_in_any_language(void **state)
{
    (void)state;
    static const char instrument[] =
        "{\"id\":\"m\",\"respondent\":\"Toegangscode\",\"submitted\":\"Datum verstuurd\",\"items\":["
        "{\"id\":\"a\",\"nl\":\"zoeken\"}]}";
    struct reading reading = read_as(
        instrument, "auto",
        BOM
        "\"Nummer\";\"Datum verstuurd\";\"Laatste pagina\";\"Taal\";\"Toegangscode\";\"Kunt u [zoeken]\"\r\n"
        "\"1\";\"\";\"2\";\"nl-informal\";\"t1\";\"3\"\r\n"
        "\"2\";\"1980-01-01 00:00:00\";\"4\";\"en\";\"t2\";\"4\"" END);
    assert_all_good(&reading, 2);
    assert_string_equal(note_of(&reading, "tool"), "limesurvey");
    assert_true(reading.responses[0].partial);
    assert_false(reading.responses[1].partial);
    assert_true(reading.responses[1].submitted == WZ_NO_TIME); /* of a survey that keeps no times */
    assert_true(answer_to(&reading.responses[1], "a") == 4);
    reading_free(&reading);
}

static void a_few_of_its_columns_are_enough(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "submitdate;lastpage;token;Q1\r\n;1;t1;3\r\n",
        "submitdate;token;Q1;Q2[A]\r\n;t1;3;1\r\n",
        "token. Token;submitdate. Verzonden;Q1. Vraag;Q2[A]. Ander\r\nt1;;3;1\r\n",
        "Token;Date submitted;Last page;Q1\r\nt1;;1;3\r\n",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct reading reading = read_lime(ITEM("Q1"), documents[i]);
        assert_all_good(&reading, 1);
        assert_string_equal(note_of(&reading, "tool"), "limesurvey");
        assert_true(reading.responses[0].partial);
        reading_free(&reading);
    }
}

/* A file that only looks like one is read all the same. */
static void a_column_is_found_by_its_heading_too(void **state)
{
    (void)state;
    static const char instrument[] = "{\"id\":\"m\",\"respondent\":\"nr\",\"submitted\":\"seen\","
                                     "\"items\":[{\"id\":\"age\"}]}";
    struct reading reading =
        read_as(instrument, "auto", "nr;seen;age;taal\r\n1;2025-03-30 14:05:00;34;nl\r\n");
    assert_all_good(&reading, 1);
    assert_true(answer_to(&reading.responses[0], "age") == 34);
    assert_true(reading.responses[0].submitted == INT64_C(1743336300000));
    reading_free(&reading);
}

static void other_files_are_not_taken_for_limesurvey(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "id;token;Q1\r\n1;t1;3\r\n",
        "token;submitdate;Q1\r\nt1;;3\r\n",
        "nr;date;page;taal;token;Q1\r\n1;2025-03-30;1;nl;t1;3\r\n",
        "nr;date;page;taal;token;Q1\r\n1;;1;Nederlands;t1;3\r\n",
        "nr;date;page;taal;token;Q1\r\n1;;1;nl;t1;3\r\n",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct reading reading = read_lime(ITEM("Q1"), documents[i]);
        assert_all_good(&reading, 1);
        assert_string_equal(note_of(&reading, "tool"), "");
        assert_false(reading.responses[0].partial);
        reading_free(&reading);
    }
}

/* ---- answers ---- */

#define LABELLED                                                                                             \
    "{\"id\":\"a\",\"labels\":{\"A1\":1,\"A2\":2,\"Helemaal mee oneens\":1,\"Mee eens, denk "                \
    "ik\":2,\"5\":50}}"

static void answers_are_codes_or_texts_or_both(void **state)
{
    (void)state;
    assert_reads(LABELLED, "a", "A2", 2);
    assert_reads(LABELLED, "a", "Mee  EENS, denk\nik", 2);
    assert_reads(LABELLED, "a", "Mee eens, denk ik [A2]", 2);
    assert_reads(LABELLED, "a", "Mee eens, denk ik (A2)", 2);
    assert_reads(LABELLED, "a", "[A2] Mee eens, denk ik", 2);
    assert_reads(LABELLED, "a", "A2. Mee eens, denk ik", 2);
    assert_reads(LABELLED, "a", "A2 - Mee eens, denk ik", 2);
    assert_reads(LABELLED, "a", "A2: anders geschreven", 2);
    assert_reads(LABELLED, "a", "3", 3);
    assert_reads(LABELLED, "a", "5", 50); /* a label that is itself a number */
}

static void assert_wrong(const char *cell, const char *said)
{
    char *document = mem_format(CODES "\"a\"\r\n" WHO("1") "\"%s\"\r\n", cell);
    char *instrument =
        mem_format("{\"id\":\"m\",\"labels\":{\"eens\":4,\"a22\":9},\"items\":[%s]}", LABELLED);
    struct reading reading = read_as(instrument, "auto", document);
    assert_one_problem(&reading, 2, "a", said);
    reading_free(&reading);
    free(instrument);
    free(document);
}

static void the_nearest_answer_is_the_item_s_before_the_instrument_s(void **state)
{
    (void)state;
    assert_wrong("A1 [A2]", "is neither a number nor a known answer"); /* contradicts itself */
    assert_wrong("helemaal mee onens", "did you mean 'helemaal mee oneens'?");
    assert_wrong("een", "did you mean 'eens'?");
    assert_wrong("a23", "did you mean 'a2'?");
    assert_wrong("a2.", "did you mean 'a2'?");
    assert_wrong("Eens (soms)", "is neither a number nor a known answer"); /* another answer than "eens" */
    assert_wrong("Eens - meestal", "is neither a number nor a known answer");
    assert_wrong("Eens. Of niet", "is neither a number nor a known answer");
}

static void labels_of_an_item_come_before_the_instrument_s(void **state)
{
    (void)state;
    static const char instrument[] = "{\"id\":\"m\",\"labels\":{\"A1\":5,\"A2\":4},\"items\":["
                                     "{\"id\":\"a\",\"labels\":{\"A1\":1}},{\"id\":\"b\"}]}";
    struct reading reading =
        read_as(instrument, "auto",
                CODES "\"a\";\"b\"\r\n" WHO("1") "\"A1\";\"A1\"\r\n" WHO("2") "\"A2\";\"A2\"\r\n");
    assert_all_good(&reading, 2);
    assert_true(answer_to(&reading.responses[0], "a") == 1 && answer_to(&reading.responses[0], "b") == 5);
    assert_true(answer_to(&reading.responses[1], "a") == 4 && answer_to(&reading.responses[1], "b") == 4);
    reading_free(&reading);
}

static void what_limesurvey_itself_writes_is_known(void **state)
{
    (void)state;
    assert_reads(ITEM("a"), "a", "Y", 1);
    assert_reads(ITEM("a"), "a", "N", 0);
    assert_reads(ITEM("a"), "a", "Ja", 1);
    assert_reads(ITEM("a"), "a", "Nee", 0);
    assert_reads(ITEM("a"), "a", "Yes", 1);
    assert_reads(ITEM("a"), "a", "No", 0);
    assert_reads(ITEM("a"), "a", "-oth-", NAN);
    assert_reads(ITEM("a"), "a", "N/A", NAN);
    assert_reads("{\"id\":\"a\",\"labels\":{\"Y\":7,\"-oth-\":8}}", "a", "Y", 7);
    assert_reads("{\"id\":\"a\",\"labels\":{\"Y\":7,\"-oth-\":8}}", "a", "-oth-", 8);
    assert_reads(ITEM("a"), "a", "1.234", 1.234); /* its decimals have points */
}

static void an_empty_cell_has_a_label_where_the_response_was_sent_off(void **state)
{
    (void)state;
    static const char box[] = "{\"id\":\"Q1[A]\",\"labels\":{\"Y\":1,\"\":0}}";
    assert_reads(box, "Q1[A]", "", 0);
    assert_reads(box, "Q1[A]", "Y", 1);
    assert_reads(LABELLED, "a", "", NAN);
    struct reading reading =
        read_lime(box, CODES "\"Q1[A]\"\r\n\"1\";\"\";\"1\";\"nl\";\"1\";\"t1\";\"\"\r\n");
    assert_all_good(&reading, 1);
    assert_int_equal(reading.responses[0].answer_count, 0);
    reading_free(&reading);
}

/* ---- hostile ---- */

static void broken_headings_end_in_a_clear_word(void **state)
{
    (void)state;
    static const char *const headings[] = {"\"[\"",    "\"]\"",    "\"[]\"",    "\"Q1[\"",
                                           "\"Q1[]\"", "\"Q1[A\"", "\"Q1]A[\"", "\"[[[[]\"",
                                           "\"\"",     "\"_\"",    "\"][1]\"",  "\"[1]\""};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        char *by_code = mem_format(CODES "%s\r\n", headings[i]);
        char *by_both = mem_format("submitdate. Date submitted;lastpage. Last page;%s\r\n", headings[i]);
        struct reading first = read_lime(ITEM("Q1_A"), by_code), second = read_lime(ITEM("Q1_A"), by_both);
        assert_refused(&first, "column 'Q1_A' is missing");
        assert_refused(&second, "column 'Q1_A' is missing");
        reading_free(&first);
        reading_free(&second);
        free(by_code);
        free(by_both);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_export_is_read),
        cmocka_unit_test(a_sub_question_is_found_by_both_of_its_codes),
        cmocka_unit_test(codes_that_are_the_same_in_two_columns_are_refused),
        cmocka_unit_test(an_item_is_found_by_its_text_or_by_its_line_of_a_table),
        cmocka_unit_test(the_first_columns_are_known_in_any_language),
        cmocka_unit_test(a_few_of_its_columns_are_enough),
        cmocka_unit_test(a_column_is_found_by_its_heading_too),
        cmocka_unit_test(other_files_are_not_taken_for_limesurvey),
        cmocka_unit_test(answers_are_codes_or_texts_or_both),
        cmocka_unit_test(the_nearest_answer_is_the_item_s_before_the_instrument_s),
        cmocka_unit_test(labels_of_an_item_come_before_the_instrument_s),
        cmocka_unit_test(what_limesurvey_itself_writes_is_known),
        cmocka_unit_test(an_empty_cell_has_a_label_where_the_response_was_sent_off),
        cmocka_unit_test(broken_headings_end_in_a_clear_word),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
