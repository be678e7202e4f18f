/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef STATS_PROPORTION_H
#define STATS_PROPORTION_H

#include <stddef.h>

/* Wilson's score interval of a proportion, without a continuity correction: prop.test(successes, n, correct =
 * FALSE) of R. Wilson (1927). n > 0, 0 <= successes <= n, 0 < level < 1. */
void proportion_wilson(double successes, double n, double level, double *low, double *high);

/* p values adjusted for their number so that the false discovery rate is bounded, in the order of `p`:
 * p.adjust(p, "BH") of R. Benjamini & Hochberg (1995). */
void proportion_benjamini_hochberg(const double *p, double *adjusted, size_t count);

#endif
