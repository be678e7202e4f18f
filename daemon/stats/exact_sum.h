/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sum of doubles without rounding: a fixed-point number that is wide enough for every one of them. So the
 * order in which they come does not matter, and what is taken away again leaves nothing behind. See Kulisch,
 * "Computer Arithmetic and Validity" (2008), on long accumulators.
 */
#ifndef STATS_EXACT_SUM_H
#define STATS_EXACT_SUM_H

#include "base/buf.h"

enum { EXACT_SUM_LIMBS = 70 };

/* Zeroed is 0. Limb i counts 2^(32 i - 1074); carries are outstanding until the sum is read. */
struct exact_sum {
    int64_t limbs[EXACT_SUM_LIMBS];
};

/* Adds `count` times the value, which is finite; |count| < 2^40. */
void exact_sum_add(struct exact_sum *sum, double value, int64_t count);
void exact_sum_merge(struct exact_sum *sum, const struct exact_sum *other);
/* The nearest double, ties to even; an infinity where it is too large for any. */
double exact_sum_value(const struct exact_sum *sum);
/* Equal sums have equal bytes. */
void exact_sum_encode(const struct exact_sum *sum, struct buf *out);
/* Into a zeroed sum; malformed bytes set reader->failed. */
void exact_sum_decode(struct exact_sum *sum, struct reader *reader);

#endif
