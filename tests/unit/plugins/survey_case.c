/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

const char monitor[] =
    "{\"id\":\"m\",\"respondent\":\"token\",\"submitted\":\"date\",\"wave\":\"year\","
    "\"levels\":[\"institution\",\"team\"],"
    "\"groups\":{\"institution\":\"school\",\"team\":\"team\"},"
    "\"missing\":[99,\"n.v.t.\"],"
    "\"labels\":{\"Mee eens\":4,\"helemaal mee oneens\":1},"
    "\"items\":[{\"id\":\"a\",\"range\":[1,5]},{\"id\":\"b\",\"range\":[1,5]},{\"id\":\"c\"}]}";

const struct wz_plugin *survey;

int survey_begin(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Amsterdam", 1);
    tzset();
    survey = fake_host_plugin("survey");
    return survey ? 0 : -1;
}

char *survey_job(const char *instrument, const char *delimiter)
{
    return mem_format("{\"instrument\":%s,\"delimiter\":\"%s\"}", instrument, delimiter);
}

struct reading read_raw(const void *document, size_t size)
{
    char *job = survey_job(monitor, "auto");
    struct reading reading = fake_host_decode(survey, job, document, size);
    free(job);
    return reading;
}

struct reading read_document(const char *document)
{
    return read_raw(document, strlen(document));
}

struct reading read_rows(const char *rows)
{
    char *document = mem_format("%s%s", HEADING, rows);
    struct reading reading = read_document(document);
    free(document);
    return reading;
}

struct reading read_as(const char *instrument, const char *delimiter, const char *document)
{
    char *job = survey_job(instrument, delimiter);
    struct reading reading = fake_host_decode(survey, job, document, strlen(document));
    free(job);
    return reading;
}

struct reading read_told(const char *told, const void *document, size_t size)
{
    char *job = mem_format("{\"instrument\":%s,%s}", monitor, told);
    struct reading reading = fake_host_decode(survey, job, document, size);
    free(job);
    return reading;
}

void assert_all_good(const struct reading *reading, size_t responses)
{
    if (reading->refused)
        fail_msg("refused: %s", reading->refused);
    if (reading->problem_count)
        fail_msg("row %llu: %s", (unsigned long long)reading->problems[0].row, reading->problems[0].text);
    assert_int_equal(reading->response_count, responses);
}

static void assert_says(const char *text, const char *said)
{
    if (!strstr(text, said))
        fail_msg("\"%s\" does not say \"%s\"", text, said);
}

void assert_one_problem(const struct reading *reading, uint64_t row, const char *column, const char *said)
{
    if (reading->refused)
        fail_msg("refused: %s", reading->refused);
    assert_int_equal(reading->problem_count, 1);
    const struct seen_problem *problem = &reading->problems[0];
    assert_says(problem->text, said);
    assert_int_equal(problem->row, row);
    if (column && problem->column)
        assert_string_equal(problem->column, column);
    else
        assert_true(!column && !problem->column);
}

void assert_refused(const struct reading *reading, const char *said)
{
    assert_non_null(reading->refused);
    assert_says(reading->refused, said);
}
