/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/problems.h"
#include "script/worker/declare.h"
#include "script/worker/module.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PROBLEMS = 100 };

#define SPOILT "wijzer spoilt part"

/* The error of a declaration whose problem is in the list already: only its address counts. */
static const char told;

static bool is_full(const struct program *program)
{
    return cJSON_GetArraySize(program->problems) >= MOST_PROBLEMS;
}

static bool is_known(const struct program *program, const char *text)
{
    const cJSON *problem;
    cJSON_ArrayForEach(problem, program->problems)
    {
        if (strcmp(json_text(problem, "text"), text) == 0)
            return true;
    }
    return false;
}

bool problems_add(struct program *program, const char *code, const char *text)
{
    char *copy = strndup(text, LONGEST_ERROR);
    utf8_mend(copy);
    const bool added = !is_full(program) && !is_known(program, copy);
    if (added) {
        cJSON *problem = cJSON_CreateObject();
        cJSON_AddStringToObject(problem, "code", code);
        cJSON_AddStringToObject(problem, "text", copy);
        cJSON_AddItemToArray(program->problems, problem);
    }
    free(copy);
    return added;
}

void problems_note(lua_State *state, const char *code, const char *format, ...)
{
    struct program *program = program_of(state);
    const int top = lua_gettop(state);
    char message[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    lua_pushcfunction(state, program_describe_error);
    lua_pushstring(state, message);
    lua_call(state, 1, 1);
    if (!program->loading || !problems_add(program, code, lua_tostring(state, -1)))
        luaL_error(state, "%s", message);
    lua_settop(state, top);
}

/* ---- the guard ----------------------------------------------------------------------------------------- */

static int describe_unless_told(lua_State *state)
{
    return lua_touserdata(state, 1) == &told ? 1 : program_describe_error(state);
}

/* The error is on top, as it was described; whoever catches it next describes it anew. */
static int raise_again(lua_State *state)
{
    const char *text = lua_tostring(state, -1);
    if (text)
        lua_pushlstring(state, text, strcspn(text, "\n"));
    return lua_error(state);
}

/* An error of the declaration itself is noted. What ends the load: the script's time or memory is over, or it
 * does the same wrong thing again and again. */
static bool take_error(lua_State *state, struct program *program, int status)
{
    if (status != LUA_ERRRUN || program->stopped)
        return false;
    return lua_type(state, -1) != LUA_TSTRING ||
           problems_add(program, "declaration", lua_tostring(state, -1));
}

/* The function itself, behind upvalues that are its own too: it can be called in this frame, where what it
 * says of the place is that of the script. */
enum { GUARDED = 1 + MODULE_UPVALUES };

static int call_guarded(lua_State *state)
{
    struct program *program = program_of(state);
    if (!program->loading)
        return lua_tocfunction(state, lua_upvalueindex(GUARDED))(state);
    const struct declared_mark before = program_mark_declared(program);
    lua_pushcfunction(state, describe_unless_told);
    lua_insert(state, 1);
    lua_pushvalue(state, lua_upvalueindex(GUARDED));
    lua_insert(state, 2);
    const int status = lua_pcall(state, lua_gettop(state) - 2, LUA_MULTRET, 1);
    if (status == LUA_OK)
        return lua_gettop(state) - 1;
    program_forget_declared(program, &before);
    if (!take_error(state, program, status))
        return raise_again(state);
    declare_new(state, 1, SPOILT);
    return 1;
}

void problems_guard(lua_State *state, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(state, -1, *names);
        const int function = lua_gettop(state);
        for (int i = 1; i <= MODULE_UPVALUES; i++)
            lua_getupvalue(state, function, i);
        lua_pushvalue(state, function);
        lua_pushcclosure(state, call_guarded, GUARDED);
        lua_setfield(state, function - 1, *names);
        lua_settop(state, function - 1);
    }
}

bool problems_is_spoilt(lua_State *state, int index)
{
    return luaL_testudata(state, index, SPOILT) != NULL;
}

int problems_raise_told(lua_State *state)
{
    lua_pushlightuserdata(state, (void *)&told);
    return lua_error(state);
}
