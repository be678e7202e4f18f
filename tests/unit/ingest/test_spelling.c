/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which names are one. The pairs are of Unicode: canonical composition by table "Composition of Canonical
 * Equivalents" of its standard annex 15, full case folding by CaseFolding.txt.
 */
#include "ingest/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool are_one(const char *left, const char *right)
{
    struct buf a = {0}, b = {0};
    spelling_fold(left, &a);
    spelling_fold(right, &b);
    const bool same = a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
    buf_free(&a);
    buf_free(&b);
    return same;
}

static void what_reads_the_same_is_one_name(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"Zorg", "zorg"},
        {"ZORG EN WELZIJN", "Zorg en welzijn"},
        {"Co\xc3\xb6rdinatie", "Coo\xcc\x88rdinatie"}, /* composed, and with a diaeresis of its own */
        {"CO\xc3\x96RDINATIE", "coo\xcc\x88rdinatie"},
        {"\xe2\x84\xab", "\xc3\xa5"}, /* the sign of angstrom, and a with a ring */
        {"STRASSE", "Stra\xc3\x9f"
                    "e"},         /* full folding */
        {"\xce\xa3", "\xcf\x82"}, /* a capital sigma, and the small one that ends words */
        {"Zorg  2", "Zorg 2"},
        {"Zorg\xc2\xa0"
         "2",
         "Zorg 2"}, /* the blank that does not break */
        {"Zorg\xe2\x80\xaf"
         "2",
         "Zorg 2"}, /* the narrow one */
        {" Zorg\t", "Zorg"},
        {"Zorg\xe2\x80\x83", "Zorg"}, /* an em wide */
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(are_one(same[i][0], same[i][1]));
}

static void what_reads_differently_stays_two(void **state)
{
    (void)state;
    static const char *const different[][2] = {
        {"Zorg 1", "Zorg 2"},
        {"Zorg1", "Zorg 1"},
        {"Zorg-1", "Zorg 1"},
        {"Zorg I", "Zorg 1"},
        {"Zorg\xc2\xb2", "Zorg2"}, /* a 2 above the line: only compatibility makes it one */
        {"Coordinatie", "Co\xc3\xb6rdinatie"},
        {"\xc4\xb1", "i"}, /* the i without a dot */
        {"A", "\xd0\x90"}, /* the Cyrillic one */
    };
    for (size_t i = 0; i < sizeof different / sizeof *different; i++)
        assert_false(are_one(different[i][0], different[i][1]));
}

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
        cmocka_unit_test(what_reads_the_same_is_one_name),
        cmocka_unit_test(what_reads_differently_stays_two),
        cmocka_unit_test(the_first_spelling_counts_and_one_that_is_known_stays_itself),
        cmocka_unit_test(a_whole_number_with_decimals_is_that_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
