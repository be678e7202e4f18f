/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading what a script declares. Every function raises a Lua error that says which key of what is wrong, at
 * the line of the declaration. `where` is "w.indicator" or the like; texts live as long as the table they
 * come from.
 */
#ifndef SCRIPT_WORKER_FIELDS_H
#define SCRIPT_WORKER_FIELDS_H

#include <cjson/cJSON.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LONGEST_ID = 64, LONGEST_NAME = 200, LONGEST_TEXT = 2000 };

/* Pushes a member, raw, so that nothing of the script runs while its declaration is read. Gives its type. */
int fields_get(lua_State *state, int index, const char *key);

/* Is every key of the table at `index` among `known` (ends with NULL)? For each that is not the nearest known
 * one is named, in a problem that does not end the declaration. */
void fields_check_keys(lua_State *state, int index, const char *where, const char *const *known);

/* A text of a table; NULL where it is absent and not required. */
const char *fields_text(lua_State *state, int index, const char *where, const char *key, bool required,
                        size_t longest);
/* Likewise one that people are shown, on one line: a control character in it is an error. */
const char *fields_line(lua_State *state, int index, const char *where, const char *key, bool required,
                        size_t longest);
/* A name that ends up in URLs and files: letters, digits, '-', '_' and '.', at most LONGEST_ID. */
const char *fields_id(lua_State *state, int index, const char *where, const char *key);
/* false where it is absent. */
bool fields_number(lua_State *state, int index, const char *where, const char *key, double *number);

/* A duration such as "90s", "30m", "12h", "3d" or "2w", in milliseconds; 0 where it is absent. */
int64_t fields_duration(lua_State *state, int index, const char *where, const char *key);

/* The same for the value at `index`; `what` names it in the error. */
const char *fields_check_text(lua_State *state, int index, const char *where, const char *what,
                              size_t longest);
const char *fields_check_line(lua_State *state, int index, const char *where, const char *what,
                              size_t longest);
double fields_check_number(lua_State *state, int index, const char *where, const char *what);

/* Adds `key` to `json`: a text becomes {"nl": text, "en": text}; a table may have `nl` and `en`. Absent:
 * nothing. */
void fields_bilingual(lua_State *state, int index, const char *where, const char *key, cJSON *json);

#endif
