/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/coroutines.h"
#include "script/worker/interrupt.h"
#include "script/worker/row_errors.h"

#include <lualib.h>

/* Resumes `thread` with the topmost `arguments` values of `state`. Gives the number of results moved to
 * `state`, or -1 with the error object there. */
static int resume(lua_State *state, lua_State *thread, int arguments)
{
    struct program *program = program_of(state);
    if (lua_status(thread) != LUA_YIELD && (lua_status(thread) != LUA_OK || lua_gettop(thread) == 0)) {
        lua_pushliteral(state, "cannot resume dead coroutine");
        return -1;
    }
    if (!lua_checkstack(thread, arguments + 1)) {
        lua_pushliteral(state, "too many arguments to resume");
        return -1;
    }
    lua_State *resumer = program->running;
    int results = 0;
    lua_xmove(state, thread, arguments);
    program->running = thread;
    const int status = lua_resume(thread, state, arguments, &results);
    program->running = resumer;
    interrupt_check(state);
    if (status != LUA_OK && status != LUA_YIELD) {
        row_errors_pass(thread);
        lua_xmove(thread, state, 1);
        return -1;
    }
    if (!lua_checkstack(state, results + 1)) {
        lua_pop(thread, results);
        lua_pushliteral(state, "too many results to resume");
        return -1;
    }
    lua_xmove(thread, state, results);
    return results;
}

/* A coroutine that is running or waiting for one it resumed looks like one with nothing left to do. */
static bool can_be_resumed(lua_State *state, lua_State *thread)
{
    lua_Debug frame;
    return thread != state && (lua_status(thread) != LUA_OK || !lua_getstack(thread, 0, &frame));
}

static int resume_from_lua(lua_State *state)
{
    lua_State *thread = lua_tothread(state, 1);
    luaL_argexpected(state, thread, 1, "coroutine");
    int results = -1;
    if (can_be_resumed(state, thread))
        results = resume(state, thread, lua_gettop(state) - 1);
    else
        lua_pushliteral(state, "cannot resume non-suspended coroutine");
    lua_pushboolean(state, results >= 0);
    const int count = results >= 0 ? results : 1;
    lua_insert(state, -(count + 1));
    return count + 1;
}

static int resume_wrapped(lua_State *state)
{
    lua_State *thread = lua_tothread(state, lua_upvalueindex(1));
    if (!can_be_resumed(state, thread))
        return luaL_error(state, "cannot resume non-suspended coroutine");
    const int results = resume(state, thread, lua_gettop(state));
    return results >= 0 ? results : lua_error(state);
}

static int wrap(lua_State *state)
{
    luaL_checktype(state, 1, LUA_TFUNCTION);
    lua_State *thread = lua_newthread(state);
    lua_pushvalue(state, 1);
    lua_xmove(state, thread, 1);
    lua_pushcclosure(state, resume_wrapped, 1);
    return 1;
}

void coroutines_open(lua_State *state)
{
    luaL_requiref(state, LUA_COLIBNAME, luaopen_coroutine, 1);
    lua_pushcfunction(state, resume_from_lua);
    lua_setfield(state, -2, "resume");
    lua_pushcfunction(state, wrap);
    lua_setfield(state, -2, "wrap");
    lua_pushnil(state);
    lua_setfield(state, -2, "close");
    lua_pop(state, 1);
}
