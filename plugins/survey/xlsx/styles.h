/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which formats of a workbook show a number as a date. */
#ifndef SURVEY_XLSX_STYLES_H
#define SURVEY_XLSX_STYLES_H

#include "package.h"

#include <stdint.h>

enum { MOST_STYLES = 1 << 16 }; /* Excel: 65,490 */

struct styles {
    uint8_t *parts;   /* by the number that a cell gives: see date_parts */
    uint8_t *noughts; /* the same: how many digits a whole number is shown with at least */
    size_t count;
};

/* NULL, or why they cannot be had. To be freed in both cases. */
const char *styles_read(struct styles *styles, struct package *package, const char *part,
                        char why[LONGEST_REASON]);
void styles_free(struct styles *styles);

#endif
