/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * When a response was submitted. The clock of Amsterdam went from 02:00 to 03:00 on 30 March 2025 at 01:00
 * UTC, and from 03:00 to 02:00 on 26 October 2025 at 01:00 UTC. All times are worked out by hand.
 */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Midnight UTC: 20177 days after 1970-01-01, of which 55 years with 14 leap days are 20089. */
#define MARCH_30 (20177 * 86400LL)
#define OCTOBER_26 (MARCH_30 + 210 * 86400LL)
#define JULY_15 (MARCH_30 + 107 * 86400LL)
#define HOUR 3600LL

static struct reading read_date(const char *date)
{
    char *row = mem_format("r1,%s,2025,S,A,1,2,3\n", date);
    struct reading reading = read_rows(row);
    free(row);
    return reading;
}

static void assert_time(const char *date, long long milliseconds)
{
    struct reading reading = read_date(date);
    assert_all_good(&reading, 1);
    if (reading.responses[0].submitted != milliseconds)
        fail_msg("'%s' became %lld instead of %lld", date, (long long)reading.responses[0].submitted,
                 milliseconds);
    assert_false(reading.responses[0].partial);
    reading_free(&reading);
}

static void assert_seconds(const char *date, long long seconds)
{
    assert_time(date, seconds * 1000);
}

static void assert_no_date(const char *date)
{
    struct reading reading = read_date(date);
    if (reading.response_count)
        fail_msg("'%s' is taken for a date", date);
    assert_one_problem(&reading, 2, "date", "date");
    reading_free(&reading);
}

static void local_time_is_an_hour_ahead_in_winter_and_two_in_summer(void **state)
{
    (void)state;
    assert_seconds("2025-03-29 12:00:00", MARCH_30 - 13 * HOUR);
    assert_seconds("2025-07-15 12:00:00", JULY_15 + 10 * HOUR);
    assert_seconds("2025-10-27 12:00:00", OCTOBER_26 + 35 * HOUR);
}

static void the_hours_around_the_changes_of_the_clock(void **state)
{
    (void)state;
    assert_seconds("2025-03-30 01:59:59", MARCH_30 + HOUR - 1);
    assert_seconds("2025-03-30 03:00:00", MARCH_30 + HOUR);
    assert_seconds("2025-10-26 01:59:59", OCTOBER_26 - 1);
    assert_seconds("2025-10-26 03:00:00", OCTOBER_26 + 2 * HOUR);
    assert_seconds("2025-03-30", MARCH_30 - HOUR);
    assert_seconds("2025-10-26", OCTOBER_26 - 2 * HOUR);
    assert_seconds("2025-10-27", OCTOBER_26 + 23 * HOUR);
}

/* 02:30 was there twice; either will do. */
static void an_hour_that_was_there_twice_is_one_of_the_two(void **state)
{
    (void)state;
    struct reading reading = read_date("2025-10-26 02:30:00");
    assert_all_good(&reading, 1);
    const long long seconds = reading.responses[0].submitted / 1000;
    assert_true(seconds == OCTOBER_26 + HOUR / 2 || seconds == OCTOBER_26 + HOUR * 3 / 2);
    reading_free(&reading);
}

/* Summer time is worked out for each row anew. */
static void one_row_does_not_change_how_the_next_is_read(void **state)
{
    (void)state;
    struct reading reading =
        read_rows("r1,2025-07-15 12:00,2025,S,A,1,2,3\nr2,2025-01-15 12:00,2025,S,A,1,2,3\n"
                  "r3,2025-07-15 12:00,2025,S,A,1,2,3\n");
    assert_all_good(&reading, 3);
    assert_true(reading.responses[0].submitted == (JULY_15 + 10 * HOUR) * 1000);
    assert_true(reading.responses[1].submitted == (MARCH_30 - 74 * 24 * HOUR + 11 * HOUR) * 1000);
    assert_true(reading.responses[2].submitted == (JULY_15 + 10 * HOUR) * 1000);
    reading_free(&reading);
}

static void every_way_of_writing_it(void **state)
{
    (void)state;
    assert_seconds("2025-07-15", JULY_15 - 2 * HOUR);
    assert_seconds("2025-07-15 14:05", JULY_15 + 12 * HOUR + 300);
    assert_seconds("2025-07-15 14:05:06", JULY_15 + 12 * HOUR + 306);
    assert_seconds("2025-07-15T14:05:06", JULY_15 + 12 * HOUR + 306);
    assert_seconds("15-07-2025", JULY_15 - 2 * HOUR);
    assert_seconds("15-07-2025 14:05", JULY_15 + 12 * HOUR + 300);
    assert_seconds("15-07-2025 14:05:06", JULY_15 + 12 * HOUR + 306);
    assert_seconds("\"2025-07-15 14:05:06\"", JULY_15 + 12 * HOUR + 306);
}

/* Two rows, of which the first has the date in question. */
static struct reading read_two(const char *date, const char *other)
{
    char *rows = mem_format("r1,%s,2025,S,A,1,2,3\nr2,%s,2025,S,A,1,2,3\n", date, other);
    struct reading reading = read_rows(rows);
    free(rows);
    return reading;
}

