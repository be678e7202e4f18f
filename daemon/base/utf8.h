/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed by RFC 3629 (no surrogates, nothing overlong, at most U+10FFFF) and without NUL. */
bool utf8_valid(const char *text, size_t size);

/* Puts '?' for every byte that is not part of a well-formed character. */
void utf8_mend(char *text);

#endif
