/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in a row stands what the instrument asks for. */
#ifndef SURVEY_COLUMNS_H
#define SURVEY_COLUMNS_H

#include "job.h"
#include "tool.h"

enum { NO_COLUMN = -1, LONGEST_WHY = 2400 };

struct columns {
    char *const *names;              /* the heading's; NULL: it has not been read */
    size_t width;                    /* of the heading */
    size_t count;                    /* without the unnamed columns at its end */
    int respondent, submitted, wave; /* or NO_COLUMN, as are those below where the heading does not fit */
    int *levels, *items;
    size_t *item_order; /* items by column, so that the first bad cell of a row is found first */
    bool by_id, by_text;
};

/* false: the heading does not fit, and `why` says what is wrong with it. To be freed all the same, before the
 * heading. */
bool columns_find(struct columns *columns, const struct job *job, const struct heading *heading,
                  const struct tool *tool, char why[LONGEST_WHY]);
void columns_free(struct columns *columns);

/* Is there another column with the same name? */
bool columns_is_double(const struct columns *columns, size_t column);

/* "id", "text", or "id and text": by which the items were found. */
const char *columns_kind(const struct columns *columns);

#endif
