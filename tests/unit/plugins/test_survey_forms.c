/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of SurveyMonkey ("Exporting Survey Data" of its help: "All responses data", "Actual answer text"),
 * Microsoft Forms ("Check and share your form results" of Microsoft's support) and Google Forms ("View &
 * manage form responses" of its help). Times are those of Python's zoneinfo.
 */
#include "survey_case.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2024-05-01 10:00 in Amsterdam */
#define MAY_1 1714550400000

#define LABELS "\"labels\":{\"Mee eens\":4,\"Mee oneens\":2}"

static void assert_answers(const struct seen_response *response, const char *items, const double *expected)
{
    for (size_t i = 0; items[i]; i++) {
        const double answer = answer_to(response, (const char[]){items[i], '\0'});
        if (!(answer == expected[i] || (isnan(answer) && isnan(expected[i]))))
            fail_msg("row %llu: %c is %g instead of %g", (unsigned long long)response->row, items[i], answer,
                     expected[i]);
    }
}

/* ---- SurveyMonkey ----------------------------------------------------------------------------------------
 */

#define MONKEY                                                                                               \
    "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,"          \
    "Ik gebruik AI,Welke gebruik je?,,,Hoe vaak?,,Wat nog?\n"                                                \
    ",,,,,,,,Response,ChatGPT,Copilot,Anders (geef nadere toelichting),In de les,Thuis,Open-Ended "          \
    "Response\n"
#define MONKEY_ROW(id, date) id ",9,x," date ",1.2.3.4,,,,"

static const char monkey[] =
    "{\"id\":\"m\",\"respondent\":\"Respondent ID\",\"submitted\":\"End Date\"," LABELS ",\"items\":["
    "{\"id\":\"a\",\"nl\":\"ik gebruik  AI\"},{\"id\":\"b\",\"nl\":\"Welke gebruik je? - ChatGPT\"},"
    "{\"id\":\"c\",\"nl\":\"Copilot\"},{\"id\":\"d\",\"nl\":\"Hoe vaak? - In de "
    "les\"},{\"id\":\"e\",\"nl\":\"Thuis\"}]}";

static void surveymonkey_has_questions_above_their_parts(void **state)
{
    (void)state;
    struct reading reading =
        read_as(monkey, "auto",
                MONKEY MONKEY_ROW("1", "05/01/2024 10:00:00 AM") "Mee eens,ChatGPT,,,5,,x\n" //
                MONKEY_ROW("2", "05/13/2024 10:00:00 PM") "mee oneens,,,TeamAI,,2,\n"        //
                MONKEY_ROW("3", "05/01/2024 12:30:00 AM") ",,,,,,\n");
    assert_all_good(&reading, 3);
    assert_string_equal(note_of(&reading, "tool"), "surveymonkey");
    assert_string_equal(note_of(&reading, "date_order"), "month-first");
    assert_int_equal(reading.responses[0].row, 3);
    assert_answers(&reading.responses[0], "abcde", (const double[]){4, 1, 0, 5, NAN});
    assert_answers(&reading.responses[1], "abcde", (const double[]){2, NAN, NAN, NAN, 2});
    assert_answers(&reading.responses[2], "abcde", (const double[]){NAN, NAN, NAN, NAN, NAN});
    assert_true(reading.responses[0].submitted == MAY_1);
    assert_true(reading.responses[1].submitted == MAY_1 + (12 * 24 + 12) * 3600000LL);
    assert_true(reading.responses[2].submitted == MAY_1 - 34200000); /* half past midnight */
    reading_free(&reading);
}

/* A spreadsheet leaves out what is empty at the end of a row, and so of the questions. */
static void the_row_of_questions_may_be_the_shorter_one(void **state)
{
    (void)state;
    static const char part[] = "{\"id\":\"m\",\"items\":[{\"id\":\"a\",\"nl\":\"Hoe vaak? - Thuis\"}]}";
    struct reading reading = read_as(part, "auto", "Respondent ID,Hoe vaak?\n,In de les,Thuis\n1,4,5\n");
    assert_all_good(&reading, 1);
    assert_answers(&reading.responses[0], "a", (const double[]){5});
    reading_free(&reading);
}

/* Of one column, the second row does not matter: it may be in any language. */
static void a_question_of_one_column_goes_by_its_text_alone(void **state)
{
    (void)state;
    static const char one[] =
        "{\"id\":\"m\",\"items\":[{\"id\":\"a\",\"nl\":\"Vraag\"},{\"id\":\"Andere\"}]}";
    struct reading reading = read_as(one, "auto", "Respondent ID,Vraag,Andere\n,R\u00e9ponse,\n1,4,5\n");
    assert_all_good(&reading, 1);
    assert_answers(&reading.responses[0], "a", (const double[]){4});
    reading_free(&reading);
}

static void a_part_that_two_questions_have_is_not_guessed(void **state)
{
    (void)state;
    static const char part[] = "{\"id\":\"m\",\"items\":[{\"id\":\"a\",\"nl\":\"Thuis\"}]}";
    struct reading reading =
        read_as(part, "auto", "Respondent ID,Hoe vaak?,,Hoe lang?,\n,Les,Thuis,Les,Thuis\n1,1,2,3,4\n");
    assert_refused(&reading, "both have the text of item 'a', and which is meant is not known");
    reading_free(&reading);
}

/* ---- Microsoft Forms -------------------------------------------------------------------------------------
 */

#define MICROSOFT "ID;Begintijd;Tijd van voltooien;E-mail;Naam;Ik gebruik\u00a0AI\u00a0;Welke gebruik je?\n"

static const char microsoft[] =
    "{\"id\":\"m\",\"respondent\":\"ID\",\"submitted\":\"Tijd van voltooien\"," LABELS ",\"items\":["
    "{\"id\":\"a\",\"nl\":\"Ik gebruik AI\"},{\"id\":\"b\",\"nl\":\"Welke gebruik je? - ChatGPT\"},"
    "{\"id\":\"c\",\"nl\":\"Welke gebruik je? - Een ander\"}]}";

static void microsoft_forms_has_several_answers_in_a_cell(void **state)
{
    (void)state;
    struct reading reading =
        read_as(microsoft, "auto",
                MICROSOFT "1;x;1-5-2024 10:00:00;anonymous;;Mee\u00a0eens;\"ChatGPT;Een ander;\"\n"
                          "2;x;13-5-2024 9:05;anonymous;;Mee oneens;\"Copilot;\"\n"
                          "3;x;1-5-2024 10:00;anonymous;;;\n");
    assert_all_good(&reading, 3);
    assert_string_equal(note_of(&reading, "tool"), "microsoft forms");
    assert_string_equal(note_of(&reading, "date_order"), "day-first");
    assert_answers(&reading.responses[0], "abc", (const double[]){4, 1, 1});
    assert_answers(&reading.responses[1], "abc", (const double[]){2, 0, 0});
    assert_answers(&reading.responses[2], "abc", (const double[]){NAN, NAN, NAN});
    assert_true(reading.responses[0].submitted == MAY_1);
    assert_true(reading.responses[1].submitted == MAY_1 + 12 * 24 * 3600000LL - 55 * 60000);
    reading_free(&reading);
}

/* Where the heading is longer than what is looked at first, no order is guessed either. */
static void dashes_below_a_long_heading_are_not_guessed(void **state)
{
    (void)state;
    char *question = mem_alloc(40 * 1024 + 1);
    memset(question, 'q', 40 * 1024);
    char *document = mem_format("ID;Begintijd;Tijd van voltooien;E-mail;Naam;Ik gebruik AI;%s;%s\n"
                                "1;x;5-1-24 10:00;a;;4;;\n",
                                question, question);
    static const char item[] =
        "{\"id\":\"m\",\"submitted\":\"Tijd van voltooien\",\"items\":[{\"id\":\"Ik gebruik AI\"}]}";
    struct reading reading = read_as(item, "auto", document);
    assert_one_problem(&reading, 2, "Tijd van voltooien", "the day first or the month");
    reading_free(&reading);
    free(document);
    free(question);
}

/* All of them would be one respondent, of whom the last answers count. */
static void whom_the_form_does_not_know_is_no_respondent(void **state)
{
    (void)state;
    static const char mail[] =
        "{\"id\":\"m\",\"respondent\":\"E-mail\",\"items\":[{\"id\":\"Ik gebruik AI\"}]}";
    struct reading reading = read_as(mail, "auto",
                                     "ID,Begintijd,Tijd van voltooien,E-mail,Naam,Ik gebruik AI\n"
                                     "1,x,x,Anonymous,,4\n2,x,x,a@school.example,,4\n");
    assert_one_problem(&reading, 2, "E-mail", "the respondent is anonymous");
    assert_int_equal(reading.response_count, 1);
    reading_free(&reading);
}

/* A Dutch Excel writes the American format of Forms with Dutch dashes: 5-1-24 is 1 May. */
static void dashes_of_microsoft_forms_tell_nothing(void **state)
{
    (void)state;
    struct reading settled = read_as(microsoft, "auto",
                                     MICROSOFT "1;x;5-1-24 10:00:00;a;;4;\n"
                                               "2;x;5-13-24 10:00:00;a;;4;\n");
    assert_all_good(&settled, 2);
    assert_string_equal(note_of(&settled, "date_order"), "month-first");
    assert_true(settled.responses[0].submitted == MAY_1);
    reading_free(&settled);
    struct reading open = read_as(microsoft, "auto", MICROSOFT "1;x;5-1-24 10:00:00;a;;4;\n");
    assert_refused(&open, "none of them tells which; set the feed's key 'dates' to day-first or month-first");
    reading_free(&open);
}

static void an_english_heading_is_known_too(void **state)
{
    (void)state;
    static const char english[] = "{\"id\":\"m\",\"respondent\":\"Id\",\"submitted\":\"Completion time\","
                                  "\"items\":[{\"id\":\"a\",\"en\":\"Vraag\"}]}";
    struct reading reading =
        read_as(english, "auto",
                "Id,Start time,Completion time,Email,Name,Vraag\n1,5/30/24 9:00:00,5/30/24 10:00:00,a,,4\n");
    assert_all_good(&reading, 1);
    assert_string_equal(note_of(&reading, "tool"), "microsoft forms");
    assert_true(reading.responses[0].submitted == MAY_1 + 29 * 24 * 3600000LL);
    reading_free(&reading);
}

/* ---- Google Forms ----------------------------------------------------------------------------------------
 */

static const char google[] =
    "{\"id\":\"m\",\"submitted\":\"Tijdstempel\",\"missing\":[\"n.v.t.\"]," LABELS ",\"items\":["
    "{\"id\":\"a\",\"nl\":\"Ik gebruik AI\"},{\"id\":\"b\",\"nl\":\"Welke? - ChatGPT\"},"
    "{\"id\":\"c\",\"nl\":\"Welke? - Ja, soms\"},{\"id\":\"d\",\"nl\":\"Thuis\"},{\"id\":\"e\",\"nl\":\"Hoe "
    "vaak? [In de les]\"}]}";
#define GOOGLE "Tijdstempel,Ik gebruik AI,Welke?,Hoe vaak? [Thuis],Hoe vaak? [In de les]\n"

static void google_forms_has_several_answers_and_tables(void **state)
{
    (void)state;
    struct reading reading = read_as(google, "auto",
                                     GOOGLE "2024/05/01 10:00:00 AM CEST,Mee eens,\"ChatGPT, Ja, soms\",1,2\n"
                                            "2024/05/01 10:00:00 p.m. GMT+2,Mee oneens,Copilot,,\n"
                                            "1-5-2024 9:00:00,4,N.v.t.,,\n");
    assert_all_good(&reading, 3);
    assert_string_equal(note_of(&reading, "tool"), "google forms");
    assert_answers(&reading.responses[0], "abcde", (const double[]){4, 1, 1, 1, 2});
    assert_answers(&reading.responses[1], "abcde", (const double[]){2, 0, 0, NAN, NAN});
    assert_answers(&reading.responses[2], "abcde", (const double[]){4, NAN, NAN, NAN, NAN});
    assert_true(reading.responses[0].submitted == MAY_1);
    assert_true(reading.responses[1].submitted == MAY_1 + 12 * 3600000);
    assert_true(reading.responses[2].submitted == MAY_1 - 3600000);
    reading_free(&reading);
}

/* A line may be called as one of its answers is. */
static void a_line_of_a_table_is_no_choice(void **state)
{
    (void)state;
    static const char line[] =
        "{\"id\":\"m\",\"labels\":{\"Thuis\":3},\"items\":[{\"id\":\"a\",\"nl\":\"Thuis\"}]}";
    struct reading reading = read_as(line, "auto", "Tijdstempel,Waar? [Thuis]\nx,Thuis\n");
    assert_all_good(&reading, 1);
    assert_answers(&reading.responses[0], "a", (const double[]){3});
    reading_free(&reading);
}

/* A choice that is declared is one that a range can refuse. */
static void a_choice_outside_its_range_is_a_problem(void **state)
{
    (void)state;
    static const char item[] =
        "{\"id\":\"m\",\"items\":[{\"id\":\"b\",\"nl\":\"Welke? - ChatGPT\",\"range\":[1,5]}]}";
    struct reading reading = read_as(item, "auto", "Tijdstempel,Welke?\nx,Copilot\n");
    assert_one_problem(&reading, 2, "Welke?", "answer 0 is outside 1-5");
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surveymonkey_has_questions_above_their_parts),
        cmocka_unit_test(the_row_of_questions_may_be_the_shorter_one),
        cmocka_unit_test(a_question_of_one_column_goes_by_its_text_alone),
        cmocka_unit_test(a_part_that_two_questions_have_is_not_guessed),
        cmocka_unit_test(microsoft_forms_has_several_answers_in_a_cell),
        cmocka_unit_test(dashes_below_a_long_heading_are_not_guessed),
        cmocka_unit_test(whom_the_form_does_not_know_is_no_respondent),
        cmocka_unit_test(dashes_of_microsoft_forms_tell_nothing),
        cmocka_unit_test(an_english_heading_is_known_too),
        cmocka_unit_test(google_forms_has_several_answers_and_tables),
        cmocka_unit_test(a_line_of_a_table_is_no_choice),
        cmocka_unit_test(a_choice_outside_its_range_is_a_problem),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
