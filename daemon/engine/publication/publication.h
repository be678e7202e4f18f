/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a tree of groups is published, for all indicators of one source and one period together.
 *
 * Withheld is, first, an indicator of a group in which an input of it has fewer people than it needs, or one
 * answer that all of fewer than twice as many gave: then everybody in the group is known to have given it.
 * Then what would let somebody compute a withheld value (engine/publication/disclosure.h) is withheld, once
 * for every *measure*: a number that people have, and that more than one input may give away, at other levels
 * or in other indicators. It is known of a group when any of these is published there. What one measure
 * withholds of an indicator is gone for its other measures too, so all are gone through again until nothing
 * changes; that ends, for what is withheld only grows.
 *
 * An indicator that asks for more people than others asks for itself: whatever can be computed of the
 * indicators that need at least so many is about at least so many.
 *
 * What was not published before costs next to nothing to withhold: who has seen a group's value, and its
 * parent's, may subtract it from what takes its place later.
 *
 * Not prevented is what comes of sums that lie across each other: of calendar weeks and months, or of windows
 * that overlap; nor estimates, as of an answer that all but a few gave to two similar questions; nor,
 * exactly, what the few have said who are in one of two inputs of the same group and not in the other: a
 * derived number of some people beside that of all, or a scale and both of its items, where somebody answered
 * one.
 */
#ifndef ENGINE_PUBLICATION_H
#define ENGINE_PUBLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PUBLICATION_NO_PARENT SIZE_MAX

/* What an input holds of a group: how many people; how many of what adds up over groups beside each other
 * (answers: as many; or events); and whether all of it is one and the same answer. */
struct publication_count {
    int64_t people, total;
    bool uniform;
};

enum { MEASURES_AN_INPUT = 3 };

struct publication_indicator {
    int64_t least; /* people */
    size_t input_count;
    const size_t *measures;                 /* by input MEASURES_AN_INPUT; one may be there twice */
    const bool *is_by;                      /* by group: is the indicator computed for its level? */
    const struct publication_count *counts; /* by group, and in it by input */
    const bool *stays_withheld;             /* by group: it is, whatever it has; NULL: of none */
    bool *published;                        /* by group. In: was it? Out: is it? */
};

struct publication_tree {
    size_t group_count;
    const size_t *parents; /* by group: one that comes before it, or PUBLICATION_NO_PARENT */
    size_t measure_count;
    bool overlapping; /* a person may be in several groups beside each other */
    size_t indicator_count;
    struct publication_indicator *indicators;
};

/* The next higher number of people that any indicator needs; INT64_MAX: none needs more. */
int64_t publication_next_least(const struct publication_tree *tree, int64_t above);

void publication_decide(const struct publication_tree *tree);

/* Would the count, where at least so many people are needed, tell what people in the group said? */
bool publication_is_telling(const struct publication_count *count, int64_t least);

#endif
