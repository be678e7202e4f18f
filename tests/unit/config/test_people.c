/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_whole_number_from_1_to_1000_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int people;
    } cases[] = {{"1", 1}, {"8", 8}, {"1000", 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int people = 0;
        struct error error;
        assert_int_equal(people_read(cases[i].text, &people, &error), 0);
        assert_int_equal(people, cases[i].people);
    }
}

static void what_is_none_is_said_and_not_taken(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "", "0", "-8", "1001", "8.0", "8 people", "eight", "0x8", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int people = 5;
        struct error error = {0};
        if (people_read(wrong[i], &people, &error) == 0)
            fail_msg("'%s' was taken", wrong[i]);
        assert_int_equal(people, 5);
        assert_int_equal(error.kind, ERROR_INPUT);
        assert_non_null(strstr(error.text, "from 1 to 1000"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_whole_number_from_1_to_1000_is_read),
                                       cmocka_unit_test(what_is_none_is_said_and_not_taken)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
