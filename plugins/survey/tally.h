/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in one column of a document, seen once from the first row to the last, in little memory. */
#ifndef SURVEY_TALLY_H
#define SURVEY_TALLY_H

#include "markers.h"
#include "tool.h"

enum { MOST_VALUES = 40, LONGEST_VALUE = 80, MOST_MISSING = 12 };

struct value {
    char *text;   /* as it stands first */
    char *folded; /* see base/fold.h */
    size_t count;
};

/* Zeroed is ready. */
struct tally {
    struct value values[MOST_VALUES]; /* other than those that are missing, capitals and blanks apart */
    size_t value_count;
    bool has_more;               /* than MOST_VALUES, or one that is longer than LONGEST_VALUE */
    size_t filled;               /* rows that hold something */
    size_t answered;             /* rows that hold something that is not missing */
    size_t numbers, wholes;      /* of those */
    double low, high;            /* of the numbers */
    char *missing[MOST_MISSING]; /* words for no answer, as they stand first */
    size_t missing_count;
};

void tally_add(struct tally *tally, const struct tool *tool, const char *text);
/* Is the number among the answers? Then `others` are those beside it. false too where there were too many to
 * remember. */
bool tally_has(const struct tally *tally, double number, struct span *others);
/* From now on it is a word for no answer. */
void tally_set_missing(struct tally *tally, double number);
void tally_free(struct tally *tally);

/* The number that a text begins with ("1 - never") or, behind up to three letters, ends with ("A1"), for the
 * order of answers. false: it has none. */
bool tally_code(const char *text, double *code);

#endif
