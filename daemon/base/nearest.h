/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The known name that a mistyped one most likely meant. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The name with the smallest edit distance (Damerau's, adjacent letters swapped count once) that is at most a
 * third of the longer name's length, rounded up where both begin alike, and at least 1 where a name has two
 * letters; NULL where none is near.
 * `names` may hold NULLs, which are passed over. */
const char *nearest_name(const char *given, const char *const *names, size_t count);

#endif
