/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/people.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST_PEOPLE = 1000 };

int people_read(const char *text, int *people, struct error *error)
{
    char *end;
    errno = 0;
    const long count = strtol(text, &end, 10);
    if (errno || end == text || *end || count < 1 || count > MOST_PEOPLE)
        return error_set(error, ERROR_INPUT, "a whole number from 1 to %d is wanted", MOST_PEOPLE);
    *people = (int)count;
    return 0;
}
