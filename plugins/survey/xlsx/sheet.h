/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a worksheet: ECMA-376 part 1, 18.3.1. */
#ifndef SURVEY_XLSX_SHEET_H
#define SURVEY_XLSX_SHEET_H

#include "package.h"
#include "strings.h"
#include "styles.h"
#include "workbook.h"

/* More than any survey has: a sheet names few cells and may mean very many. */
enum { MOST_CELLS = 50000000, MOST_CELL_BYTES = 1 << 30 };

struct sheet_source {
    struct package *package;
    const struct workbook *workbook;
    const struct strings *strings;
    const struct styles *styles;
};

/*
 * Hands over the rows that hold something, by the numbers that the sheet gives them. The first few, which may
 * be a heading, say how wide the others are: cells beyond that are left out, and those that are missing are
 * empty. About `most` bytes of the sheet are read (0: all). `piece` is told after each piece of it and may be
 * NULL. NULL, or why it cannot be read on.
 */
const char *sheet_read(const struct sheet_source *source, const struct row_taker *taker, uint64_t most,
                       void (*piece)(void *data), void *data, char why[LONGEST_REASON]);

#endif
