/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms of texts that xAPI prescribes. The texts are UTF-8, without NUL at their end. */
#ifndef XAPI_FORMS_H
#define XAPI_FORMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool form_is_iri(const char *text, size_t size); /* RFC 3987, with a scheme */
/* RFC 4122; all variants. */
bool form_is_uuid(const char *text, size_t size);
bool form_read_uuid(const char *text, size_t size, uint8_t bytes[16]);
void form_write_uuid(const uint8_t bytes[16], char text[37]);
bool form_is_language(const char *text, size_t size);   /* RFC 5646, well-formed */
bool form_is_mailto(const char *text, size_t size);     /* RFC 6068 with one address and nothing else */
bool form_is_sha1(const char *text, size_t size);       /* 40 hexadecimal digits */
bool form_is_sha2(const char *text, size_t size);       /* of 224, 256, 384 or 512 bits */
bool form_is_media_type(const char *text, size_t size); /* RFC 2045, may have parameters */

/*
 * A date and time of ISO 8601 as RFC 3339 has it; the seconds, the minutes of the offset, the colon in it and
 * the offset itself (then it is UTC) may be missing. The offset -00:00 is refused, as xAPI wants.
 */
bool form_is_timestamp(const char *text, size_t size);
/* RFC 3339 to the letter: nothing may be missing. */
bool form_is_strict_timestamp(const char *text, size_t size);
/* In milliseconds since 1970-01-01T00:00:00Z; further digits are cut off. false: it is no timestamp. */
bool form_read_timestamp(const char *text, size_t size, int64_t *time);
enum { FORM_TIME_SIZE = 64 };
/* "2026-08-31T12:00:00.000Z". */
void form_write_timestamp(int64_t time, char text[FORM_TIME_SIZE]);

/* ISO 8601:2004, 4.4.3.2: "PT4H35M59.14S", "P3Y1M29D", "P4W". */
bool form_is_duration(const char *text, size_t size);
/* In minutes. A year is 365.2425 days, which is the mean of the Gregorian calendar, and a month a twelfth of
 * it. false: it is no duration. */
bool form_read_duration(const char *text, size_t size, double *minutes);

#endif
