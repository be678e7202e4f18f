/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which names are one: see also the test of base/fold.h. */
#include "ingest/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct buf place_of(const char *name)
{
    struct buf place = {0};
    buf_put_text(&place, name);
    return place;
}

static void the_first_spelling_counts_and_one_that_is_known_stays_itself(void **state)
{
    (void)state;
    struct spellings spellings = {0};
    struct buf here = place_of("here"), there = place_of("there");
    assert_null(spellings_find(&spellings, &here, "Zorg"));
    spellings_add(&spellings, &here, "Zorg");
    assert_string_equal(spellings_find(&spellings, &here, "ZORG"), "Zorg");
    assert_null(spellings_find(&spellings, &there, "ZORG"));
    spellings_add(&spellings, &here, "ZORG"); /* as a store may have it from before names were compared */
    assert_string_equal(spellings_find(&spellings, &here, "ZORG"), "ZORG");
    assert_string_equal(spellings_find(&spellings, &here, "Zorg"), "Zorg");
    assert_string_equal(spellings_find(&spellings, &here, "zorg"), "Zorg");
    spellings_clear(&spellings);
    assert_null(spellings_find(&spellings, &here, "Zorg"));
    spellings_free(&spellings);
    buf_free(&here);
    buf_free(&there);
}

static void a_whole_number_with_decimals_is_that_number(void **state)
{
    (void)state;
    assert_int_equal(spelling_whole_number("2025.0"), 4);
    assert_int_equal(spelling_whole_number("2025,0"), 4);
    assert_int_equal(spelling_whole_number("2025.00"), 4);
    static const char *const others[] = {"2025",    "2025.5", "2025.01", "2.000", ".0",   "2025.",
                                         "2025.0a", "v2.0",   "2025-0",  "1.2.0", "-1.0", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(spelling_whole_number(others[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_spelling_counts_and_one_that_is_known_stays_itself),
        cmocka_unit_test(a_whole_number_with_decimals_is_that_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
