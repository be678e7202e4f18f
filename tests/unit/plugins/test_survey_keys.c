/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose a response is where the instrument has no respondents. A survey tool exports the same response again
 * in another row: of what is new alone, of all of it, or sorted otherwise.
 */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOBODY "{\"id\":\"m\",\"items\":[{\"id\":\"Q1\"}]}"

static char *respondent_of(const char *heading, const char *rows, size_t row)
{
    char *document = mem_format("%s%s", heading, rows);
    struct reading reading = read_as(NOBODY, "auto", document);
    if (reading.problem_count || reading.refused || row >= reading.response_count)
        fail_msg("%s was not read", document);
    char *respondent =
        reading.responses[row].respondent ? mem_copy_text(reading.responses[row].respondent) : NULL;
    reading_free(&reading);
    free(document);
    return respondent;
}

/* Of two rows below one heading, each the first of its file and then the second. */
static void assert_same_anywhere(const char *heading, const char *row, const char *other)
{
    char *behind = mem_format("%s%s", other, row);
    char *alone = respondent_of(heading, row, 0), *second = respondent_of(heading, behind, 1),
         *first = respondent_of(heading, behind, 0);
    assert_non_null(alone);
    assert_string_equal(alone, second);
    assert_string_not_equal(first, second);
    free(alone);
    free(second);
    free(first);
    free(behind);
}

static void assert_same(const char *heading, const char *row, const char *again, bool expected)
{
    char *one = respondent_of(heading, row, 0), *two = respondent_of(heading, again, 0);
    if ((strcmp(one, two) == 0) != expected)
        fail_msg("%s and %s are %s", row, again, expected ? "two" : "one");
    free(one);
    free(two);
}

#define LIME "id,submitdate,lastpage,startlanguage,"

static void limesurvey_s_is_its_number_and_what_never_changes(void **state)
{
    (void)state;
    static const char seeded[] = LIME "seed,Q1\n", begun[] = LIME "startdate,Q1\n", bare[] = LIME "Q1\n";
    assert_same_anywhere(seeded, "7,2025-03-30 14:05:00,3,nl,1234,5\n", "6,2025-03-30 14:05:00,3,nl,99,5\n");
    assert_same(seeded, "7,,1,nl,1234,\n", "7,2025-03-30 14:05:00,3,nl,1234,5\n", true); /* sent off later */
    assert_same(seeded, "7,,1,nl,1234,\n", "7,,1,nl,4321,\n", false);                    /* another survey */
    assert_same(begun, "7,,1,nl,2025-03-30 14:00:00,\n", "7,2025-03-30 14:05:00,3,nl,2025-03-30 14:00:00,5\n",
                true);
    assert_same_anywhere(bare, "7,2025-03-30 14:05:00,3,nl,5\n", "6,2025-03-30 14:05:00,3,nl,5\n");
    assert_same(bare, "7,2025-03-30 14:05:00,3,nl,5\n", "7,2025-03-30 14:06:00,3,nl,5\n", false);
}

static void other_tools_know_theirs_too(void **state)
{
    (void)state;
    assert_same_anywhere("ResponseId,Status,Finished,DistributionChannel,Q1\n", "R_1,0,1,email,5\n",
                         "R_2,0,1,email,5\n");
    assert_same_anywhere("V1,V2,Q1\nResponseID,ResponseSet,Vraag\n", "R_1,x,5\n", "R_2,x,5\n");
    assert_same_anywhere("ResponseId,Q1\nResponse ID,Vraag\n\"{\"\"ImportId\"\":\"\"_recordId\"\"}\","
                         "\"{\"\"ImportId\"\":\"\"QID1\"\"}\"\n",
                         "R_1,5\n", "R_2,5\n");
    assert_same_anywhere("Respondent ID,Collector ID,Q1\n,,Response\n", "11,9,5\n", "12,9,5\n");
    assert_same_anywhere("ID,Start time,Completion time,Q1\n", "1,x,y,5\n", "2,x,y,5\n");
    assert_same("ID,Start time,Completion time,Q1\n", "1,x,y,5\n", "1,z,y,5\n", false);
}

#define AT "2025/03/30 2:05:0"

static void google_s_is_its_second_and_its_answers(void **state)
{
    (void)state;
    static const char heading[] = "Timestamp,Q1,Q2\n";
    assert_same_anywhere(heading, AT "1 PM GMT+1,5,\n", AT "2 PM GMT+1,5,\n");
    assert_same(heading, AT "1 PM GMT+1,5,\n", AT "1 PM GMT+1,4,\n", false);
    assert_same(heading, AT "1 PM GMT+1,5,\n", AT "1 PM GMT+1,,5\n", false);
    char *twice[] = {respondent_of(heading, AT "1 PM GMT+1,5,\n" AT "1 PM GMT+1,5,\n", 0),
                     respondent_of(heading, AT "1 PM GMT+1,5,\n" AT "1 PM GMT+1,5,\n", 1),
                     respondent_of("Timestamp,Q1,Q2,Q3\n", AT "1 PM GMT+1,5,,\n", 0)};
    assert_string_not_equal(twice[0], twice[1]); /* of a class that hands in at once */
    assert_string_equal(twice[0], twice[2]);     /* before there was a third question */
    for (size_t i = 0; i < 3; i++)
        free(twice[i]);
}

/* Without a number there is nothing to know it by but its place. */
static void what_has_no_number_is_known_by_its_place(void **state)
{
    (void)state;
    assert_null(respondent_of("a,Q1\n", "1,5\n", 0));
    assert_null(respondent_of(LIME "seed,Q1\n", ",2025-03-30 14:05:00,3,nl,1234,5\n", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limesurvey_s_is_its_number_and_what_never_changes),
        cmocka_unit_test(other_tools_know_theirs_too),
        cmocka_unit_test(google_s_is_its_second_and_its_answers),
        cmocka_unit_test(what_has_no_number_is_known_by_its_place),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
