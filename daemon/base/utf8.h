/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed by RFC 3629 (no surrogates, nothing overlong, at most U+10FFFF) and without NUL. */
bool utf8_valid(const char *text, size_t size);

/* ASCII alone, and without NUL. */
bool utf8_is_ascii(const char *text, size_t size);

/* The length of the well-formed character at `text`, of which `left` bytes are there; 0: there is none. */
size_t utf8_character(const char *text, size_t left);
/* Would the character act on whatever shows it, instead of being shown? Controls (tab and line feed too),
 * line and paragraph separators, and what turns the direction of writing around. */
bool utf8_is_control(const char *character, size_t length);

/* Makes a text fit to be shown: '?' for every byte that is not part of a well-formed character, or part of a
 * control that is neither a tab nor a line feed. */
void utf8_mend(char *text);

#endif
