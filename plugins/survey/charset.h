/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The character sets that exports come in, made UTF-8. */
#ifndef SURVEY_CHARSET_H
#define SURVEY_CHARSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum charset { CHARSET_UNKNOWN, UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252 };

/* "utf-8", as in wijzer.conf; of what is unknown too, for so far it is ASCII. */
const char *charset_name(enum charset charset);
/* As people write it. */
const char *charset_title(enum charset charset);
/* CHARSET_UNKNOWN: it is none of the names. */
enum charset charset_named(const char *name);
bool charset_is_wide(enum charset charset);

/* By the byte order mark, of which the length goes into *mark, or the zero bytes that Latin letters have in
 * UTF-16. CHARSET_UNKNOWN: neither is there, so ASCII is ASCII. */
enum charset charset_of_beginning(const char *bytes, size_t size, size_t *mark);

/*
 * UTF-8 or Windows-1252, by what is no ASCII. CHARSET_UNKNOWN: all of it is, but for *open bytes at the end,
 * which may be the beginning of a character; where nothing follows (`whole`), there are none.
 */
enum charset charset_of_text(const char *bytes, size_t size, bool whole, size_t *open);

/* What is malformed becomes this byte, which no UTF-8 has: so it is found where fields are checked. */
#define CHARSET_MALFORMED '\xff'

/* UTF-16 on its way in. Zeroed, with `big_endian` set, is ready. */
struct utf_16 {
    bool big_endian, has_half;
    uint8_t half;       /* the first byte of a unit, of which the second is still to come */
    uint16_t surrogate; /* the first of a pair; 0: none */
};
/* At most this many bytes come of so many. */
#define UTF_16_ROOM(size) (2 * (size) + 8)
size_t utf_16_convert(struct utf_16 *utf_16, const char *bytes, size_t size, char *text);
/* What is cut off at the end of the file: a byte of CHARSET_MALFORMED, or nothing. */
size_t utf_16_end(struct utf_16 *utf_16, char *text);

/* At most three bytes come of each. */
size_t windows_1252_convert(const char *bytes, size_t size, char *text);

#endif
