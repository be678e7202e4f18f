/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two groups held against each other, by settled tallies. false: the statistic does not exist (too few
 * numbers, no spread).
 */
#ifndef STATS_COMPARE_H
#define STATS_COMPARE_H

#include "stats/tally.h"

/* Welch's t test of two means, without the assumption of equal variances; degrees of freedom by
 * Satterthwaite. Welch (1947). The interval is of the difference a - b. */
struct welch {
    double t, df, p; /* two-sided */
    double difference, low, high;
};
bool compare_welch(const struct tally *a, const struct tally *b, double level, struct welch *result);

/* The Mann-Whitney U test with ties, by the normal approximation with a continuity correction: what R's
 * wilcox.test(a, b, exact = FALSE) gives. Mann & Whitney (1947); ties as in Hollander & Wolfe (1999),
 * section 4.1. */
struct mann_whitney {
    double u; /* of a: how many pairs in which it is larger, ties counting a half; R's W */
    double z, p;
};
bool compare_mann_whitney(const struct tally *a, const struct tally *b, struct mann_whitney *result);

/* Cohen's d: the difference a - b of the means in units of the pooled standard deviation. Cohen (1988),
 * section 2.5. NaN where it does not exist. */
double compare_cohen_d(const struct tally *a, const struct tally *b);

/* ICC(1) of a one-way analysis of variance, with group sizes that may differ: (MSB - MSW) / (MSB + (k0 - 1)
 * MSW), where k0 = (N - sum n_i^2 / N) / (g - 1). Shrout & Fleiss (1979); k0 as in Snedecor & Cochran (1980).
 * It is negative where groups differ less than chance would have it, and is not cut off at 0. NaN where it
 * does not exist. */
double compare_icc1(const struct tally *const *groups, size_t count);

#endif
