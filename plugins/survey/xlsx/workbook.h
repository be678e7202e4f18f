/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which parts of a workbook are to be read. */
#ifndef SURVEY_XLSX_WORKBOOK_H
#define SURVEY_XLSX_WORKBOOK_H

#include "package.h"

struct workbook {
    char *sheet; /* its name */
    char *sheet_part;
    char *strings_part, *styles_part; /* NULL: it has none */
    bool is_1904;                     /* its days are counted from 1904 */
};

/* Finds the sheet that is wanted (NULL: the first that is visible). NULL, or why it is not to be read. To be
 * freed in both cases. */
const char *workbook_read(struct workbook *workbook, struct package *package, const char *wanted,
                          char why[LONGEST_REASON]);
void workbook_free(struct workbook *workbook);

#endif
