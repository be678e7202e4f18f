/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A response as the log keeps it: names replaced by numbers, the respondent by a pseudonym. */
#ifndef STORE_RESPONSE_H
#define STORE_RESPONSE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PSEUDONYM_SIZE = 16 };

struct response {
    uint32_t period; /* the wave, see store_period */
    uint32_t group;  /* the innermost one, see store_group; 0: none */
    uint8_t respondent[PSEUDONYM_SIZE];
    int64_t submitted; /* milliseconds since 1970 UTC, or INT64_MIN */
    bool partial;
    /* Answers by ascending item number. */
    size_t count, capacity;
    uint32_t *items; /* see store_item */
    double *values;
};

void response_free(struct response *response);
void response_add(struct response *response, uint32_t item, double value); /* any order */
void response_sort(struct response *response); /* of an item given twice the last value stays */
/* The answer, or NaN. By bisection. */
double response_value(const struct response *response, uint32_t item);
void response_encode(const struct response *response, struct buf *out);
/* Reuses the memory that `response` has. -1: malformed. */
int response_decode(struct response *response, const void *bytes, size_t size);

/* How one response, encoded, compares with the one of the same respondent and wave that is there. */
enum response_rank {
    RESPONSE_SAME,       /* to the last answer */
    RESPONSE_COUNTS,     /* it takes the place of the other */
    RESPONSE_UNFINISHED, /* the other was sent off, and this one was not: it does not */
    RESPONSE_OLDER,      /* the other was sent off later: it does not */
};
enum response_rank response_rank(const void *bytes, size_t size, const void *there, size_t there_size);

#endif
