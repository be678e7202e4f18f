/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of Lua as JSON, and back. */
#ifndef SCRIPT_WORKER_LUA_JSON_H
#define SCRIPT_WORKER_LUA_JSON_H

#include <cjson/cJSON.h>
#include <lua.h>

/* Pushes a value: null as nil, an object or array as a table. May raise an error for want of memory. */
void lua_json_push(lua_State *state, const cJSON *json);

/* Adds the value at `index` to `parent`, an object (with `key`) or an array (`key` NULL); a table whose keys
 * are 1, 2, 3 ... is an array. What is added belongs to `parent` at once, also where an error is raised: for
 * what JSON does not have, for tables inside each other more than 8 deep, and for texts that are not UTF-8.
 */
void lua_json_add(lua_State *state, int index, cJSON *parent, const char *key);

#endif
