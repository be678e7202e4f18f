/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stats/proportion.h"

#include "base/mem.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

void proportion_wilson(double successes, double n, double level, double *low, double *high)
{
    const double z = gsl_cdf_ugaussian_Pinv(1 - (1 - level) / 2), share = successes / n;
    const double centre = share + z * z / (2 * n);
    const double reach = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    const double scale = 1 + z * z / n;
    *low = fmax(0, (centre - reach) / scale);
    *high = fmin(1, (centre + reach) / scale);
}

struct ranked {
    double p;
    size_t place;
};

static int largest_first(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    return a->p != b->p ? (a->p < b->p ? 1 : -1) : (a->place < b->place) - (a->place > b->place);
}

void proportion_benjamini_hochberg(const double *p, double *adjusted, size_t count)
{
    struct ranked *ranked = mem_alloc(count * sizeof *ranked);
    double least = 1;
    for (size_t i = 0; i < count; i++)
        ranked[i] = (struct ranked){p[i], i};
    if (count)
        qsort(ranked, count, sizeof *ranked, largest_first);
    for (size_t i = 0; i < count; i++) {
        least = fmin(least, (double)count / (double)(count - i) * ranked[i].p);
        adjusted[ranked[i].place] = least;
    }
    free(ranked);
}
