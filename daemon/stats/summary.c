/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/summary.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

int64_t summary_n(const struct tally *tally)
{
    int64_t n = 0;
    for (size_t i = 0; i < tally->size; i++)
        n += tally->entries[i].count;
    return n;
}

/* Sums run in long double (64 bits of mantissa on x86-64), in ascending order of value, so that a million
 * answers lose nothing that a double could show. */
static long double exact_mean(const struct tally *tally, int64_t n)
{
    long double sum = 0;
    for (size_t i = 0; i < tally->size; i++)
        sum += (long double)tally->entries[i].value * (long double)tally->entries[i].count;
    return sum / (long double)n;
}

double summary_mean(const struct tally *tally)
{
    const int64_t n = summary_n(tally);
    return n > 0 ? (double)exact_mean(tally, n) : NAN;
}

/* In two passes: squares of deviations do not cancel as the difference of two large sums would. */
double summary_variance(const struct tally *tally)
{
    const int64_t n = summary_n(tally);
    if (n < 2)
        return NAN;
    const long double mean = exact_mean(tally, n);
    long double squares = 0;
    for (size_t i = 0; i < tally->size; i++) {
        const long double deviation = (long double)tally->entries[i].value - mean;
        squares += deviation * deviation * (long double)tally->entries[i].count;
    }
    return (double)(squares / (long double)(n - 1));
}

double summary_sd(const struct tally *tally)
{
    return sqrt(summary_variance(tally));
}

double summary_min(const struct tally *tally)
{
    return tally->size ? tally->entries[0].value : NAN;
}

double summary_max(const struct tally *tally)
{
    return tally->size ? tally->entries[tally->size - 1].value : NAN;
}

/* The value at a place of the sorted row of all values, counted from 0. */
static double value_at(const struct tally *tally, int64_t place)
{
    int64_t seen = 0;
    size_t i = 0;
    while (i + 1 < tally->size && (seen += tally->entries[i].count) <= place)
        i++;
    return tally->entries[i].value;
}

double summary_quantile(const struct tally *tally, double p)
{
    const int64_t n = summary_n(tally);
    if (n < 1 || !(p >= 0 && p <= 1))
        return NAN;
    const double place = (double)(n - 1) * p, whole = floor(place);
    const double low = value_at(tally, (int64_t)whole), high = value_at(tally, (int64_t)ceil(place));
    const double part = place - whole;
    if (low == high)
        return low;                        /* not nearly that */
    return (1 - part) * low + part * high; /* as R has it: the difference could be beyond a double */
}

double summary_share(const struct tally *tally, double low, double high)
{
    const int64_t n = summary_n(tally);
    int64_t within = 0;
    for (size_t i = 0; i < tally->size; i++)
        if (tally->entries[i].value >= low && tally->entries[i].value <= high)
            within += tally->entries[i].count;
    return n > 0 ? (double)within / (double)n : NAN;
}

bool summary_t_interval(const struct tally *tally, double level, double *low, double *high)
{
    const int64_t n = summary_n(tally);
    if (n < 2)
        return false;
    const double mean = summary_mean(tally);
    const double t = gsl_cdf_tdist_Pinv(1 - (1 - level) / 2, (double)(n - 1));
    const double reach = t * summary_sd(tally) / sqrt((double)n);
    *low = mean - reach;
    *high = mean + reach;
    return true;
}

double summary_alpha(const struct tally *items, size_t k, const struct tally *total)
{
    const double total_variance = summary_variance(total);
    if (k < 2 || !(total_variance > 0))
        return NAN;
    double item_variances = 0;
    for (size_t i = 0; i < k; i++)
        item_variances += summary_variance(&items[i]);
    return (double)k / (double)(k - 1) * (1 - item_variances / total_variance);
}
