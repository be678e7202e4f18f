/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading members of a cJSON object that may hold anything. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* The member; NULL where it is absent, or the object is. Lives as long as the object. */
const cJSON *json_get(const cJSON *object, const char *key);
/* The text of a member, or NULL where it is absent or something else. Lives as long as the object. */
const char *json_text(const cJSON *object, const char *key);
/* false where it is absent or something else. */
bool json_number(const cJSON *object, const char *key, double *number);
/* The same, and 0 there. */
double json_amount(const cJSON *object, const char *key);
bool json_true(const cJSON *object, const char *key);
/* An array's texts, copied, *count of them; entries that are no texts are passed over. NULL where there are
 * none. Free each and the array. */
char **json_texts(const cJSON *object, const char *key, size_t *count);
/* A number that reads back as the same double, in as few digits as that takes; cJSON's own takes 15 for good
 * enough. */
cJSON *json_exact(double number);
/* Puts an array of objects in byte order of a text member that all of them have. */
void json_sort(cJSON *array, const char *key);
/* Puts the members of an object, and of objects in it, in byte order of their keys. */
void json_sort_members(cJSON *object);

#endif
