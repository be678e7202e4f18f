/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of Qualtrics, written to "Understanding Your Dataset" of its support pages (the three rows of the
 * heading; Status, Finished and DistributionChannel as words and as numbers) and "Export Options" there
 * (choice texts or values, several answers in one cell or a column for each). Times are those of Python's
 * zoneinfo.
 */
#include "survey_case.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define IMPORT(id) "\"{\"\"ImportId\"\":\"\"" id "\"\"}\""
#define CHOICE(id, choice) "\"{\"\"ImportId\"\":\"\"" id "\"\",\"\"choiceId\"\":\"\"" choice "\"\"}\""
#define DATE_IN(id, zone) "\"{\"\"ImportId\"\":\"\"" id "\"\",\"\"timeZone\"\":\"\"" zone "\"\"}\""

#define OWN_CODES "StartDate,EndDate,Status,Finished,ResponseId,DistributionChannel,"
#define OWN_TEXTS "Start Date,End Date,Response Type,Finished,Response ID,Distribution Channel,"
#define OWN_IMPORTS(zone)                                                                                    \
    DATE_IN("startDate", zone)                                                                               \
    "," DATE_IN("endDate", zone) "," IMPORT("status") "," IMPORT("finished") "," IMPORT(                     \
        "_recordId") "," IMPORT("distributionChannel") ","

/* The second text has a line break, tags and entities, as its editor leaves them. */
#define HEADING_IN(zone)                                                                                     \
    OWN_CODES                                                                                                \
    "Q1,Q2,Q2\n" OWN_TEXTS                                                                                   \
    "Ik weet hoe AI werkt,\"<p>Ik gebruik&nbsp;AI<br />\nelke <strong>dag</strong> &amp; nacht</p>\","       \
    "Hoe vaak? - Caf&eacute;\n" OWN_IMPORTS(zone)                                                            \
        IMPORT("QID1") "," IMPORT("QID5") "," IMPORT("QID7_4") "\n"
#define THREE HEADING_IN("Europe/Amsterdam")
#define SENT "2024-05-01 09:58:00,2024-05-01 10:00:00,"

#define INSTRUMENT(items)                                                                                    \
    "{\"id\":\"m\",\"respondent\":\"ResponseId\",\"submitted\":\"EndDate\","                                 \
    "\"labels\":{\"Mee eens\":4,\"Mee oneens\":2},\"items\":[" items "]}"

static const char questions[] =
    INSTRUMENT("{\"id\":\"Q1\"},{\"id\":\"dag\",\"nl\":\"Ik gebruik AI elke dag & nacht\"},"
               "{\"id\":\"QID7_4\"}");

static struct reading read_three(const char *rows)
{
    char *document = mem_format("%s%s", THREE, rows);
    struct reading reading = read_as(questions, "auto", document);
    free(document);
    return reading;
}

static void three_rows_are_the_heading_and_columns_go_by_code_import_id_or_text(void **state)
{
    (void)state;
    struct reading reading = read_three(SENT "IP Address,True,R_1,anonymous,Mee eens,mee  ONEENS,3\n");
    assert_all_good(&reading, 1);
    const struct seen_response *response = &reading.responses[0];
    assert_string_equal(note_of(&reading, "tool"), "qualtrics");
    assert_string_equal(response->respondent, "R_1");
    assert_int_equal(response->row, 4);
    assert_false(response->partial);
    assert_true(response->submitted == 1714550400000); /* 08:00 UTC */
    assert_true(answer_to(response, "Q1") == 4);
    assert_true(answer_to(response, "dag") == 2);
    assert_true(answer_to(response, "QID7_4") == 3);
    reading_free(&reading);
}

static void a_file_without_answers_is_a_heading_still(void **state)
{
    (void)state;
    struct reading reading = read_three("");
    assert_all_good(&reading, 0);
    assert_string_equal(note_of(&reading, "tool"), "qualtrics");
    reading_free(&reading);
}

static void previews_and_tests_are_left_out_whatever_the_words(void **state)
{
    (void)state;
    static const char *const tries[] = {"Survey Preview,True,R,anonymous",
                                        "1,1,R,anonymous",
                                        "Survey Test,1,R,test",
                                        "2,1,R,test",
                                        "9,1,R,anonymous",
                                        "17,1,R,anonymous",
                                        "IP Address,True,R,preview"};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        char *rows = mem_format(SENT "%s,Mee eens,4,4\n" SENT "0,1,R_2,email,4,4,4\n", tries[i]);
        struct reading reading = read_three(rows);
        assert_all_good(&reading, 1);
        assert_string_equal(reading.responses[0].respondent, "R_2");
        assert_string_equal(note_of(&reading, "left_out"), "1");
        reading_free(&reading);
        free(rows);
    }
}

