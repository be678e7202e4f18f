/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headings that are questions, and headings that are there twice: nothing is guessed. */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INSTRUMENT(items) "{\"id\":\"m\",\"respondent\":\"token\",\"items\":[" items "]}"

static const char questions[] =
    INSTRUMENT("{\"id\":\"a\",\"nl\":\"Ik weet  hoe AI werkt\",\"en\":\"I know how AI works\"},"
               "{\"id\":\"b\",\"nl\":\"Ik gebruik het, elke dag\",\"en\":\"I use it every day\"}");

static void assert_a_is_1_and_b_2(const char *document, const char *items_by)
{
    struct reading reading = read_as(questions, "auto", document);
    assert_all_good(&reading, 1);
    assert_true(answer_to(&reading.responses[0], "a") == 1 && answer_to(&reading.responses[0], "b") == 2);
    assert_string_equal(note_of(&reading, "items_by"), items_by);
    reading_free(&reading);
}

static void an_item_is_found_by_its_id_or_its_text(void **state)
{
    (void)state;
    assert_a_is_1_and_b_2("token,a,b\nr1,1,2\n", "id");
    assert_a_is_1_and_b_2("token,Ik weet hoe AI werkt,\"Ik gebruik het, elke dag\"\nr1,1,2\n", "text");
    assert_a_is_1_and_b_2("token,I use it every day,I know how AI works\nr1,2,1\n", "text");
    assert_a_is_1_and_b_2("token;\"IK WEET\n hoe ai   werkt\";b\nr1;1;2\n", "id and text");
}

static void an_id_goes_before_a_text(void **state)
{
    (void)state;
    assert_a_is_1_and_b_2("token,a,Ik weet hoe AI werkt,b\nr1,1,5,2\n", "id");
}

static void letters_beyond_ascii_are_the_same_however_they_are_written(void **state)
{
    (void)state;
    static const char accents[] = INSTRUMENT("{\"id\":\"a\",\"nl\":\"Co\u00f6rdinatie \u00e9n\u00a0zorg\"},"
                                             "{\"id\":\"b\",\"nl\":\"Coordinatie en zorg\"}");
    struct reading reading = read_as(accents, "auto",
                                     "token,COO\xcc\x88RDINATIE E\xcc\x81N ZORG,coordinatie en\xc2\xa0zorg\n"
                                     "r1,1,2\n");
    assert_all_good(&reading, 1);
    assert_true(answer_to(&reading.responses[0], "a") == 1);
    assert_true(answer_to(&reading.responses[0], "b") == 2);
    reading_free(&reading);
}

static void assert_heading_refused(const char *instrument, const char *heading, const char *said)
{
    struct reading reading = read_as(instrument, "auto", heading);
    assert_refused(&reading, said);
    assert_int_equal(reading.response_count, 0);
    reading_free(&reading);
}

static void a_text_that_two_columns_have_is_refused(void **state)
{
    (void)state;
    assert_heading_refused(questions, "token,ik weet hoe ai werkt,b,I know how AI works\nr1,1,2,3\n",
                           "columns 2, 'ik weet hoe ai werkt', and 4, 'I know how AI works', both have the "
                           "text of item 'a', and which is meant is not known");
}

static void a_text_that_two_items_have_is_refused(void **state)
{
    (void)state;
    static const char same[] = INSTRUMENT("{\"id\":\"a\",\"nl\":\"Vraag\"},{\"id\":\"b\",\"en\":\"VRAAG\"}");
    assert_heading_refused(same, "token,vraag\nr1,1\n",
                           "column 2, 'vraag', has the text of two items, 'a' and 'b'");
}

static void a_text_is_not_looked_for_where_a_name_is(void **state)
{
    (void)state;
    static const char like[] = INSTRUMENT("{\"id\":\"a\",\"nl\":\"Token\"},{\"id\":\"b\",\"nl\":\"a\"}");
    assert_heading_refused(like, "token,a\nr1,1\n",
                           "column 'b' is missing, and so is one with the item's text");
    struct reading reading = read_as(like, "auto", "token,Token,b\nr1,1,2\n");
    assert_all_good(&reading, 1);
    reading_free(&reading);
}

static void an_empty_text_finds_nothing(void **state)
{
    (void)state;
    static const char empty[] = INSTRUMENT("{\"id\":\"a\",\"nl\":\"\",\"en\":\"  \"}");
    assert_heading_refused(empty, "token,x,\nr1,1,2\n", "column 'a' is missing");
}

static void a_name_that_is_there_twice_matters_where_it_is_needed(void **state)
{
    (void)state;
    struct reading good =
        read_document("token,x,date,year,school,x,team,a,b,c,x,,\nr1,1,,2025,S,2,A,1,2,3,,,\n");
    assert_all_good(&good, 1);
    reading_free(&good);
    assert_heading_refused(questions, "token,a,b,a,a\nr1,1,2,3,4\n",
                           "column 'a' is there twice, as columns 2 and 4, and which is meant is not known");
    assert_heading_refused(questions, "token,a,b,token\nr1,1,2,3\n", "column 'token' is there twice");
}

/* For the function that makes the wave: a name of two columns is no name. */
static void a_row_goes_without_what_is_there_twice(void **state)
{
    (void)state;
    static const char made[] = "{\"id\":\"m\",\"respondent\":\"token\",\"wave_function\":true,"
                               "\"items\":[{\"id\":\"a\"}]}";
    struct reading reading = read_as(made, "auto", "token,x,a,x,y,,\nr1,1,2,3,4\n");
    assert_all_good(&reading, 1);
    const struct seen_response *response = &reading.responses[0];
    static const char *const columns[] = {"token", "a", "y"}, *const texts[] = {"r1", "2", "4"};
    assert_int_equal(response->cell_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(response->cells[i].column, columns[i]);
        assert_string_equal(response->cells[i].text, texts[i]);
    }
    reading_free(&reading);
}

/* A question of a page long, with line breaks, is the heading of a column with a bad answer. */
static void a_long_heading_is_shown_short(void **state)
{
    (void)state;
    static const char instrument[] = INSTRUMENT("{\"id\":\"a\",\"range\":[1,5],\"nl\":\"Eerste regel "
                                                "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                                "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                                "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                                "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                                "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\"}");
    struct reading reading = read_as(instrument, "auto",
                                     "token,\"Eerste\nregel "
                                     "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                     "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                     "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                     "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                     "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\"\nr1,9\n");
    assert_int_equal(reading.problem_count, 1);
    assert_true(strlen(reading.problems[0].column) <= 80);
    assert_non_null(strstr(reading.problems[0].column, "Eerste regel \u00e9"));
    assert_string_equal(reading.problems[0].column + strlen(reading.problems[0].column) - 3, "...");
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_is_found_by_its_id_or_its_text),
        cmocka_unit_test(an_id_goes_before_a_text),
        cmocka_unit_test(letters_beyond_ascii_are_the_same_however_they_are_written),
        cmocka_unit_test(a_text_that_two_columns_have_is_refused),
        cmocka_unit_test(a_text_that_two_items_have_is_refused),
        cmocka_unit_test(a_text_is_not_looked_for_where_a_name_is),
        cmocka_unit_test(an_empty_text_finds_nothing),
        cmocka_unit_test(a_name_that_is_there_twice_matters_where_it_is_needed),
        cmocka_unit_test(a_row_goes_without_what_is_there_twice),
        cmocka_unit_test(a_long_heading_is_shown_short),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
