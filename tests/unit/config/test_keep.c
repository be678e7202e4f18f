/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The seconds are those of `date -u -d '... UTC' +%s`. */
static void it_begins_when_a_calendar_says(void **state)
{
    (void)state;
    static const struct {
        const char *keep;
        int64_t now, begins;
    } cases[] = {
        {"1d", 1709208000, 1709121600},    /* 2024-02-29T12:00 and 2024-02-28T12:00 */
        {"2w", 1709208000, 1707998400},    /* 2024-02-15T12:00 */
        {"1y", 1709208000, 1677585600},    /* 2023-02-28T12:00 */
        {"4y", 1709208000, 1582977600},    /* 2020-02-29T12:00 */
        {"1mo", 1711886400, 1709208000},   /* 2024-03-31T12:00 and 2024-02-29T12:00 */
        {"3mo", 1705320000, 1697371200},   /* 2024-01-15T12:00 and 2023-10-15T12:00 */
        {"12mo", 1705320000, 1673784000},  /* 2023-01-15T12:00 */
        {"100y", 1705320000, -1450440000}, /* 1924-01-15 12:00 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keep keep;
        struct error error;
        assert_int_equal(keep_read(cases[i].keep, &keep, &error), 0);
        assert_int_equal(keep_begins(&keep, cases[i].now * 1000 + 7), cases[i].begins * 1000 + 7);
    }
}

static void what_is_no_length_of_time_is_said(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "3", "y", "0d", "-1y", "3 y", "3m", "3Y", "1.5y", "3yy", "101y", "99999999999999999999d", " 3y"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct keep keep;
        struct error error;
        if (keep_read(wrong[i], &keep, &error) == 0)
            fail_msg("'%s' was taken", wrong[i]);
        assert_int_equal(error.kind, ERROR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_begins_when_a_calendar_says),
                                       cmocka_unit_test(what_is_no_length_of_time_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
