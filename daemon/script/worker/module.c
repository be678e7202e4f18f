/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/module.h"
#include "script/worker/declare.h"
#include "script/worker/log_lines.h"
#include "script/worker/result.h"

#include "base/nearest.h"

#include <lauxlib.h>

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
    {"no_value", result_no_value},
    {"log", log_lines_print},
    {NULL, NULL},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions - 1 };

static int unknown_function(lua_State *state)
{
    const char *names[FUNCTIONS];
    for (size_t i = 0; i < FUNCTIONS; i++)
        names[i] = functions[i].name;
    const char *given = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "?";
    const char *nearest = nearest_name(given, names, FUNCTIONS);
    if (nearest)
        return luaL_error(state, "there is no function w.%s; did you mean w.%s?", given, nearest);
    return luaL_error(
        state,
        "there is no function w.%s; there are w.instrument, w.indicator, w.alert, w.survey, w.scale, w.item, "
        "w.share, w.derive, w.events, w.count, w.distinct, w.sum, w.rate, w.no_value and w.log",
        given);
}

static int unchangeable(lua_State *state)
{
    return luaL_error(state, "the module wijzer cannot be changed");
}

/* The functions stand behind __index, so that a name that is not there says so instead of being nil. */
void module_open(lua_State *state)
{
    lua_newtable(state);
    lua_newtable(state);
    luaL_newlib(state, functions);
    lua_newtable(state);
    lua_pushcfunction(state, unknown_function);
    lua_setfield(state, -2, "__index");
    lua_setmetatable(state, -2);
    lua_setfield(state, -2, "__index");
    lua_pushcfunction(state, unchangeable);
    lua_setfield(state, -2, "__newindex");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_setmetatable(state, -2);
}
