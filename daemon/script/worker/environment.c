/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/environment.h"
#include "script/offers.h"
#include "script/worker/coroutines.h"
#include "script/worker/library_errors.h"
#include "script/worker/log_lines.h"
#include "script/worker/module.h"
#include "script/worker/program.h"
#include "script/worker/require.h"

#include <lualib.h>
#include <string.h>

/* Of the base library; some of it is replaced later on. */
static void copy_allowed(lua_State *state)
{
    luaL_requiref(state, LUA_GNAME, luaopen_base, 0); /* fills the globals */
    lua_newtable(state);
    for (const char *const *name = offers_globals; *name; name++) {
        lua_getfield(state, -2, *name); /* nil where it is none of the base library */
        lua_setfield(state, -2, *name);
    }
    lua_pushvalue(state, -1);
    lua_setfield(state, -2, LUA_GNAME);
    lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pop(state, 1);
}

static void open_library(lua_State *state, const char *name, lua_CFunction open, const char *const *left_out)
{
    luaL_requiref(state, name, open, 1);
    for (; *left_out; left_out++) {
        lua_pushnil(state);
        lua_setfield(state, -2, *left_out);
    }
    lua_pop(state, 1);
}

/* A finalizer would run at a moment nobody chose, also while the daemon's answer is being made. */
static int set_metatable(lua_State *state)
{
    luaL_checktype(state, 1, LUA_TTABLE);
    luaL_argexpected(state, lua_isnil(state, 2) || lua_istable(state, 2), 2, "nil or table");
    if (lua_istable(state, 2)) {
        lua_pushliteral(state, "__gc");
        if (lua_rawget(state, 2) != LUA_TNIL)
            return luaL_error(state, "__gc is not available: a script cannot know when memory is freed");
    }
    if (luaL_getmetafield(state, 1, "__metatable") != LUA_TNIL)
        return luaL_error(state, "cannot change a protected metatable");
    lua_settop(state, 2);
    lua_setmetatable(state, 1);
    return 1;
}

int environment_open(lua_State *state)
{
    static const char *const nothing[] = {NULL};
    static const char *const no_dump[] = {"dump", NULL};
    static const char *const no_chance[] = {"random", "randomseed", NULL};
    copy_allowed(state);
    open_library(state, LUA_STRLIBNAME, luaopen_string, no_dump);
    open_library(state, LUA_TABLIBNAME, luaopen_table, nothing);
    open_library(state, LUA_MATHLIBNAME, luaopen_math, no_chance);
    open_library(state, LUA_UTF8LIBNAME, luaopen_utf8, nothing);
    library_errors_open(state);
    coroutines_open(state);
    lua_pushcfunction(state, set_metatable);
    lua_setglobal(state, "setmetatable");
    lua_pushcfunction(state, log_lines_print);
    lua_setglobal(state, "print");
    module_open(state);
    require_open(state);
    return 0;
}
