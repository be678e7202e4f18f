/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strings of JSON as they stand in a text: between their quotes, with escapes. */
#ifndef XAPI_JSON_STRING_H
#define XAPI_JSON_STRING_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* `*at` is at the quote that begins a string, and comes behind the one that ends it. -1: *wrong says what is
 * wrong with it, and `*at` is where. */
int json_string_scan(const char **at, const char *end, bool *is_escaped, const char **wrong);

/* The rest is for what was scanned: `text` begins behind the quote, `size` is up to the other. */
void json_string_put(const char *text, size_t size, struct buf *out);
bool json_string_equals(const char *text, size_t size, const char *wanted, size_t wanted_size);

#endif
