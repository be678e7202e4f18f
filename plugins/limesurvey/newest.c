/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "newest.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_ID = 20 };

static const long long LARGEST_ID = 1LL << 53; /* what a number in JSON can hold */

struct search {
    bool in_row; /* the first field has been seen */
    int64_t newest;
    struct export_rows rows;
};

static void on_field(void *bytes, size_t length, void *data)
{
    struct search *search = data;
    char digits[LONGEST_ID + 1], *end;
    const bool is_first = !search->in_row;
    search->in_row = true;
    if (!is_first)
        return;
    search->rows.without_id++;
    if (length == 0 || length > LONGEST_ID)
        return;
    memcpy(digits, bytes, length);
    digits[length] = '\0';
    errno = 0;
    const long long id = strtoll(digits, &end, 10);
    if (errno || *end || id <= 0 || id > LARGEST_ID)
        return; /* the heading, or a number that no survey gives */
    search->rows.without_id--;
    search->rows.with_id++;
    if (id > search->newest)
        search->newest = id;
}

static void on_row(int terminator, void *data)
{
    (void)terminator;
    ((struct search *)data)->in_row = false;
}

/* The one behind the first column's name, which may be quoted: in the others' are texts of questions. */
static char delimiter_of(const char *export, size_t size)
{
    bool quoted = false;
    for (size_t i = 0; i < size && (quoted || export[i] != '\n'); i++) {
        if (export[i] == '"')
            quoted = !quoted;
        else if (!quoted && (export[i] == ';' || export[i] == '\t' || export[i] == ','))
            return export[i];
    }
    return ',';
}

int64_t newest_id(const char *export, size_t size, struct export_rows *rows)
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
    rows->without_id -= rows->without_id > 0; /* the heading */
    return search.newest;
}
