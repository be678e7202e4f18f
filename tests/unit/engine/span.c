/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "span.h"

#include <string.h>

/* The number to the power of prime - 2 (Fermat). */
uint64_t span_inverse(uint64_t number)
{
    uint64_t result = 1;
    for (uint64_t exponent = SPAN_PRIME - 2; exponent; exponent >>= 1, number = number * number % SPAN_PRIME)
        if (exponent & 1)
            result = result * number % SPAN_PRIME;
    return result;
}

bool span_reduce(const struct span *span, uint64_t *vector)
{
    for (size_t i = 0; i < span->count; i++) {
        const uint64_t factor = vector[span->leads[i]];
        for (size_t k = span->leads[i]; factor && k < span->width; k++)
            vector[k] = (vector[k] + (SPAN_PRIME - factor) * span->rows[i][k]) % SPAN_PRIME;
    }
    for (size_t k = 0; k < span->width; k++)
        if (vector[k])
            return false;
    return true;
}

/* Rows are kept in order of their leads, so that one pass reduces. */
void span_add(struct span *span, uint64_t *vector)
{
    size_t lead = 0, at = span->count;
    if (span_reduce(span, vector))
        return;
    while (!vector[lead])
        lead++;
    const uint64_t inverse = span_inverse(vector[lead]);
    for (; at > 0 && span->leads[at - 1] > lead; at--) {
        memcpy(span->rows[at], span->rows[at - 1], sizeof span->rows[at]);
        span->leads[at] = span->leads[at - 1];
    }
    for (size_t k = 0; k < span->width; k++)
        span->rows[at][k] = vector[k] * inverse % SPAN_PRIME;
    span->leads[at] = lead;
    span->count++;
}
