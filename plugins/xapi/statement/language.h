/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One language of a language map (xAPI 1.0.3, Data 4.2). */
#ifndef XAPI_LANGUAGE_H
#define XAPI_LANGUAGE_H

#include "json/json.h"

/* The member in the first of these languages that the map has ("nl" is also "nl-NL"), or else its first; 0:
 * it is empty, or no map. */
uint32_t language_prefer(const struct json *json, uint32_t map, const char *const *languages, size_t count);

/* The member that Accept-Language (RFC 9110, 12.5.4) likes best, or else the first; 0: it is empty.
 * `accepted` may be NULL. */
uint32_t language_accepted(const struct json *json, uint32_t map, const char *accepted);

#endif
