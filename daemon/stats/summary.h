/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can be read off settled, sound tallies. A statistic that does not exist (too few answers, no spread)
 * is NaN. Two results of one tally are equal to the bit, whatever the order in which it was filled.
 */
#ifndef STATS_SUMMARY_H
#define STATS_SUMMARY_H

#include "stats/tally.h"

int64_t summary_n(const struct tally *tally);
double summary_mean(const struct tally *tally);
double summary_variance(const struct tally *tally); /* divides by n - 1; n >= 2 */
double summary_sd(const struct tally *tally);
double summary_min(const struct tally *tally);
double summary_max(const struct tally *tally);
/* Type 7 of Hyndman & Fan (1996), R's default; 0 <= p <= 1. */
double summary_quantile(const struct tally *tally, double p);
/* The part of the values that lies in [low, high]. */
double summary_share(const struct tally *tally, double low, double high);
/* Student's t interval of the mean: mean -/+ t(1 - (1 - level)/2; n - 1) * sd / sqrt(n). false where n < 2.
 */
bool summary_t_interval(const struct tally *tally, double level, double *low, double *high);
/* Cronbach's alpha: k/(k-1) * (1 - sum of the items' variances / variance of the row sums), on complete rows:
 * `items` are the k items' tallies and `total` that of the sums, over the same rows. Cronbach (1951). */
double summary_alpha(const struct tally *items, size_t k, const struct tally *total);

#endif
