/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef XAPI_DIGEST_H
#define XAPI_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

enum { DIGEST_LONGEST = 128 }; /* as hexadecimal digits */

/* Is it the SHA-2 (FIPS 180-4) of the bytes, as hexadecimal digits? Their number says which: 224, 256, 384 or
 * 512 bits. */
bool digest_is_sha2(const char *digits, const void *bytes, size_t size);

#endif
