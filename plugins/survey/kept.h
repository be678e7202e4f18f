/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that were refused, as the host keeps them and hands them back to be read again: lines of JSON, the
 * first of them the heading, as wz_problem has them. A format like any other, but what the whole document
 * told (its heading, the tool that made it, its decimals and dates) is told again, for a few rows of it tell
 * that no more.
 */
#ifndef SURVEY_KEPT_H
#define SURVEY_KEPT_H

#include "format.h"

/* Both to be freed. Of a row with a field that could not be read there is nothing to keep: NULL. */
char *kept_heading(const struct document *document, const struct tool_reader *rows, enum date_order dates);
/* `width`: so many fields it has, whatever it ends with; 0: as many as there are. */
char *kept_body(const struct row *row, size_t width);

extern const struct format format_kept;

#endif
