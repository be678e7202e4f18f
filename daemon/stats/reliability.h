/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How well the items of a scale hang together, on complete rows: `values` holds rows * items numbers, row by
 * row. NaN where the statistic does not exist.
 */
#ifndef STATS_RELIABILITY_H
#define STATS_RELIABILITY_H

#include <stddef.h>

/* Cronbach's alpha: k/(k-1) * (1 - sum of the items' variances / variance of the row sums). Cronbach (1951).
 */
double reliability_alpha(const double *values, size_t rows, size_t items);

/* McDonald's omega total of one factor: 1 - sum of the uniquenesses / sum of the correlation matrix, with
 * loadings that minimise the squared residuals outside the diagonal (minres, Harman & Jones 1966). McDonald
 * (1999); what omega(x, nfactors = 1) of R's psych gives. */
double reliability_omega(const double *values, size_t rows, size_t items);

#endif
