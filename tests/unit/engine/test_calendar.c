/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calendar against calendar_expected.txt, which calendar_expected.py makes of Python's own time zones. */
#include "engine/calendar.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const enum period_kind kinds[] = {PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_SCHOOL_YEAR};

enum { KINDS = sizeof kinds / sizeof *kinds };

static void check(int64_t time, enum period_kind kind, const char *label, int64_t starts)
{
    const struct calendar_period period = calendar_find(kind, time);
    if (strcmp(period.label, label) != 0 || period.starts != starts)
        fail_msg("%" PRId64 " is in %s from %" PRId64 ", and should be in %s from %" PRId64, time,
                 period.label, period.starts, label, starts);
    assert_true(period.starts <= time && time < period.ends);
    assert_string_equal(calendar_find(kind, period.starts).label, label);
    assert_string_equal(calendar_find(kind, period.ends - 1).label, label);
    assert_string_not_equal(calendar_find(kind, period.starts - 1).label, label);
    assert_string_not_equal(calendar_find(kind, period.ends).label, label);
    assert_int_equal(calendar_find(kind, period.ends).starts, period.ends);
    assert_int_equal(calendar_days_before(period.ends, period.days), period.starts);
}

static void every_moment_lies_where_python_says(void **state)
{
    (void)state;
    FILE *file = fopen(SOURCE_DIR "/tests/unit/engine/calendar_expected.txt", "r");
    char labels[KINDS][24];
    int64_t time, starts[KINDS];
    unsigned lines = 0;
    assert_non_null(file);
    while (fscanf(file, "%" SCNd64, &time) == 1) {
        for (size_t i = 0; i < KINDS; i++)
            assert_int_equal(fscanf(file, "%23s %" SCNd64, labels[i], &starts[i]), 2);
        for (size_t i = 0; i < KINDS; i++)
            check(time, kinds[i], labels[i], starts[i]);
        lines++;
    }
    fclose(file);
    assert_true(lines > 700);
}

static void times_before_1970_are_times_too(void **state)
{
    (void)state;
    assert_string_equal(calendar_find(PERIOD_DAY, -3600001).label, "1969-12-31");
    assert_string_equal(calendar_find(PERIOD_DAY, -3600000).label, "1970-01-01");
    assert_string_equal(calendar_find(PERIOD_WEEK, 0).label, "1970-W01");
    assert_string_equal(calendar_find(PERIOD_DAY, -62135596800000 + 86400000).label, "0001-01-02");
    for (size_t i = 0; i < KINDS; i++) { /* the first and last moments that events may have */
        static const int64_t moments[] = {-62167305600000, -62167219200000, 253402300799999, 253402387199999};
        for (size_t j = 0; j < sizeof moments / sizeof *moments; j++) {
            const struct calendar_period period = calendar_find(kinds[i], moments[j]);
            check(moments[j], kinds[i], period.label, period.starts);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_moment_lies_where_python_says),
        cmocka_unit_test(times_before_1970_are_times_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
