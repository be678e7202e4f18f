/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed by RFC 3629 (no surrogates, nothing overlong, at most U+10FFFF) and without NUL. */
bool utf8_valid(const char *text, size_t size);

/* ASCII alone, and without NUL. */
bool utf8_is_ascii(const char *text, size_t size);

/* The length of the well-formed character at `text`, of which `left` bytes are there; 0: there is none. */
size_t utf8_character(const char *text, size_t left);
/* Would the character act on whatever shows it, instead of being shown? Controls (tab and line feed too),
 * line and paragraph separators, and what turns the direction of writing around. */
bool utf8_is_control(const char *character, size_t length);

/* The first control character of a well-formed text, or NULL. */
const char *utf8_find_control(const char *text, size_t size);
/* The number of the well-formed character at `text`. */
uint32_t utf8_code_point(const char *text);

/* Copies a text to where `size` bytes are, NUL included, as one line that is fit to be shown: a space for
 * every control, '?' for every byte that is not part of a well-formed character. What does not fit is left
 * out, by whole characters. */
void utf8_copy_line(char *to, size_t size, const char *text, size_t length);

/* Makes a text fit to be shown: '?' for every byte that is not part of a well-formed character, or part of a
 * control that is neither a tab nor a line feed. */
void utf8_mend(char *text);

#endif
