/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/reliability.h"

#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST_SWEEPS = 100000 };

static const double settled = 1e-12;

static double mean_of(const double *values, size_t rows, size_t items, size_t item)
{
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += values[i * items + item];
    return sum / (double)rows;
}

/* Free it. */
static double *covariances(const double *values, size_t rows, size_t items)
{
    double *means = mem_alloc(items * sizeof *means), *matrix = mem_alloc(items * items * sizeof *matrix);
    for (size_t k = 0; k < items; k++)
        means[k] = mean_of(values, rows, items, k);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < items; k++)
            for (size_t m = 0; m <= k; m++)
                matrix[k * items + m] +=
                    (values[i * items + k] - means[k]) * (values[i * items + m] - means[m]);
    for (size_t k = 0; k < items; k++)
        for (size_t m = 0; m <= k; m++)
            matrix[m * items + k] = matrix[k * items + m] /= (double)(rows - 1);
    free(means);
    return matrix;
}

static double sum_of(const double *matrix, size_t items)
{
    double sum = 0;
    for (size_t i = 0; i < items * items; i++)
        sum += matrix[i];
    return sum;
}

double reliability_alpha(const double *values, size_t rows, size_t items)
{
    double trace = 0;
    if (rows < 2 || items < 2)
        return NAN;
    double *matrix = covariances(values, rows, items);
    const double whole = sum_of(matrix, items), k = (double)items;
    for (size_t i = 0; i < items; i++)
        trace += matrix[i * items + i];
    free(matrix);
    return whole > 0 ? k / (k - 1) * (1 - trace / whole) : NAN;
}

/* false: an item has no spread. */
static bool correlate(double *matrix, size_t items)
{
    double *spreads = mem_alloc(items * sizeof *spreads);
    bool all = true;
    for (size_t i = 0; i < items; i++) {
        spreads[i] = sqrt(matrix[i * items + i]);
        all &= spreads[i] > 0;
    }
    for (size_t i = 0; i < items && all; i++)
        for (size_t k = 0; k < items; k++)
            matrix[i * items + k] /= spreads[i] * spreads[k];
    free(spreads);
    return all;
}

/* The loading that fits best while the others stand; a sweep over all of them never fits worse than before.
 */
static double best_loading(const double *matrix, const double *loadings, size_t items, size_t item)
{
    double product = 0, square = 0;
    for (size_t k = 0; k < items; k++) {
        if (k == item)
            continue;
        product += matrix[item * items + k] * loadings[k];
        square += loadings[k] * loadings[k];
    }
    const double loading = square > 0 ? product / square : 0;
    return fmax(-1, fmin(1, loading)); /* a uniqueness is no less than 0 */
}

static void find_loadings(const double *matrix, double *loadings, size_t items)
{
    for (size_t i = 0; i < items; i++)
        loadings[i] = 0.5;
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double change = 0;
        for (size_t i = 0; i < items; i++) {
            const double better = best_loading(matrix, loadings, items, i);
            change = fmax(change, fabs(better - loadings[i]));
            loadings[i] = better;
        }
        if (change < settled)
            return;
    }
}

double reliability_omega(const double *values, size_t rows, size_t items)
{
    double unique = 0;
    if (rows < 2 || items < 3) /* two items do not determine a factor */
        return NAN;
    double *matrix = covariances(values, rows, items), *loadings = mem_alloc(items * sizeof *loadings);
    const bool can = correlate(matrix, items);
    if (can)
        find_loadings(matrix, loadings, items);
    for (size_t i = 0; i < items; i++)
        unique += 1 - loadings[i] * loadings[i];
    const double whole = sum_of(matrix, items);
    free(matrix);
    free(loadings);
    return can && whole > 0 ? 1 - unique / whole : NAN;
}
