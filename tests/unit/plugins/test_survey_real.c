/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real exports, of ../../data. The sums and counts were taken with Python's csv module. */
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

static struct reading read_real(const char *instrument, const char *name)
{
    char *path = mem_format("%s/tests/data/survey/%s", SOURCE_DIR, name);
    char *job = survey_job(instrument, "auto");
    struct reading reading = fake_host_decode_file(survey, job, path);
    free(job);
    free(path);
    return reading;
}

static void assert_item(const struct reading *reading, const char *item, size_t answers, double sum)
{
    size_t count = 0;
    double total = 0;
    for (size_t i = 0; i < reading->response_count; i++) {
        const double answer = answer_to(&reading->responses[i], item);
        count += isnan(answer) ? 0 : 1;
        total += isnan(answer) ? 0 : answer;
    }
    assert_int_equal(count, answers);
    assert_true(total == sum);
}

static size_t count_groups(const struct reading *reading)
{
    size_t count = 0;
    for (size_t i = 0; i < reading->response_count; i++) {
        size_t earlier = 0;
        while (strcmp(reading->responses[earlier].groups[0].name, reading->responses[i].groups[0].name) != 0)
            earlier++;
        count += earlier == i ? 1 : 0;
    }
    return count;
}

static void the_639_pupils_of_swmdk(void **state)
{
    (void)state;
    static const char swmdk[] =
        "{\"id\":\"swmdk\",\"levels\":[\"class\"],\"groups\":{\"class\":\"classId\"},\"items\":["
        "{\"id\":\"Item1\",\"range\":[1,5]},{\"id\":\"Item7\",\"range\":[1,5]},{\"id\":\"Item13\",\"range\":["
        "1,5]}]}";
    struct reading reading = read_real(swmdk, "mokken_nl/SWMDK.csv");
    assert_all_good(&reading, 639);
    assert_int_equal(count_groups(&reading), 30);
    assert_item(&reading, "Item1", 639, 1817);
    assert_item(&reading, "Item7", 639, 2058);
    assert_item(&reading, "Item13", 639, 2556);
    assert_int_equal(reading.responses[638].row, 640);
    assert_string_equal(reading.responses[638].groups[0].name, "1074605");
    reading_free(&reading);
}

#define BFI(items)                                                                                           \
    "{\"id\":\"bfi\",\"respondent\":\"rowid\",\"levels\":[\"gender\"],\"groups\":{\"gender\":\"gender\"}"    \
    "," items "}"

static void the_2800_people_of_bfi_with_cells_that_are_empty(void **state)
{
    (void)state;
    struct reading reading = read_real(
        BFI("\"items\":[{\"id\":\"A1\",\"range\":[1,6]},{\"id\":\"N4\",\"range\":[1,6]},"
            "{\"id\":\"O2\",\"range\":[1,6]},{\"id\":\"education\",\"range\":[1,5]},{\"id\":\"age\"}]"),
        "psychtools/bfi.csv");
    assert_all_good(&reading, 2800);
    assert_int_equal(count_groups(&reading), 2);
    assert_item(&reading, "A1", 2800 - 16, 6719);
    assert_item(&reading, "N4", 2800 - 36, 8805);
    assert_item(&reading, "O2", 2800, 7597);
    assert_item(&reading, "education", 2800 - 223, 8221);
    assert_item(&reading, "age", 2800, 80590);
    assert_string_equal(reading.responses[0].respondent, "61617");
    assert_string_equal(reading.responses[2799].respondent, "67560");
    reading_free(&reading);
}

/* 82 people answered A1 with 6, the first of them in the sixth row below the heading. */
static void answers_of_bfi_that_a_narrower_range_leaves_out(void **state)
{
    (void)state;
    struct reading reading =
        read_real(BFI("\"items\":[{\"id\":\"A1\",\"range\":[1,5]}]"), "psychtools/bfi.csv");
    assert_null(reading.refused);
    assert_int_equal(reading.response_count, 2800 - 82);
    assert_int_equal(reading.problem_count, 82);
    assert_int_equal(reading.problems[0].row, 7);
    assert_string_equal(reading.problems[0].column, "A1");
    assert_non_null(strstr(reading.problems[0].text, "answer 6 is outside 1-5"));
    assert_item(&reading, "A1", 2800 - 16 - 82, 6719 - 82 * 6);
    reading_free(&reading);
}

static void answers_of_bfi_that_are_declared_missing(void **state)
{
    (void)state;
    struct reading reading =
        read_real(BFI("\"missing\":[6],\"items\":[{\"id\":\"A1\",\"range\":[1,5]}]"), "psychtools/bfi.csv");
    assert_all_good(&reading, 2800);
    assert_item(&reading, "A1", 2800 - 16 - 82, 6719 - 82 * 6);
    reading_free(&reading);
}

/* Counted by hand: 1 5 3 1 2 4 5. */
static void the_seven_people_of_surveymonkey(void **state)
{
    (void)state;
    static const char snow[] =
        "{\"id\":\"snow\",\"respondent\":\"Respondent ID\",\"levels\":[\"place\"],\"groups\":{\"place\":"
        "\"Please provide your contact information: - City/Town\"},\"labels\":{\"strongly disagree\":1,"
        "\"disagree\":2,\"neither agree nor disagree\":3,\"agree\":4,\"strongly agree\":5},\"items\":"
        "[{\"id\":\"snow\",\"range\":[1,5],\"en\":\"I wish it would have snowed more this winter.\"}]}";
    char *job = survey_job(snow, "auto");
    struct reading reading =
        fake_host_decode_file(survey, job, SOURCE_DIR "/tests/data/surveymonkey/demo.csv");
    free(job);
    assert_all_good(&reading, 7);
    assert_string_equal(note_of(&reading, "tool"), "surveymonkey");
    assert_item(&reading, "snow", 7, 21);
    assert_int_equal(reading.responses[0].row, 3);
    assert_string_equal(reading.responses[0].respondent, "11385284375");
    assert_string_equal(reading.responses[1].groups[0].name, "Decatur");
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_639_pupils_of_swmdk),
        cmocka_unit_test(the_2800_people_of_bfi_with_cells_that_are_empty),
        cmocka_unit_test(answers_of_bfi_that_a_narrower_range_leaves_out),
        cmocka_unit_test(answers_of_bfi_that_are_declared_missing),
        cmocka_unit_test(the_seven_people_of_surveymonkey),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
