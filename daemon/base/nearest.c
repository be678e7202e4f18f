/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 64 }; /* longer names are not typing errors of each other worth finding */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance, in three rolling rows. Case does not count. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t change = above[j - 1] + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1);
            row[j] = smaller(change, smaller(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
                row[j] = smaller(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

/* Who mistypes a name mostly begins it right: "kept" is meant to be "keep", and "age" not "name". */
static size_t most_edits(const char *given, size_t given_length, const char *name, size_t length)
{
    const size_t longer = length > given_length ? length : given_length;
    if (longer < 3)
        return longer / 2;
    return same_letter(given[0], name[0]) ? (longer + 2) / 3 : longer / 3;
}

const char *nearest_name(const char *given, const char *const *names, size_t count)
{
    const size_t given_length = strlen(given);
    const char *nearest = NULL;
    size_t best = LONGEST + 1;
    for (size_t i = 0; i < count && given_length <= LONGEST; i++) {
        const size_t length = names[i] ? strlen(names[i]) : LONGEST + 1;
        if (length > LONGEST)
            continue;
        const size_t found = distance(given, given_length, names[i], length);
        if (found <= most_edits(given, given_length, names[i], length) && found < best) {
            best = found;
            nearest = names[i];
        }
    }
    return nearest;
}
