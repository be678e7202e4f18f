/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file as rows of fields, streamed: memory is bounded by the longest row, and that by limits. */
#ifndef SURVEY_TABLE_H
#define SURVEY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wijzer/plugin.h>

enum { LONGEST_FIELD = 64 * 1024, MOST_COLUMNS = 10000 };

struct field {
    const char *text; /* ends with NUL; "" where it is too long */
    size_t length;    /* as it stands in the file */
};

struct row {
    uint64_t number; /* the heading is 1; blank lines do not count */
    const struct field *fields;
    size_t count;
    char delimiter;
};

/* Calls `take` for each row. `delimiter` 0: whichever of ',' and ';' the heading has more of. Returns NULL,
 * or why the file cannot be read on (a literal or in `why`, which has room for `size` bytes). `take` returns
 * false to end it. */
const char *table_read(const struct wz_decode *decode, char delimiter,
                       bool (*take)(void *data, const struct row *row), void *data, char *why, size_t size);

#endif
