/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which texts are one. The pairs are of Unicode: canonical composition by table "Composition of Canonical
 * Equivalents" of its standard annex 15, full case folding by CaseFolding.txt.
 */
#include "base/buf.h"
#include "base/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By all functions that say so. */
static void assert_sameness(const char *left, const char *right, bool expected)
{
    char *a = fold_text(left), *b = fold_text(right), c[200], d[200];
    struct buf e = {0}, f = {0};
    fold_into(left, c, sizeof c);
    fold_into(right, d, sizeof d);
    fold_append(left, &e);
    fold_append(right, &f);
    const char *const words[] = {"?", right, NULL};
    const bool said[] = {strcmp(a, b) == 0,
                         strcmp(c, d) == 0,
                         e.size == f.size && (e.size == 0 || memcmp(e.data, f.data, e.size) == 0),
                         fold_same(left, right),
                         fold_same(right, left),
                         fold_is_one_of(left, words)};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (said[i] != expected)
            fail_msg("'%s' and '%s' are %s by way %zu", left, right, expected ? "two" : "one", i);
    free(a);
    free(b);
    buf_free(&e);
    buf_free(&f);
}

static void assert_one(const char *left, const char *right)
{
    assert_sameness(left, right, true);
}

static void assert_two(const char *left, const char *right)
{
    assert_sameness(left, right, false);
}

static void what_reads_the_same_is_one(void **state)
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
        {"Groot \xc2\xa0 lyceum", "groot lyceum"},
        {"\xc2\xa0\xc3\xa9\xc3\xa9n ", "E\xcc\x81"
                                       "E\xcc\x81N"},
        {"\xc4\xb0yi", "i\xcc\x87yi"}, /* a capital i with a dot folds to an i and a dot */
        {"\xe1\xba\x9e", "ss"},        /* the capital sharp s */
        {"\xef\xac\x81", "fi"},        /* the ligature, whose folding is full */
        {"\xe2\x84\xaa", "k"},         /* the sign of kelvin */
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_one(same[i][0], same[i][1]);
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
        {"\xc4\xb0", "i"}, /* and the capital with one */
        {"\xc4\xb0", "\xc4\xb1"},
        {"\xc3\x9f", "s"},
        {"", "\xc3\xa9"},
        {"a", "a\xcc\x88"},
        {"ab", "a\xc2\xa0"
               "b"},
        {"A", "\xd0\x90"}, /* the Cyrillic one */
    };
    for (size_t i = 0; i < sizeof different / sizeof *different; i++)
        assert_two(different[i][0], different[i][1]);
}

static void a_folded_text_is_in_small_letters_and_composed(void **state)
{
    (void)state;
    static const char *const folded[][2] = {
        {"  Mee\t\r\nEENS ", "mee eens"},
        {"", ""},
        {" \xc2\xa0 ", ""},
        {"[A1] {Z} @`", "[a1] {z} @`"}, /* the signs beside the letters */
        {"E\xcc\x81\xc3\x89N", "\xc3\xa9\xc3\xa9n"},
        {"Stra\xc3\x9f"
         "e",
         "strasse"},
    };
    for (size_t i = 0; i < sizeof folded / sizeof *folded; i++) {
        char *text = fold_text(folded[i][0]);
        assert_string_equal(text, folded[i][1]);
        free(text);
    }
}

static void what_does_not_fit_is_cut_by_whole_characters(void **state)
{
    (void)state;
    char folded[5];
    fold_into("ABCDEF", folded, sizeof folded);
    assert_string_equal(folded, "abcd");
    fold_into("ABC DEF", folded, sizeof folded);
    assert_string_equal(folded, "abc");
    fold_into("ABC\xc3\x89", folded, sizeof folded);
    assert_string_equal(folded, "abc");
    fold_into("AB\xc3\x89", folded, sizeof folded);
    assert_string_equal(folded, "ab\xc3\xa9");
    fold_into("\xc3\x89", folded, 1);
    assert_string_equal(folded, "");
}

/* A to Z and blanks count, as in a text of another character set. */
static void what_is_no_utf_8_is_compared_by_its_bytes(void **state)
{
    (void)state;
    assert_one("R\xe9gie  A", "r\xe9GIE a");
    assert_one("\xe9\xc2\xa0X", "\xe9 x"); /* the blank that does not break, behind a byte that is no text */
    assert_two("\xe9", "\xc9");
    assert_two("\xe9", "\xc3\xa9");
    assert_two("\xe9", "");
    static const char *const ends[] = {"\xc3",         "\xe2\x80", "\xf0\x9f\x98",
                                       "\xed\xa0\x80", "\xc0\x80", "\xff"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *text = fold_text(ends[i]); /* of its own size: what is read past its end is found */
        assert_string_equal(text, ends[i]);
        free(text);
    }
}

/* In order by its class, each mark would pass all before it. */
static void a_pile_of_marks_takes_no_time(void **state)
{
    (void)state;
    enum { MARKS = 200000 };
    static const char *const piles[][2] = {
        {"\xcc\x81", "\xcc\xa3"}, /* above, and below, which goes first */
        {"\xe0\xbd\xb3", ""},     /* two at once, of which the second goes first */
    };
    for (size_t pile = 0; pile < sizeof piles / sizeof *piles; pile++) {
        struct buf text = {0};
        buf_append_text(&text, "A");
        for (size_t i = 0; i < MARKS; i++)
            buf_append_text(&text, piles[pile][i * 2 / MARKS && piles[pile][1][0]]);
        buf_put_u8(&text, 0);
        char *folded = fold_text((const char *)text.data);
        assert_int_equal(folded[0], 'a');
        assert_string_equal(folded + 1, (const char *)text.data + 1);
        free(folded);
        buf_free(&text);
    }
}

static size_t put_utf8(uint32_t code, char text[5])
{
    const size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 0; code >>= 6)
        text[i] = (char)(i ? 0x80 | (code & 0x3f) : leads[length] | code);
    text[length] = '\0';
    return length;
}

static void every_character_fits_into_its_room_and_folds_to_what_stays(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        char text[5];
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        const size_t length = put_utf8(code, text);
        char *folded = fold_text(text), *again = fold_text(folded);
        if (strlen(folded) >= FOLD_ROOM(length))
            fail_msg("U+%04X takes %zu bytes", code, strlen(folded));
        if (strcmp(folded, again) != 0)
            fail_msg("U+%04X folds to what folds on", code);
        free(folded);
        free(again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_reads_the_same_is_one),
        cmocka_unit_test(what_reads_differently_stays_two),
        cmocka_unit_test(a_folded_text_is_in_small_letters_and_composed),
        cmocka_unit_test(what_does_not_fit_is_cut_by_whole_characters),
        cmocka_unit_test(what_is_no_utf_8_is_compared_by_its_bytes),
        cmocka_unit_test(a_pile_of_marks_takes_no_time),
        cmocka_unit_test(every_character_fits_into_its_room_and_folds_to_what_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
