/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/module.h"
#include "script/worker/declare.h"
#include "script/worker/log_lines.h"
#include "script/worker/problems.h"
#include "script/worker/result.h"
#include "script/worker/stats_module.h"

#include "base/nearest.h"

#include <lauxlib.h>
#include <stdbool.h>

static const luaL_Reg functions[] = {
    {"instrument", declare_instrument},
    {"indicator", declare_indicator},
    {"alert", declare_alert},
    {"survey", declare_survey},
    {"scale", declare_scale},
    {"item", declare_item},
    {"share", declare_share},
    {"derive", declare_derive},
    {"events", declare_events},
    {"count", declare_count},
    {"distinct", declare_distinct},
    {"sum", declare_sum},
    {"rate", declare_rate},
    {"test", declare_test},
    {"no_value", result_no_value},
    {"log", log_lines_print},
    {NULL, NULL},
};

static const char *const declaring[] = {"instrument", "indicator", "alert",  "survey", "scale",
                                        "item",       "share",     "derive", "events", "count",
                                        "distinct",   "sum",       "rate",   NULL};

enum { MOST_FUNCTIONS = 40 };

/* ---- a table of functions that scripts cannot change --------------------------------------------------- */

/* The functions there are stand in the first upvalue, the table's name in the second. */
static int unknown_function(lua_State *state)
{
    const luaL_Reg *known = lua_touserdata(state, lua_upvalueindex(1));
    const char *table = lua_tostring(state, lua_upvalueindex(2)), *names[MOST_FUNCTIONS];
    const char *given = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "?";
    size_t count = 0;
    luaL_Buffer list;
    luaL_buffinit(state, &list);
    for (; known->name && count < MOST_FUNCTIONS; known++) {
        luaL_addstring(&list, count ? ", " : "");
        luaL_addstring(&list, known->name);
        names[count++] = known->name;
    }
    luaL_pushresult(&list);
    const char *nearest = nearest_name(given, names, count);
    if (nearest)
        return luaL_error(state, "there is no function %s.%s; did you mean %s.%s?", table, given, table,
                          nearest);
    return luaL_error(state, "there is no function %s.%s; there are %s", table, given,
                      lua_tostring(state, -1));
}

static int unchangeable(lua_State *state)
{
    return luaL_error(state, "%s cannot be changed", lua_tostring(state, lua_upvalueindex(1)));
}

/* A call with a colon hands the table over before all else: t:check(false) would find something true. In the
 * upvalues the table, its name, and the function that is meant. */
static int call_with_point(lua_State *state)
{
    const luaL_Reg *function = lua_touserdata(state, lua_upvalueindex(3));
    if (lua_rawequal(state, 1, lua_upvalueindex(1)))
        return luaL_error(state, "%s.%s is called with a point, not with a colon",
                          lua_tostring(state, lua_upvalueindex(2)), function->name);
    return function->func(state);
}

/* Into the table on top, the functions of the one at `owner`. */
static void set_functions(lua_State *state, int owner, const char *name, const luaL_Reg *list)
{
    for (; list->name; list++) {
        lua_pushvalue(state, owner);
        lua_pushstring(state, name);
        lua_pushlightuserdata(state, (void *)list);
        lua_pushcclosure(state, call_with_point, MODULE_UPVALUES);
        lua_setfield(state, -2, list->name);
    }
}

/* The functions stand behind __index, so that a name that is not there says so instead of being nil. */
static void push_table(lua_State *state, const char *name, const luaL_Reg *list, bool has_stats)
{
    lua_newtable(state);
    const int owner = lua_gettop(state);
    lua_newtable(state);
    lua_newtable(state);
    set_functions(state, owner, name, list);
    if (has_stats) { /* it is w itself */
        problems_guard(state, declaring);
        stats_module_push(state);
        lua_setfield(state, -2, "stats");
    }
    lua_newtable(state);
    lua_pushlightuserdata(state, (void *)list);
    lua_pushstring(state, name);
    lua_pushcclosure(state, unknown_function, 2);
    lua_setfield(state, -2, "__index");
    lua_setmetatable(state, -2);
    lua_setfield(state, -2, "__index");
    lua_pushstring(state, name);
    lua_pushcclosure(state, unchangeable, 1);
    lua_setfield(state, -2, "__newindex");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_setmetatable(state, -2);
}

void module_push_table(lua_State *state, const char *name, const luaL_Reg *list)
{
    push_table(state, name, list, false);
}

void module_open(lua_State *state)
{
    push_table(state, "w", functions, true);
}
