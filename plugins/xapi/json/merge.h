/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef XAPI_JSON_MERGE_H
#define XAPI_JSON_MERGE_H

#include "json/json.h"

/*
 * Appends the object `base` with the members of the object `over` set in it (xAPI 1.0.3, Communication 2.2):
 * those that both have keep their place and get the value of `over`, and the new ones follow. Names and
 * values stand as they did in their texts, byte for byte. `deep`: names of members that are merged in the
 * same way, where both are objects, and not replaced; ends with NULL; may be NULL.
 */
void json_merge(const struct json *base, uint32_t base_object, const struct json *over, uint32_t over_object,
                const char *const *deep, struct buf *out);

#endif
