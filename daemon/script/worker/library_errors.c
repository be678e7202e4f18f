/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/library_errors.h"
#include "script/worker/row_errors.h"

#include <ctype.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- whose errors they are ----------------------------------------------------------------------------- */

/* Of a table in the registry, whose keys are the functions' addresses. */
static const char functions_key;

/* The function on top of the stack, which is popped. */
static void note_function(lua_State *state, int known)
{
    const lua_CFunction function = lua_tocfunction(state, -1);
    lua_pop(state, 1);
    if (!function)
        return;
    lua_pushboolean(state, true);
    lua_rawsetp(state, known, (const void *)(uintptr_t)function);
}

/* All functions of the table on top of the stack, which is popped. */
static void note_functions(lua_State *state, int known)
{
    if (lua_istable(state, -1))
        for (lua_pushnil(state); lua_next(state, -2);)
            note_function(state, known);
    lua_pop(state, 1);
}

/* What string.gmatch gives back is a function too, the same one each time. */
static void note_iterator(lua_State *state, int known)
{
    lua_getglobal(state, LUA_STRLIBNAME);
    lua_getfield(state, -1, "gmatch");
    lua_pushliteral(state, "");
    lua_pushliteral(state, "");
    lua_call(state, 2, 1);
    note_function(state, known);
    lua_pop(state, 1);
}

void library_errors_open(lua_State *state)
{
    static const char *const libraries[] = {LUA_STRLIBNAME, LUA_TABLIBNAME, LUA_MATHLIBNAME, LUA_UTF8LIBNAME};
    static const char *const base[] = {"getmetatable", "ipairs", "next",   "pairs",    "rawequal", "rawget",
                                       "rawlen",       "rawset", "select", "tonumber", "tostring", "type"};
    lua_newtable(state);
    const int known = lua_gettop(state);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_getglobal(state, libraries[i]);
        note_functions(state, known);
    }
    for (size_t i = 0; i < sizeof base / sizeof *base; i++) {
        lua_getglobal(state, base[i]);
        note_function(state, known);
    }
    lua_pushliteral(state, ""); /* the metatable of texts computes with them */
    if (lua_getmetatable(state, -1))
        note_functions(state, known);
    lua_pop(state, 1);
    note_iterator(state, known);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &functions_key);
}

/* Allocates nothing. */
static bool is_of_library(lua_State *state, lua_Debug *frame)
{
    lua_getinfo(state, "f", frame);
    const lua_CFunction function = lua_tocfunction(state, -1);
    lua_pop(state, 1);
    if (!function)
        return false;
    lua_rawgetp(state, LUA_REGISTRYINDEX, &functions_key);
    lua_rawgetp(state, -1, (const void *)(uintptr_t)function);
    const bool known = lua_toboolean(state, -1);
    lua_pop(state, 2);
    return known;
}

/* ---- their texts --------------------------------------------------------------------------------------- */

static bool is_among(const char *text, const char *const *texts)
{
    for (; *texts; texts++)
        if (strcmp(text, *texts) == 0)
            return true;
    return false;
}

/* "number expected, got nil": the second type may be a name that the script chose, the first may not. */
static bool expects_type(const char *text)
{
    static const char between[] = " expected, got ";
    const char *got = strstr(text, between);
    if (!got)
        return false;
    got += sizeof between - 1;
    const char *rest = row_errors_after_type(got);
    return strcmp(got, "no value)") == 0 || strcmp(got, "light userdata)") == 0 ||
           (rest && strcmp(rest, ")") == 0);
}

/* "bad argument #1 to 'floor' (number expected, got nil)". The name is that by which the script calls the
 * function, as it stands in the source; where Lua looked for another one, the script may have made it. More
 * than nine arguments are a list that was unpacked, whose length may tell something. */
static bool is_bad_argument(lua_State *state, lua_Debug *frame, const char *said)
{
    static const char *const reasons[] = {"value expected)",
                                          "number has no integer representation)",
                                          "value out of range)",
                                          "base out of range)",
                                          "index out of range)",
                                          "position out of bounds)",
                                          "initial position out of bounds)",
                                          "out of bounds)",
                                          "zero)",
                                          "too many elements to move)",
                                          "destination wrap around)",
                                          NULL};
    char start[120];
    lua_getinfo(state, "n", frame);
    static const char head[] = "bad argument #";
    if (!frame->name || strncmp(said, head, sizeof head - 1) != 0 ||
        !isdigit((unsigned char)said[sizeof head - 1]))
        return false;
    const int length =
        snprintf(start, sizeof start, "%s%c to '%s' (", head, said[sizeof head - 1], frame->name);
    if (length >= (int)sizeof start || strncmp(said, start, (size_t)length) != 0)
        return false;
    return is_among(said + length, reasons) || expects_type(said + length);
}

/* "attempt to add a 'string' with a 'number'", which is said of texts that are no numbers. The types are
 * Lua's own, whatever a metatable says. */
static bool is_arithmetic(const char *said)
{
    char operation[8], left[12], right[12], whole[80];
    if (sscanf(said, "attempt to %7[a-z] a '%11[a-z]' with a '%11[a-z]'", operation, left, right) != 3)
        return false;
    snprintf(whole, sizeof whole, "attempt to %s a '%s' with a '%s'", operation, left, right);
    return strcmp(said, whole) == 0;
}

bool library_errors_know(lua_State *state, int level, const char *said)
{
    static const char *const texts[] = {"string slice too long",
                                        "resulting string too large",
                                        "malformed pattern (ends with '%')",
                                        "malformed pattern (missing ']')",
                                        "malformed pattern (missing arguments to '%b')",
                                        "missing '[' after '%f' in pattern",
                                        "pattern too complex",
                                        "too many captures",
                                        "unfinished capture",
                                        "invalid pattern capture",
                                        "invalid replacement value (a table)",
                                        "invalid replacement value (a boolean)",
                                        "invalid replacement value (a function)",
                                        "invalid order function for sorting",
                                        "array too big",
                                        "too many results to unpack",
                                        "wrong number of arguments to 'insert'",
                                        "invalid UTF-8 code",
                                        "'__tostring' must return a string",
                                        "'__name' must be a string",
                                        NULL};
    lua_Debug frame;
    return lua_getstack(state, level, &frame) && is_of_library(state, &frame) &&
           (is_among(said, texts) || is_arithmetic(said) || is_bad_argument(state, &frame, said) ||
            row_errors_names_only_types(said));
}
