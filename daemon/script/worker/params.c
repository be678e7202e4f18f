/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/params.h"
#include "script/worker/fields.h"

#include <math.h>
#include <string.h>

static const char *const types[] = {"number", "integer", "string", "boolean"};

static bool fits_type(lua_State *state, int index, const char *type)
{
    if (strcmp(type, "number") == 0)
        return lua_type(state, index) == LUA_TNUMBER && isfinite(lua_tonumber(state, index));
    if (strcmp(type, "integer") == 0)
        return lua_type(state, index) == LUA_TNUMBER &&
               lua_tonumber(state, index) == floor(lua_tonumber(state, index)) &&
               fabs(lua_tonumber(state, index)) < 1e15;
    return strcmp(luaL_typename(state, index), type) == 0;
}

static const char *read_type(lua_State *state, int table, const char *what)
{
    const char *type = fields_text(state, table, what, "type", true, LONGEST_NAME);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            return types[i];
    luaL_error(state, "%s: 'type' is \"number\", \"integer\", \"string\" or \"boolean\"", what);
    return NULL;
}

static void push_override(lua_State *state, const cJSON *override)
{
    if (cJSON_IsNumber(override))
        lua_pushnumber(state, override->valuedouble);
    else if (cJSON_IsBool(override))
        lua_pushboolean(state, cJSON_IsTrue(override));
    else
        lua_pushstring(state, cJSON_GetStringValue(override));
}

/* Pushes the value of the parameter whose description is at `table`. */
static void push_value(lua_State *state, int table, const char *name, const char *what, const cJSON *override)
{
    static const char *const keys[] = {"type", "default", "min", "max", "nl", "en", NULL};
    double min = -INFINITY, max = INFINITY;
    if (!lua_istable(state, table))
        luaL_error(state, "%s must be a table, as in %s = { type = \"number\", default = 2.5 }", what, name);
    fields_check_keys(state, table, what, keys);
    const char *type = read_type(state, table, what);
    fields_number(state, table, what, "min", &min);
    fields_number(state, table, what, "max", &max);
    const char *from = "the default";
    if (fields_get(state, table, "default") == LUA_TNIL)
        luaL_error(state, "%s needs a 'default'", what);
    if (override) {
        lua_pop(state, 1);
        push_override(state, override);
        from = "the value in wijzer.conf";
    }
    if (!fits_type(state, -1, type))
        luaL_error(state, "%s: %s must be of type %s", what, from, type);
    if (strcmp(type, "integer") == 0) { /* wijzer.conf and JSON know only numbers */
        lua_pushinteger(state, (lua_Integer)lua_tonumber(state, -1));
        lua_replace(state, -2);
    }
    if (lua_type(state, -1) == LUA_TNUMBER &&
        (lua_tonumber(state, -1) < min || lua_tonumber(state, -1) > max))
        luaL_error(state, "%s: %s is outside its range from %f to %f", what, from, min, max);
}

static void check_overrides(lua_State *state, int declared, const char *where, const cJSON *overrides)
{
    const cJSON *override;
    cJSON_ArrayForEach(override, overrides)
    {
        const bool known =
            lua_istable(state, declared) && fields_get(state, declared, override->string) != LUA_TNIL;
        if (!known)
            luaL_error(state, "%s: wijzer.conf sets the parameter '%s', which is not declared here", where,
                       override->string);
        lua_pop(state, 1);
    }
}

lua_ref params_read(lua_State *state, const char *where, const cJSON *overrides)
{
    const int type = fields_get(state, 1, "params");
    const int declared = lua_gettop(state);
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(state, "%s: 'params' must be a table", where);
    check_overrides(state, declared, where, overrides);
    lua_newtable(state);
    const int values = lua_gettop(state);
    if (type == LUA_TTABLE) {
        for (lua_pushnil(state); lua_next(state, declared); lua_settop(state, values + 1)) {
            const char *name = fields_check_text(state, values + 1, where, "params", LONGEST_ID);
            const char *what = lua_pushfstring(state, "parameter '%s' of %s", name, where);
            push_value(state, values + 2, name, what, cJSON_GetObjectItemCaseSensitive(overrides, name));
            lua_setfield(state, values, name);
        }
    }
    const lua_ref reference = luaL_ref(state, LUA_REGISTRYINDEX);
    lua_settop(state, declared - 1);
    return reference;
}