static void assert_second_tells(const char *date, const char *other, long long seconds, const char *order)
{
    struct reading reading = read_two(date, other);
    assert_all_good(&reading, 2);
    assert_true(reading.responses[0].submitted == seconds * 1000);
    assert_string_equal(note_of(&reading, "date_order"), order);
    reading_free(&reading);
}

/* 3 April, or 4 March. */
#define APRIL_3 (MARCH_30 + 4 * 24 * HOUR - 2 * HOUR)
#define MARCH_4 (MARCH_30 - 26 * 24 * HOUR - HOUR)

static void slashes_have_the_order_that_another_date_of_the_file_tells(void **state)
{
    (void)state;
    assert_second_tells("03/04/2025", "13/04/2025", APRIL_3, "day-first");
    assert_second_tells("03/04/2025", "04/13/2025", MARCH_4, "month-first");
    assert_second_tells("3/4/25", "4/13/25", MARCH_4, "month-first");
    assert_second_tells("04/04/2025", "4/4/2025 0:00", APRIL_3 + 24 * HOUR, ""); /* nothing to swap */
    assert_second_tells("2025-04-03", "2025/4/13", APRIL_3, "");
}

/* However far below it stands: more than is looked at first. */
static void all_dates_of_the_file_count(void **state)
{
    (void)state;
    const size_t rows = 20000, length = 40;
    char *document = mem_alloc((rows + 2) * length), *end = document;
    for (size_t i = 0; i < rows; i++)
        end += snprintf(end, length, "r%zu,03/04/2025,2025,S,A,1,2,3\n", i);
    char *alone = mem_copy_text(document);
    snprintf(end, length, "last,4/13/2025,2025,S,A,1,2,3\n");
    struct reading told = read_rows(document), open = read_rows(alone);
    assert_all_good(&told, rows + 1);
    assert_int_equal(told.progress, strlen(HEADING) + strlen(document));
    assert_true(told.responses[0].submitted == MARCH_4 * 1000);
    assert_refused(&open, "none of them tells which");
    assert_int_equal(open.response_count, 0);
    reading_free(&told);
    reading_free(&open);
    free(alone);
    free(document);
}

static void dates_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    struct reading reading = read_two("13/04/2025", "04/13/2025");
    assert_refused(&reading, "the date of row 2 has the day first, and that of row 3 the month");
    reading_free(&reading);
}

static void the_section_can_say_which_is_first(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,03/04/2025,2025,S,A,1,2,3\n";
    struct reading day = read_told("\"dates\":\"day-first\"", document, sizeof document - 1),
                   month = read_told("\"dates\":\"month-first\"", document, sizeof document - 1);
    assert_all_good(&day, 1);
    assert_all_good(&month, 1);
    assert_true(day.responses[0].submitted == APRIL_3 * 1000);
    assert_true(month.responses[0].submitted == MARCH_4 * 1000);
    reading_free(&day);
    reading_free(&month);
    static const char wrong[] = HEADING "r1,13/04/2025,2025,S,A,1,2,3\n";
    struct reading none = read_told("\"dates\":\"month-first\"", wrong, sizeof wrong - 1);
    assert_one_problem(&none, 2, "date", "have the month first");
    reading_free(&none);
}

/* Below what was looked at first, there may be dates that need to be told. */
static void a_date_that_comes_late_is_not_guessed(void **state)
{
    (void)state;
    char *filler = mem_alloc(70 * 1024 + 1);
    memset(filler, 'x', 70 * 1024);
    char *rows = mem_format("r1,2025-04-03,2025,S,%s,1,2,3\nr2,2025-04-03,2025,S,A,1,2,3\n"
                            "r3,2025-04-03,2025,S,%s,1,2,3\nr4,03/04/2025,2025,S,A,1,2,3\n",
                            "A", filler);
    struct reading reading = read_rows(rows);
    assert_int_equal(reading.problem_count, 2); /* the long name, and the date */
    assert_int_equal(reading.problems[1].row, 5);
    assert_non_null(strstr(reading.problems[1].text, "the day first or the month"));
    reading_free(&reading);
    free(rows);
    free(filler);
}

