/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often each value occurs. This is what the engine keeps of a number per group and period, because it is
 * exact: adding and taking away in any order gives the same tally to the bit, tallies of parts add up to the
 * tally of the whole, and every statistic (also minimum and quantiles, also after a withdrawal) can be read
 * off it. Survey answers take few values, so a tally stays small however many people answer.
 */
#ifndef STATS_TALLY_H
#define STATS_TALLY_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally_entry {
    double value;
    int64_t count; /* never 0; below 0 only in a tally of changes */
};

/* Zeroed is empty. */
struct tally {
    struct tally_entry *entries;
    size_t size, capacity;
    size_t sorted; /* entries before this are in order and distinct; later ones wait for tally_settle */
};

void tally_free(struct tally *tally);
/* Amortised O(log n), also for a million different values. -0.0 counts as 0.0. `value` is finite. */
void tally_add(struct tally *tally, double value, int64_t count);
/* Brings the entries in ascending order, each value once, zero counts gone. Reading functions want a settled
 * tally. */
void tally_settle(struct tally *tally);
/* Adds `change` to `tally`, both settled. */
void tally_merge(struct tally *tally, const struct tally *change);
/* Does no value occur less than zero times? (Settled.) */
bool tally_sound(const struct tally *tally);

void tally_encode(const struct tally *tally, struct buf *out); /* settled */
/* Into an empty tally; a malformed encoding sets reader->failed and leaves the tally empty. */
void tally_decode(struct tally *tally, struct reader *reader);

#endif
