/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/compare.h"
#include "stats/summary.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* ---- means --------------------------------------------------------------------------------------------- */

bool compare_welch(const struct tally *a, const struct tally *b, double level, struct welch *result)
{
    const double na = (double)summary_n(a), nb = (double)summary_n(b);
    if (na < 2 || nb < 2)
        return false;
    const double part_a = summary_variance(a) / na, part_b = summary_variance(b) / nb;
    const double error = sqrt(part_a + part_b);
    if (!(error > 0))
        return false;
    /* By their shares, so that squares of large variances do not overflow. */
    const double share_a = part_a / (part_a + part_b), share_b = 1 - share_a;
    result->difference = summary_mean(a) - summary_mean(b);
    result->t = result->difference / error;
    result->df = 1 / (share_a * share_a / (na - 1) + share_b * share_b / (nb - 1));
    if (!isfinite(result->t) || !isfinite(result->df))
        return false; /* variances beyond what a double holds */
    result->p = 2 * gsl_cdf_tdist_Q(fabs(result->t), result->df);
    const double reach = error * gsl_cdf_tdist_Pinv(1 - (1 - level) / 2, result->df);
    result->low = result->difference - reach;
    result->high = result->difference + reach;
    return isfinite(result->p) && isfinite(result->low) && isfinite(result->high);
}

double compare_cohen_d(const struct tally *a, const struct tally *b)
{
    const double na = (double)summary_n(a), nb = (double)summary_n(b);
    if (na < 2 || nb < 2)
        return NAN;
    const double pooled =
        sqrt(((na - 1) * summary_variance(a) + (nb - 1) * summary_variance(b)) / (na + nb - 2));
    return pooled > 0 ? (summary_mean(a) - summary_mean(b)) / pooled : NAN;
}

/* ---- ranks --------------------------------------------------------------------------------------------- */

/* What the two have of the smallest value that is left, and on to the next one. */
struct tie {
    double in_a, in_b;
};

static bool next_tie(const struct tally *a, const struct tally *b, size_t *at_a, size_t *at_b,
                     struct tie *tie)
{
    const bool has_a = *at_a < a->size, has_b = *at_b < b->size;
    if (!has_a && !has_b)
        return false;
    const double value_a = has_a ? a->entries[*at_a].value : INFINITY;
    const double value_b = has_b ? b->entries[*at_b].value : INFINITY;
    *tie = (struct tie){0};
    if (value_a <= value_b)
        tie->in_a = (double)a->entries[(*at_a)++].count;
    if (value_b <= value_a)
        tie->in_b = (double)b->entries[(*at_b)++].count;
    return true;
}

bool compare_mann_whitney(const struct tally *a, const struct tally *b, struct mann_whitney *result)
{
    const double na = (double)summary_n(a), nb = (double)summary_n(b), n = na + nb;
    size_t at_a = 0, at_b = 0;
    double below = 0, ranks = 0, ties = 0;
    struct tie tie;
    if (na < 1 || nb < 1)
        return false;
    while (next_tie(a, b, &at_a, &at_b, &tie)) {
        const double tied = tie.in_a + tie.in_b;
        ranks += tie.in_a * (below + (tied + 1) / 2);
        ties += tied * tied * tied - tied;
        below += tied;
    }
    result->u = ranks - na * (na + 1) / 2;
    const double excess = result->u - na * nb / 2;
    const double spread = sqrt(na * nb / 12 * (n + 1 - ties / (n * (n - 1))));
    if (!(spread > 0))
        return false;
    const double correction = excess > 0 ? 0.5 : excess < 0 ? -0.5 : 0;
    result->z = (excess - correction) / spread;
    result->p = 2 * fmin(gsl_cdf_ugaussian_P(result->z), gsl_cdf_ugaussian_Q(result->z));
    return true;
}

/* ---- groups -------------------------------------------------------------------------------------------- */

double compare_icc1(const struct tally *const *groups, size_t count)
{
    double n = 0, squares = 0, sum = 0, within = 0, between = 0, filled = 0;
    for (size_t i = 0; i < count; i++) {
        const double own = (double)summary_n(groups[i]);
        if (own < 1)
            continue;
        n += own;
        squares += own * own;
        sum += own * summary_mean(groups[i]);
        within += own > 1 ? (own - 1) * summary_variance(groups[i]) : 0;
        filled++;
    }
    if (filled < 2 || n <= filled)
        return NAN;
    for (size_t i = 0; i < count; i++) {
        const double own = (double)summary_n(groups[i]);
        if (own >= 1)
            between += own * pow(summary_mean(groups[i]) - sum / n, 2);
    }
    const double mean_between = between / (filled - 1), mean_within = within / (n - filled);
    const double size = (n - squares / n) / (filled - 1);
    const double whole = mean_between + (size - 1) * mean_within;
    return whole != 0 ? (mean_between - mean_within) / whole : NAN;
}