static void the_clock_may_have_twelve_hours(void **state)
{
    (void)state;
    assert_seconds("2025-07-15 2:05 PM", JULY_15 + 12 * HOUR + 300);
    assert_seconds("2025/07/15 2:05:06 p.m.", JULY_15 + 12 * HOUR + 306);
    assert_seconds("2025/07/15 12:05:06 am", JULY_15 - 2 * HOUR + 306);
    assert_seconds("2025/07/15 12:05 p. m.", JULY_15 + 10 * HOUR + 300);
    assert_seconds("2025/07/15 12:05:06 PM UTC", JULY_15 + 12 * HOUR + 306);
    assert_seconds("2025/07/15 12:05:06 PM CEST", JULY_15 + 10 * HOUR + 306);
    assert_seconds("2025/07/15 12:05:06 PM MEZ", JULY_15 + 11 * HOUR + 306);
    assert_seconds("2025/07/15 12:05:06 PM GMT-5", JULY_15 + 17 * HOUR + 306);
    assert_seconds("2025/07/15 12:05:06 PM GMT+5:30", JULY_15 + 6 * HOUR + 1800 + 306);
    assert_seconds("15-7-2025 9:05", JULY_15 + 7 * HOUR + 300);
    assert_no_date("2025-07-15 13:05 PM");
    assert_no_date("2025-07-15 0:05 AM");
    assert_no_date("2025-07-15 2:05 PM EST"); /* in America, or in Australia? */
    assert_no_date("2025-07-15 2:05 CET+1");
    assert_no_date("2025-07-15 2:05 XM");
}

static void day_and_month_are_not_swapped(void **state)
{
    (void)state;
    assert_seconds("03-04-2025", MARCH_30 + 4 * 24 * HOUR - 2 * HOUR); /* 3 April */
    assert_seconds("2025-04-03", MARCH_30 + 4 * 24 * HOUR - 2 * HOUR);
}

static void a_zone_that_is_given_counts(void **state)
{
    (void)state;
    assert_seconds("1970-01-01T00:00:00Z", 0);
    assert_seconds("2025-07-15T12:00:00Z", JULY_15 + 12 * HOUR);
    assert_seconds("2025-07-15T12:00:00+02:00", JULY_15 + 10 * HOUR);
    assert_seconds("2025-07-15T12:00:00-0500", JULY_15 + 17 * HOUR);
    assert_seconds("2025-07-15T12:00:00+05:30", JULY_15 + 6 * HOUR + 1800);
    assert_seconds("2025-07-15T01:00:00+02:00", JULY_15 - HOUR);     /* the day before, in UTC */
    assert_seconds("2025-03-30T02:30:00Z", MARCH_30 + 5 * HOUR / 2); /* no such hour in Amsterdam */
    assert_time("2025-07-15T12:00:00.250Z", (JULY_15 + 12 * HOUR) * 1000 + 250);
    assert_time("2025-07-15T12:00:00.5+02:00", (JULY_15 + 10 * HOUR) * 1000 + 500);
}

static void a_leap_day_is_one_in_leap_years_only(void **state)
{
    (void)state;
    assert_seconds("2024-02-29", MARCH_30 - 395 * 24 * HOUR - HOUR);
    assert_seconds("2000-02-29T00:00:00Z", 951782400);
    assert_no_date("2025-02-29");
    assert_no_date("29-02-2023");
    assert_no_date("1900-02-29T00:00:00Z");
}

static void an_impossible_date_is_refused(void **state)
{
    (void)state;
    static const char *const dates[] = {"2025-02-30",
                                        "31-04-2025",
                                        "2025-13-01",
                                        "2025-00-10",
                                        "2025-01-00",
                                        "2025-01-32",
                                        "13-13-2025",
                                        "2025-10-01 24:00",
                                        "2025-10-01 12:60",
                                        "2025-10-01 25:00",
                                        "2025-10-01 12:00:61",
                                        "2025-02-30T12:00:00Z",
                                        "2025-10-01T12:00:00+99:00"};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_no_date(dates[i]);
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"yesterday",
                                        "2025",
                                        "2025-10",
                                        "20251001",
                                        "2025-10-01x",
                                        "1759312800",
                                        "2025-10-01 10:00 uur",
                                        "2025-10-01 10",
                                        "2025-10-01T",
                                        "2025-10-01 1:0",
                                        "2025-10-01 1:00:0",
                                        "0000-00-00 00:00:00",
                                        "-025-10-01",
                                        "2025-10-01 -1:00",
                                        "99",
                                        "n.v.t."};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_no_date(texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_time_is_an_hour_ahead_in_winter_and_two_in_summer),
        cmocka_unit_test(the_hours_around_the_changes_of_the_clock),
        cmocka_unit_test(an_hour_that_was_there_twice_is_one_of_the_two),
        cmocka_unit_test(one_row_does_not_change_how_the_next_is_read),
        cmocka_unit_test(every_way_of_writing_it),
        cmocka_unit_test(day_and_month_are_not_swapped),
        cmocka_unit_test(slashes_have_the_order_that_another_date_of_the_file_tells),
        cmocka_unit_test(all_dates_of_the_file_count),
        cmocka_unit_test(dates_that_contradict_each_other_are_refused),
        cmocka_unit_test(the_section_can_say_which_is_first),
        cmocka_unit_test(a_date_that_comes_late_is_not_guessed),
        cmocka_unit_test(the_clock_may_have_twelve_hours),
        cmocka_unit_test(a_zone_that_is_given_counts),
        cmocka_unit_test(a_leap_day_is_one_in_leap_years_only),
        cmocka_unit_test(an_impossible_date_is_refused),
        cmocka_unit_test(what_is_no_date_is_refused),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
