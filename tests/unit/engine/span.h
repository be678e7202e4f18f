/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can be computed of sums that are known by adding and subtracting: their linear span, modulo a prime.
 * Of vectors of small whole numbers, what is independent modulo it is independent; the other way round it may
 * fail for one in some billion of them.
 */
#ifndef TESTS_ENGINE_SPAN_H
#define TESTS_ENGINE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPAN_MOST = 128 };

#define SPAN_PRIME UINT64_C(2147483647)

/* Zeroed but for the width, which is at most SPAN_MOST, is empty. */
struct span {
    size_t width, count;
    uint64_t rows[SPAN_MOST][SPAN_MOST]; /* in order of their leads, which are 1 */
    size_t leads[SPAN_MOST];
};

/* Takes away what the span has of a vector of its width; true: nothing is left. */
bool span_reduce(const struct span *span, uint64_t *vector);
/* The vector is used up. */
void span_add(struct span *span, uint64_t *vector);
/* What times this number is 1. */
uint64_t span_inverse(uint64_t number);

#endif
