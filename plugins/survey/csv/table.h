/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file as rows of fields, streamed: memory is bounded by the longest row, and that by limits. Blank
 * lines do not count as rows, nor does a first line "sep=;". */
#ifndef SURVEY_TABLE_H
#define SURVEY_TABLE_H

#include "dialect.h"

/* The rows that are whole within the head. */
void table_peek(const struct document *document, const struct dialect *dialect,
                const struct row_taker *taker);

/* All rows. Where the character set is unknown, the first text that is no ASCII tells it, before the row that
 * holds it is taken. NULL, or why the file cannot be read on (in `why`). */
const char *table_read(const struct document *document, struct dialect *dialect,
                       const struct row_taker *taker, char why[LONGEST_REASON]);

#endif
