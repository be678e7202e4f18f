/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CSV file as rows of fields, streamed: memory is bounded by the longest row, and that by limits. */
#ifndef SURVEY_TABLE_H
#define SURVEY_TABLE_H

#include "dialect.h"

#include <sys/types.h>
#include <wijzer/plugin.h>

enum { LONGEST_FIELD = 64 * 1024, MOST_COLUMNS = 10000 };

enum fault {
    NO_FAULT,
    FIELD_TOO_LONG,
    ROW_TOO_LONG, /* more than 8 MiB */
    HAS_NUL,
    NOT_IN_CHARSET,
    IS_UTF_8,   /* in a file that was taken for Windows-1252 */
    MAY_BE_MAC, /* the same: old programs of the Mac end their lines so, and have another set */
};

struct field {
    const char *text; /* UTF-8; ends with NUL; "" where the field is at fault */
    size_t length;    /* as UTF-8 */
};

struct row {
    uint64_t number; /* the heading is 1; blank lines do not count */
    const struct field *fields;
    size_t count;
    enum fault fault; /* of the field `faulty`, the first that has one */
    size_t faulty;
};

struct row_taker {
    bool (*take)(void *data, const struct row *row); /* false: that was enough */
    void *data;
};

/* The beginning of the document, at most `size` bytes. -1: it cannot be read, see errno. */
ssize_t table_head(const struct wz_decode *decode, char *head, size_t size);

/* The rows that are whole within the head. */
void table_peek(const struct wz_decode *decode, const struct dialect *dialect, const struct row_taker *taker);

/* All rows. Where the character set is unknown, the first text that is no ASCII tells it, before the row that
 * holds it is taken. NULL, or why the file cannot be read on (in `why`, which has room for `size` bytes). */
const char *table_read(const struct wz_decode *decode, struct dialect *dialect, const struct row_taker *taker,
                       char *why, size_t size);

#endif
