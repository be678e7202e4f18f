/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers that tools and people write where there is no answer: -99 (Qualtrics, for what was seen and not
 * answered), 99, 999 and so on (what manuals of SPSS advise). Each may be an answer as well: it is suspected
 * only where it lies far from all others, and then it is told, never taken out.
 */
#ifndef SURVEY_MARKERS_H
#define SURVEY_MARKERS_H

#include "format.h"

enum { MARKERS = 6 };

/* The numbers, in the order in which they are told. */
extern const double markers[MARKERS];

/* The other answers beside them: the smallest and the largest. Where there is none, low is above high. */
struct span {
    double low, high;
};
extern const struct span empty_span;
void span_add(struct span *span, double value);
/* Does a marker lie far from the answers of the span? */
bool marker_is_far(double marker, const struct span *others);

/* What the answers to each item hold, where neither a range nor `missing` says what they are. */
struct marks;

struct marks *marks_make(size_t items);
void marks_free(struct marks *marks);
void marks_add(struct marks *marks, size_t item, double value);
/* At the end of the document: a hint for each number that is suspected, with the items that have it. */
void marks_tell(const struct marks *marks, const struct document *document);

#endif
