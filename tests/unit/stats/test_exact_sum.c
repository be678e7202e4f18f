/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums without rounding, held against those of Python's fractions (exact_sum_expected.py). */
#include "stats/exact_sum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST_LINE = 1 << 14, MOST_TERMS = 128 };

struct terms {
    double sum, values[MOST_TERMS];
    long long counts[MOST_TERMS];
    size_t count;
};

static bool read_terms(FILE *file, struct terms *terms)
{
    char line[LONGEST_LINE], *at = line;
    if (!fgets(line, sizeof line, file))
        return false;
    terms->sum = strtod(at, &at);
    for (terms->count = 0; *at == ' '; terms->count++) {
        assert_true(terms->count < MOST_TERMS);
        terms->counts[terms->count] = strtoll(at, &at, 10);
        terms->values[terms->count] = strtod(at, &at);
    }
    return true;
}

static struct exact_sum add_up(const struct terms *terms, size_t from, size_t to)
{
    struct exact_sum sum = {0};
    for (size_t i = from; i < to; i++)
        exact_sum_add(&sum, terms->values[i], terms->counts[i]);
    return sum;
}

static void assert_same(const struct exact_sum *one, const struct exact_sum *other)
{
    struct buf a = {0}, b = {0};
    exact_sum_encode(one, &a);
    exact_sum_encode(other, &b);
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    struct reader reader = reader_of(a.data, a.size);
    struct exact_sum again = {0};
    exact_sum_decode(&again, &reader);
    assert_false(reader.failed);
    assert_int_equal(reader_left(&reader), 0);
    const double value = exact_sum_value(&again), wanted = exact_sum_value(one);
    assert_memory_equal(&value, &wanted, sizeof value);
    buf_free(&a);
    buf_free(&b);
}

static void sums_are_pythons(void **state)
{
    (void)state;
    FILE *file = fopen(SOURCE_DIR "/tests/unit/stats/exact_sum_expected.txt", "r");
    struct terms terms;
    size_t lines = 0;
    assert_non_null(file);
    for (; read_terms(file, &terms); lines++) {
        struct exact_sum all = add_up(&terms, 0, terms.count);
        if (exact_sum_value(&all) != terms.sum)
            fail_msg("line %zu: %a, and should be %a", lines + 1, exact_sum_value(&all), terms.sum);
        struct exact_sum half = add_up(&terms, terms.count / 2, terms.count);
        const struct exact_sum other = add_up(&terms, 0, terms.count / 2);
        exact_sum_merge(&half, &other);
        assert_same(&all, &half);
    }
    assert_true(lines > 100);
    fclose(file);
}

static void what_is_taken_away_leaves_nothing(void **state)
{
    (void)state;
    struct exact_sum sum = {0};
    const struct exact_sum nothing = {0};
    const double values[] = {0.1, 1e300, -5e-324, 7.0 / 3, -1e-200};
    for (size_t i = 0; i < 5; i++)
        exact_sum_add(&sum, values[i], 1234567);
    for (size_t i = 5; i-- > 0;)
        exact_sum_add(&sum, values[i], -1234567);
    assert_same(&sum, &nothing);
}

static void malformed_bytes_are_refused(void **state)
{
    (void)state;
    const uint8_t too_long[] = {142, 1, 69}, ends_early[] = {4, 0, 1, 2, 3},
                  too_high[] = {4, 69, 1, 0, 0, 0, 1, 0, 0, 0};
    const struct {
        const uint8_t *bytes;
        size_t size;
    } cases[] = {{too_long, sizeof too_long}, {ends_early, sizeof ends_early}, {too_high, sizeof too_high}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reader reader = reader_of(cases[i].bytes, cases[i].size);
        struct exact_sum sum = {0};
        exact_sum_decode(&sum, &reader);
        assert_true(reader.failed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_pythons),
                                       cmocka_unit_test(what_is_taken_away_leaves_nothing),
                                       cmocka_unit_test(malformed_bytes_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