static void what_is_no_try_is_kept(void **state)
{
    (void)state;
    static const char *const kept[] = {"IP Address", "0",  "Imported", "4", "Spam",
                                       "8",          "12", "Offline",  "16"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        char *rows = mem_format(SENT "%s,1,R_1,anonymous,1,2,3\n", kept[i]);
        struct reading reading = read_three(rows);
        assert_all_good(&reading, 1);
        reading_free(&reading);
        free(rows);
    }
}

static void what_is_not_finished_is_partial(void **state)
{
    (void)state;
    struct reading reading =
        read_three(SENT "0,0,R_1,email,1,,\n" SENT "IP Address,False,R_2,email,1,,\n" SENT
                        "0,ONWAAR,R_3,email,1,,\n" SENT "0,1,R_4,email,1,,\n");
    assert_all_good(&reading, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(reading.responses[i].partial, i < 3);
    reading_free(&reading);
}

static void a_name_that_is_there_twice_is_told_with_what_tells_it_apart(void **state)
{
    (void)state;
    struct reading reading = read_as(INSTRUMENT("{\"id\":\"Q2\"}"), "auto", THREE);
    assert_refused(&reading,
                   "column 'Q2' is there twice, as columns 8 and 9, and which is meant is not known; "
                   "call it 'QID5' or 'QID7_4'");
    reading_free(&reading);
    struct reading by_text = read_as(INSTRUMENT("{\"id\":\"Q2\",\"nl\":\"Hoe vaak? - Café\"}"), "auto",
                                     THREE SENT "0,1,R_1,email,1,2,3\n");
    assert_all_good(&by_text, 1);
    assert_true(answer_to(&by_text.responses[0], "Q2") == 3);
    reading_free(&by_text);
}

static void a_column_is_one_item_s_whatever_that_is_called(void **state)
{
    (void)state;
    struct reading reading = read_as(INSTRUMENT("{\"id\":\"Q1\"},{\"id\":\"QID1\"}"), "auto", THREE);
    assert_refused(&reading, "column 7, 'Q1', has the name or text of two items, 'Q1' and 'QID1'");
    reading_free(&reading);
}

static void assert_sent(const char *document, long long milliseconds)
{
    struct reading reading = read_as(questions, "auto", document);
    assert_all_good(&reading, 1);
    if (reading.responses[0].submitted != milliseconds)
        fail_msg("%lld instead of %lld", (long long)reading.responses[0].submitted, milliseconds);
    reading_free(&reading);
}

#define ON(date) "x," date ",0,1,R_1,email,1,2,3\n"

/* Denver is seven hours behind, and six in summer: in 2024 from 10 March to 3 November. */
static void dates_are_of_the_zone_that_the_heading_names(void **state)
{
    (void)state;
    assert_sent(HEADING_IN("Z") ON("2024-05-01 10:00:00"), 1714557600000);
    assert_sent(HEADING_IN("UTC") ON("2024-05-01 10:00:00"), 1714557600000);
    assert_sent(HEADING_IN("Europe/Amsterdam") ON("2024-05-01 10:00:00"), 1714557600000 - 2 * 3600000);
    assert_sent(HEADING_IN("Europe/London") ON("2024-05-01 10:00:00"), 1714557600000 - 3600000);
    assert_sent(HEADING_IN("America/Denver") ON("2024-05-01 10:00:00"), 1714557600000 + 6 * 3600000);
    assert_sent(HEADING_IN("America/Denver") ON("2024-03-10 01:59:59"), 1710061199000);
    assert_sent(HEADING_IN("America/Denver") ON("2024-03-10 03:00:00"), 1710061200000);
    assert_sent(HEADING_IN("America/Denver") ON("2024-11-03 02:00:00"), 1730624400000);
    assert_sent(HEADING_IN("America/Denver") ON("2024-11-03 00:59:59"), 1730617199000);
}

static void a_zone_that_is_not_known_is_told(void **state)
{
    (void)state;
    struct reading reading =
        read_as(questions, "auto", HEADING_IN("Pacific/Auckland") ON("2024-05-01 10:00:00"));
    assert_refused(&reading, "time zone 'Pacific/Auckland', which is not known here");
    reading_free(&reading);
    static const char by_import[] = "{\"id\":\"m\",\"submitted\":\"endDate\",\"items\":[{\"id\":\"Q1\"}]}";
    struct reading named =
        read_as(by_import, "auto", HEADING_IN("Pacific/Auckland") ON("2024-05-01 10:00:00"));
    assert_refused(&named, "time zone 'Pacific/Auckland'"); /* which is no part of the column's name */
    reading_free(&named);
    static const char no_date[] = "{\"id\":\"m\",\"items\":[{\"id\":\"Q1\"}]}";
    struct reading without =
        read_as(no_date, "auto", HEADING_IN("Pacific/Auckland") ON("2024-05-01 10:00:00"));
    assert_all_good(&without, 1);
    reading_free(&without);
}

/* The legacy export: V1 to V10 above what they are. */
static void the_legacy_heading_has_two_rows(void **state)
{
    (void)state;
    static const char legacy[] = "{\"id\":\"m\",\"respondent\":\"ResponseID\",\"submitted\":\"EndDate\","
                                 "\"items\":[{\"id\":\"Q1\"},{\"id\":\"b\",\"nl\":\"Vraag twee\"}]}";
    struct reading reading = read_as(legacy, "auto",
                                     "V1,V7,V8,V9,V10,Q1,Q2\n"
                                     "ResponseID,Status,StartDate,EndDate,Finished,Vraag een,Vraag twee\n"
                                     "R_1,0,2015-05-01 09:00:00,2015-05-01 10:00:00,1,4,5\n"
                                     "R_2,1,2015-05-01 09:00:00,2015-05-01 10:00:00,1,4,5\n"
                                     "R_3,0,2015-05-01 09:00:00,2015-05-01 10:00:00,0,4,\n");
    assert_all_good(&reading, 2);
    assert_string_equal(note_of(&reading, "tool"), "qualtrics");
    assert_string_equal(note_of(&reading, "left_out"), "1");
    assert_true(answer_to(&reading.responses[0], "Q1") == 4 && answer_to(&reading.responses[0], "b") == 5);
    assert_true(reading.responses[0].submitted == 1430467200000); /* 08:00 UTC */
    assert_false(reading.responses[0].partial);
    assert_string_equal(reading.responses[1].respondent, "R_3");
    assert_true(reading.responses[1].partial);
    reading_free(&reading);
}

static void rows_that_somebody_took_out_of_the_heading_are_not_missed(void **state)
{
    (void)state;
    static const char items[] = INSTRUMENT("{\"id\":\"Q1\"}");
    struct reading two = read_as(items, "auto",
                                 OWN_CODES "Q1\n" OWN_TEXTS "Vraag\n" SENT "1,1,R_1,email,4\n" SENT
                                           "0,1,R_2,email,4\n"),
                   one = read_as(items, "auto",
                                 OWN_CODES "Q1\n" SENT "1,1,R_1,email,4\n" SENT "0,0,R_2,email,4\n");
    assert_all_good(&two, 1);
    assert_all_good(&one, 1);
    assert_string_equal(two.responses[0].respondent, "R_2");
    assert_true(one.responses[0].partial);
    reading_free(&two);
    reading_free(&one);
}

/* A row may be left off where it is empty: of the heading, and below it where the heading says nothing. */
static void rows_of_the_heading_may_have_other_lengths(void **state)
{
    (void)state;
    static const char items[] = "{\"id\":\"m\",\"items\":[{\"id\":\"Q1\"},{\"id\":\"b\",\"nl\":\"Twee\"}]}";
    struct reading reading =
        read_as(items, "auto", "Q1\nVraag,Twee\n" IMPORT("QID1") "," IMPORT("QID2") ",\n4,5\n4\n");
    assert_one_problem(&reading, 5, NULL, "the row has 1 fields and the heading 2");
    assert_int_equal(reading.response_count, 1);
    assert_true(answer_to(&reading.responses[0], "b") == 5);
    reading_free(&reading);
}

/* A heading that is longer than what is looked at first is known by all of its rows. */
static void a_heading_of_a_hundred_kibibytes_is_a_heading(void **state)
{
    (void)state;
    char *text = mem_alloc(50 * 1024 + 1);
    memset(text, 'q', 50 * 1024);
    char *document =
        mem_format("EndDate,Q1,Q2,Q3\nEnd Date,%s,%s,Vraag\n" DATE_IN("endDate", "Z") "," IMPORT(
                       "QID1") "," IMPORT("QID2") "," IMPORT("QID3") "\n2024-05-01 10:00:00,1,2,3\n",
                   text, text);
    struct reading reading =
        read_as("{\"id\":\"m\",\"submitted\":\"EndDate\",\"items\":[{\"id\":\"a\",\"nl\":\"vraag\"}]}",
                "auto", document);
    assert_all_good(&reading, 1);
    assert_string_equal(note_of(&reading, "tool"), "qualtrics");
    assert_true(reading.responses[0].submitted == 1714557600000);
    reading_free(&reading);
    free(document);
    free(text);
}

/* A question that somebody called Status is no Status. */
static void a_question_is_not_taken_for_a_column_of_qualtrics(void **state)
{
    (void)state;
    struct reading reading =
        read_as("{\"id\":\"m\",\"items\":[{\"id\":\"Q1\"}]}", "auto",
                "Status,Q1\nWat is je status?,Vraag\n" IMPORT("QID3") "," IMPORT("QID1") "\n1,4\n");
    assert_all_good(&reading, 1);
    reading_free(&reading);
    struct reading legacy = read_as("{\"id\":\"m\",\"items\":[{\"id\":\"Q1\"}]}", "auto",
                                    "StartDate,Status,Q1\nStart Date,Wat is je status?,Vraag\nx,1,4\n");
    assert_all_good(&legacy, 1);
    reading_free(&legacy);
}

#define TOOLS "Welke gebruik je? - Selected Choice - "
#define TOOL_HEADING                                                                                         \
    "ResponseId,Q3_1,Q3_2,Q3_3\nResponse ID," TOOLS "ChatGPT," TOOLS "Copilot," TOOLS "Geen\n" IMPORT(       \
        "_recordId") "," CHOICE("QID3", "1") "," CHOICE("QID3", "2") "," CHOICE("QID3", "3") "\n"

static void assert_chosen(const struct seen_response *response, double chatgpt, double copilot, double none)
{
    assert_true(answer_to(response, "Q3_1") == chatgpt);
    assert_true(answer_to(response, "QID3_2") == copilot);
    assert_true(answer_to(response, "geen") == none);
}

static void several_answers_in_columns_of_their_own_are_ones_and_noughts(void **state)
{
    (void)state;
    static const char choices[] = "{\"id\":\"m\",\"respondent\":\"ResponseId\",\"items\":[{\"id\":\"Q3_1\"},"
                                  "{\"id\":\"QID3_2\"},{\"id\":\"geen\",\"nl\":\"Geen\"}]}";
    struct reading reading =
        read_as(choices, "auto", TOOL_HEADING "R_1,ChatGPT,Copilot,\nR_2,,,Geen\nR_3,,,\nR_4,1,,\n");
    assert_all_good(&reading, 4);
    assert_chosen(&reading.responses[0], 1, 1, 0);
    assert_chosen(&reading.responses[1], 0, 0, 1);
    assert_int_equal(reading.responses[2].answer_count, 0); /* not asked, or passed over */
    assert_chosen(&reading.responses[3], 1, 0, 0);
    reading_free(&reading);
}

/* What somebody wrote beside a choice has a column between those of the others. */
static void a_text_among_the_choices_does_not_end_their_question(void **state)
{
    (void)state;
    static const char choices[] = "{\"id\":\"m\",\"items\":[{\"id\":\"Q3_1\"},{\"id\":\"Q3_3\"}]}";
    struct reading reading =
        read_as(choices, "auto",
                "Q3_1,Q3_2,Q3_2_TEXT,Q3_3\nWelke? - ChatGPT,Welke? - Anders,Welke? - Anders - Text,Welke? - "
                "Geen\n" CHOICE("QID3", "1") "," CHOICE("QID3", "2") "," IMPORT("QID3_2_TEXT") "," CHOICE(
                    "QID3", "3") "\n"
                                 ",,,Geen\nChatGPT,,,\n");
    assert_all_good(&reading, 2);
    assert_true(answer_to(&reading.responses[0], "Q3_1") == 0 &&
                answer_to(&reading.responses[0], "Q3_3") == 1);
    assert_true(answer_to(&reading.responses[1], "Q3_1") == 1 &&
                answer_to(&reading.responses[1], "Q3_3") == 0);
    reading_free(&reading);
}

/* "Recode seen but unanswered questions as -99" and "multi-value fields as 0" of its export options. */
static void a_choice_that_was_seen_and_not_made_is_no_tick(void **state)
{
    (void)state;
    static const char choices[] = "{\"id\":\"m\",\"missing\":[999,\"Geen\"],\"items\":[{\"id\":\"Q3_1\"},"
                                  "{\"id\":\"QID3_2\"},{\"id\":\"geen\",\"nl\":\"Geen\"}]}";
    struct reading reading =
        read_as(choices, "auto", TOOL_HEADING "R_1,1,0,0\nR_2,-99,-99,-99\nR_3,0,0,Geen\nR_4,999,999,999\n");
    assert_all_good(&reading, 4);
    assert_chosen(&reading.responses[0], 1, 0, 0);
    assert_int_equal(reading.responses[1].answer_count, 0);
    assert_chosen(&reading.responses[2], 0, 0, 1); /* what is missing elsewhere is a choice here */
    assert_int_equal(reading.responses[3].answer_count, 0);
    reading_free(&reading);
}

/* Choices of one question are joined by commas where they have no columns of their own. */
static void choices_that_are_joined_are_no_decimals(void **state)
{
    (void)state;
    static const char item[] = INSTRUMENT("{\"id\":\"Q1\"}");
    struct reading reading = read_as(item, "auto", THREE SENT "0,1,R_1,email,\"1,2\",2,3\n");
    assert_one_problem(&reading, 4, "Q1", "'1,2' may be several choices of one question");
    reading_free(&reading);
    struct reading point = read_as(item, "auto", THREE SENT "0,1,R_1,email,1.2,2,3\n");
    assert_all_good(&point, 1);
    assert_true(answer_to(&point.responses[0], "Q1") == 1.2);
    reading_free(&point);
}

/* What was ticked of the one says nothing of the other, which stands beside it. */
static void two_questions_with_several_answers_are_two(void **state)
{
    (void)state;
    static const char choices[] = "{\"id\":\"m\",\"items\":[{\"id\":\"Q3_1\"},{\"id\":\"Q4_1\"}]}";
    struct reading reading =
        read_as(choices, "auto",
                "Q3_1,Q3_2,Q4_1,Q4_2\nEen - A,Een - B,Twee - A,Twee - B\n" CHOICE("QID3", "1") "," CHOICE(
                    "QID3", "2") "," CHOICE("QID4", "1") "," CHOICE("QID4", "2") "\n,B,,\n,,,B\n");
    assert_all_good(&reading, 2);
    assert_true(answer_to(&reading.responses[0], "Q3_1") == 0 &&
                isnan(answer_to(&reading.responses[0], "Q4_1")));
    assert_true(isnan(answer_to(&reading.responses[1], "Q3_1")) &&
                answer_to(&reading.responses[1], "Q4_1") == 0);
    reading_free(&reading);
}

static void several_answers_in_one_cell_are_found_by_question_and_choice(void **state)
{
    (void)state;
    static const char choices[] =
        "{\"id\":\"m\",\"items\":[{\"id\":\"a\",\"nl\":\"Welke? - ChatGPT\"},"
        "{\"id\":\"b\",\"nl\":\"Welke? - Ja, soms\"},{\"id\":\"c\",\"en\":\"Welke? - ja\"}]}";
    static const char heading[] = "Q3\nWelke?\n" IMPORT("QID3") "\n";
    char *document = mem_format("%s\"ChatGPT,Ja, soms\"\n\"Ja, iets anders\"\n\"\"\nniets\n", heading);
    struct reading reading = read_as(choices, "auto", document);
    assert_all_good(&reading, 3); /* an empty row is no row */
    static const double expected[][3] = {{1, 1, 0}, {0, 0, 1}, {0, 0, 0}};
    for (size_t i = 0; i < 3; i++)
        for (size_t item = 0; item < 3; item++)
            assert_true(answer_to(&reading.responses[i], (const char[]){"abc"[item], '\0'}) ==
                        expected[i][item]);
    reading_free(&reading);
    free(document);
    document = mem_format("%s\"1,3\"\n", heading);
    struct reading numbers = read_as(choices, "auto", document);
    assert_one_problem(&numbers, 4, "Q3", "numbers stand for its choices");
    reading_free(&numbers);
    free(document);
}

static void assert_text_is(const char *html, const char *text)
{
    char *instrument = mem_format("{\"id\":\"m\",\"items\":[{\"id\":\"a\",\"nl\":\"%s\"}]}", text);
    char *document = mem_format("Q1\n\"%s\"\n" IMPORT("QID1") "\n4\n", html);
    struct reading reading = read_as(instrument, "comma", document);
    assert_all_good(&reading, 1);
    assert_string_equal(note_of(&reading, "items_by"), "text");
    reading_free(&reading);
    free(document);
    free(instrument);
}

static void a_text_of_a_web_page_is_what_people_read_there(void **state)
{
    (void)state;
    assert_text_is("<b>Vraag</b>", "Vraag");
    assert_text_is("a<br>b</p><p>c", "a b c");
    assert_text_is("H<sub>2</sub>O", "H2O");
    assert_text_is("<span style=\"\"color: red; content:'>'\"\">rood</span>", "rood");
    assert_text_is("<style>p { margin: 0 }</style>Vraag<!-- niet > hier -->", "Vraag");
    assert_text_is("Na&#239;ef &#xEB;n &eacute;&eacute;n &lt;18&gt;", "Naïef ën één <18>");
    assert_text_is("Q&A & meer", "Q&A & meer");
    assert_text_is("&onbekend; &#0; &#xD800; &;", "&onbekend; &#0; &#xD800; &;");
    assert_text_is("< 5 jaar of > 5 jaar", "< 5 jaar of > 5 jaar");
    assert_text_is("minder <dan", "minder <dan");
    assert_text_is("<style>geen einde", "geen einde");
}

/* Time in proportion to the text: 6 MB that would each be looked through again and again take 40 GB. */
static void tags_that_never_end_take_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {"<style>", "<!--", "<a", "&", "</p ", "<a '"};
    enum { COLUMNS = 100, LONGEST = 60 * 1024 };
    const clock_t begun = clock();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *names = mem_copy_text("Q0"), *imports = mem_copy_text(IMPORT("QID1"));
        char *texts = mem_alloc((size_t)COLUMNS * (LONGEST + 4)), *end = texts;
        for (size_t column = 0; column < COLUMNS; column++) {
            end = stpcpy(end, column ? ",\"" : "\"");
            for (size_t size = 0; size + strlen(bad[i]) <= LONGEST; size += strlen(bad[i]))
                end = stpcpy(end, bad[i]);
            end = stpcpy(end, "\"");
        }
        for (size_t column = 1; column < COLUMNS; column++) {
            char *more_names = mem_format("%s,Q", names),
                 *more_imports = mem_format("%s," IMPORT("Q"), imports);
            free(names);
            free(imports);
            names = more_names;
            imports = more_imports;
        }
        char *document = mem_format("%s\n%s\n%s\n", names, texts, imports);
        struct reading reading = read_as("{\"id\":\"m\",\"items\":[{\"id\":\"a\"}]}", "comma", document);
        assert_refused(&reading, "column 'a' is missing");
        reading_free(&reading);
        free(document);
        free(texts);
        free(imports);
        free(names);
    }
    assert_true((clock() - begun) / CLOCKS_PER_SEC < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_rows_are_the_heading_and_columns_go_by_code_import_id_or_text),
        cmocka_unit_test(a_file_without_answers_is_a_heading_still),
        cmocka_unit_test(previews_and_tests_are_left_out_whatever_the_words),
        cmocka_unit_test(what_is_no_try_is_kept),
        cmocka_unit_test(what_is_not_finished_is_partial),
        cmocka_unit_test(a_name_that_is_there_twice_is_told_with_what_tells_it_apart),
        cmocka_unit_test(a_column_is_one_item_s_whatever_that_is_called),
        cmocka_unit_test(dates_are_of_the_zone_that_the_heading_names),
        cmocka_unit_test(a_zone_that_is_not_known_is_told),
        cmocka_unit_test(the_legacy_heading_has_two_rows),
        cmocka_unit_test(rows_that_somebody_took_out_of_the_heading_are_not_missed),
        cmocka_unit_test(rows_of_the_heading_may_have_other_lengths),
        cmocka_unit_test(a_heading_of_a_hundred_kibibytes_is_a_heading),
        cmocka_unit_test(a_question_is_not_taken_for_a_column_of_qualtrics),
        cmocka_unit_test(several_answers_in_columns_of_their_own_are_ones_and_noughts),
        cmocka_unit_test(a_text_among_the_choices_does_not_end_their_question),
        cmocka_unit_test(a_choice_that_was_seen_and_not_made_is_no_tick),
        cmocka_unit_test(choices_that_are_joined_are_no_decimals),
        cmocka_unit_test(two_questions_with_several_answers_are_two),
        cmocka_unit_test(several_answers_in_one_cell_are_found_by_question_and_choice),
        cmocka_unit_test(a_text_of_a_web_page_is_what_people_read_there),
        cmocka_unit_test(tags_that_never_end_take_no_time),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
