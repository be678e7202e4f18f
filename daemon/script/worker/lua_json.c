/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/lua_json.h"

#include "base/json.h"
#include "base/utf8.h"

#include <lauxlib.h>
#include <math.h>
#include <stdbool.h>

enum { DEEPEST = 8 };

/* ---- from JSON ----------------------------------------------------------------------------------------- */

static void push(lua_State *state, const cJSON *json, int depth);

static void push_table(lua_State *state, const cJSON *json, int depth)
{
    const cJSON *member;
    lua_Integer index = 0;
    lua_newtable(state);
    cJSON_ArrayForEach(member, json)
    {
        push(state, member, depth + 1);
        if (cJSON_IsObject(json))
            lua_setfield(state, -2, member->string);
        else
            lua_rawseti(state, -2, ++index);
    }
}

static void push(lua_State *state, const cJSON *json, int depth)
{
    luaL_checkstack(state, 4, "JSON");
    if (cJSON_IsNumber(json))
        lua_pushnumber(state, json->valuedouble);
    else if (cJSON_IsBool(json))
        lua_pushboolean(state, cJSON_IsTrue(json));
    else if (cJSON_IsString(json))
        lua_pushstring(state, json->valuestring);
    else if (depth < DEEPEST && (cJSON_IsObject(json) || cJSON_IsArray(json)))
        push_table(state, json, depth);
    else
        lua_pushnil(state);
}

void lua_json_push(lua_State *state, const cJSON *json)
{
    push(state, json, 0);
}

/* ---- to JSON ------------------------------------------------------------------------------------------- */

static void add(lua_State *state, int index, cJSON *parent, const char *key, int depth);

static cJSON *give_to(cJSON *parent, const char *key, cJSON *json)
{
    if (key)
        cJSON_AddItemToObject(parent, key, json);
    else
        cJSON_AddItemToArray(parent, json);
    return json;
}

/* What stands beside the numbers of a list has no place in JSON, and would be lost without a word. */
static void check_keys_of_list(lua_State *state, int table, lua_Integer length)
{
    for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
        const lua_Integer at = lua_isinteger(state, -2) ? lua_tointeger(state, -2) : 0;
        if (lua_type(state, -2) == LUA_TSTRING)
            luaL_error(state, "a table has texts as keys, or is a list; this list has the key '%s' too",
                       lua_tostring(state, -2));
        if (at < 1 || at > length)
            luaL_error(state, "a list has a value at each number from 1 on; this one has gaps");
    }
}

static void add_list(lua_State *state, int table, cJSON *array, int depth)
{
    const lua_Integer length = (lua_Integer)lua_rawlen(state, table);
    check_keys_of_list(state, table, length);
    for (lua_Integer i = 1; i <= length; i++) {
        lua_rawgeti(state, table, i);
        add(state, -1, array, NULL, depth + 1);
        lua_pop(state, 1);
    }
}

static void add_members(lua_State *state, int table, cJSON *object, int depth)
{
    for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
        if (lua_type(state, -2) != LUA_TSTRING)
            luaL_error(state, "a table has texts as keys, or is a list; this one has a %s among its keys",
                       luaL_typename(state, -2));
        size_t length;
        const char *key = lua_tolstring(state, -2, &length);
        if (!utf8_valid(key, length))
            luaL_error(state, "a key is not UTF-8");
        add(state, -1, object, key, depth + 1);
    }
}

static void add_table(lua_State *state, int table, cJSON *parent, const char *key, int depth)
{
    luaL_checkstack(state, 8, "JSON");
    if (depth > DEEPEST)
        luaL_error(state, "tables are inside each other more than %d deep", DEEPEST);
    if (lua_rawlen(state, table) > 0)
        add_list(state, table, give_to(parent, key, cJSON_CreateArray()), depth);
    else
        add_members(state, table, give_to(parent, key, cJSON_CreateObject()), depth);
}

static void add(lua_State *state, int index, cJSON *parent, const char *key, int depth)
{
    const int value = lua_absindex(state, index);
    const char *text;
    size_t length;
    switch (lua_type(state, value)) {
    case LUA_TNUMBER:
        if (!isfinite(lua_tonumber(state, value)))
            luaL_error(state, "%s is not a finite number", key ? key : "a value");
        give_to(parent, key, json_exact(lua_tonumber(state, value)));
        break;
    case LUA_TBOOLEAN:
        give_to(parent, key, cJSON_CreateBool(lua_toboolean(state, value)));
        break;
    case LUA_TSTRING:
        text = lua_tolstring(state, value, &length);
        if (!utf8_valid(text, length))
            luaL_error(state, "%s is not UTF-8, or holds a NUL byte", key ? key : "a text");
        give_to(parent, key, cJSON_CreateString(text));
        break;
    case LUA_TTABLE:
        add_table(state, value, parent, key, depth);
        break;
    default:
        luaL_error(state, "%s is a %s; it takes numbers, texts, booleans and tables of them",
                   key ? key : "a value", luaL_typename(state, value));
    }
}

void lua_json_add(lua_State *state, int index, cJSON *parent, const char *key)
{
    add(state, index, parent, key, 0);
}
