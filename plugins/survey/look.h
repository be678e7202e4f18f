/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A look at the rows of a file before any is read for good: what one of them cannot tell, the others may. */
#ifndef SURVEY_LOOK_H
#define SURVEY_LOOK_H

#include "dates.h"
#include "format.h"
#include "tool.h"

/* A document that is read twice is half done when it has been looked at. To be zeroed, and kept as long as
 * the document is. */
struct halves {
    const struct wz_decode *decode; /* NULL: it is read once */
    struct wz_decode half;
    uint64_t begin;
};

/*
 * Sets the document's decimal sign by the first answers that have one, and `dates` by the dates of the column
 * of when a response was sent off: by all of them, where the first ones have to be told whether the day or
 * the month is first. NULL, or why the file is not read: a literal, or in `why`.
 */
const char *look_at(struct document *document, struct halves *halves, struct date_style *dates,
                    char why[LONGEST_REASON]);

/* Sets what the heading says of dates. NULL, or why they cannot be read (in `why`). */
const char *look_heading(struct date_style *dates, const struct heading *heading, const struct tool *tool,
                         char why[LONGEST_REASON]);

#endif
