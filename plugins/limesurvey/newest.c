/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "newest.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_ID = 20 };

struct search {
    bool in_row; /* the first field has been seen */
    int64_t newest;
    size_t rows;
};

static void on_field(void *bytes, size_t length, void *data)
{
    struct search *search = data;
    char digits[LONGEST_ID + 1], *end;
    const bool is_first = !search->in_row;
    search->in_row = true;
    if (!is_first || length == 0 || length > LONGEST_ID)
        return;
    memcpy(digits, bytes, length);
    digits[length] = '\0';
    errno = 0;
    const long long id = strtoll(digits, &end, 10);
    if (errno || *end || id <= 0)
        return; /* the heading */
    search->rows++;
    if (id > search->newest)
        search->newest = id;
}

static void on_row(int terminator, void *data)
{
    (void)terminator;
    ((struct search *)data)->in_row = false;
}

static char delimiter_of(const char *export, size_t size)
{
    const char *end = memchr(export, '\n', size);
    const size_t length = end ? (size_t)(end - export) : size;
    return memchr(export, ';', length) ? ';' : memchr(export, '\t', length) ? '\t' : ',';
}

int64_t newest_id(const char *export, size_t size, size_t *rows)
{
    struct search search = {0};
    struct csv_parser parser;
    if (csv_init(&parser, 0) != 0)
        return 0;
    csv_set_delim(&parser, (unsigned char)delimiter_of(export, size));
    csv_parse(&parser, export, size, on_field, on_row, &search);
    csv_fini(&parser, on_field, on_row, &search);
    csv_free(&parser);
    *rows = search.rows;
    return search.newest;
}
