/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The texts that the cells of a workbook share: all are kept, for a cell may name any of them. */
#ifndef SURVEY_XLSX_STRINGS_H
#define SURVEY_XLSX_STRINGS_H

#include "package.h"
#include "row.h"

#include <stdint.h>

/* With what doubling takes while it lasts, they fit into half of the decoder's 256 MiB. */
enum { MOST_STRINGS = 4 << 20, MOST_STRING_BYTES = 64 << 20 };

struct string {
    uint32_t at, length;
};

struct strings {
    char *text; /* one after another, without NUL */
    size_t size, capacity;
    struct string *all;
    size_t count, all_capacity;
};

/* NULL, or why they cannot be had. To be freed in both cases. */
const char *strings_read(struct strings *strings, struct package *package, const char *part,
                         char why[LONGEST_REASON]);
void strings_free(struct strings *strings);

/* Adds the text of that number to a row. */
void strings_add(const struct strings *strings, size_t number, struct row_builder *row);

#endif
