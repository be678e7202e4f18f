/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/program.h"
#include "script/worker/testing.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST_COMPARED = 20, DEEPEST_SHOWN = 3, MOST_SHOWN = 12, LONGEST_SHOWN = 200 };

static const double default_tolerance = 1e-9;

/* ---- showing values: raw, so that no code of the script runs, and nothing raises an error ---------------
 */

static void show(lua_State *state, int index, int depth, struct buf *text);

static void show_number(lua_State *state, int index, struct buf *text)
{
    char digits[40];
    const double number = lua_tonumber(state, index);
    if (lua_isinteger(state, index)) {
        buf_append_format(text, "%lld", (long long)lua_tointeger(state, index));
        return;
    }
    snprintf(digits, sizeof digits, "%.15g", number);
    buf_append_format(text, strtod(digits, NULL) == number ? "%.15g" : "%.17g", number);
}

static void show_table(lua_State *state, int table, int depth, struct buf *text)
{
    int shown = 0;
    buf_append_text(text, "{");
    for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
        buf_append_text(text, shown ? ", " : " ");
        if (++shown > MOST_SHOWN) {
            buf_append_text(text, "...");
            lua_pop(state, 2);
            break;
        }
        const int value = lua_gettop(state);
        if (lua_type(state, value - 1) == LUA_TSTRING) {
            buf_append_text(text, lua_tostring(state, value - 1));
        } else {
            buf_append_text(text, "[");
            show(state, value - 1, depth + 1, text);
            buf_append_text(text, "]");
        }
        buf_append_text(text, " = ");
        show(state, value, depth + 1, text);
    }
    buf_append_text(text, shown ? " }" : "}");
}

static void show(lua_State *state, int index, int depth, struct buf *text)
{
    switch (lua_type(state, index)) {
    case LUA_TNIL:
        buf_append_text(text, "nil");
        break;
    case LUA_TBOOLEAN:
        buf_append_text(text, lua_toboolean(state, index) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        show_number(state, index, text);
        break;
    case LUA_TSTRING:
        buf_append_format(text, "\"%.*s\"%s", LONGEST_SHOWN, lua_tostring(state, index),
                          lua_rawlen(state, index) > LONGEST_SHOWN ? "..." : "");
        break;
    case LUA_TTABLE:
        if (depth < DEEPEST_SHOWN && lua_checkstack(state, 8)) {
            show_table(state, index, depth, text);
            break;
        } /* fall through */
    default:
        buf_append_format(text, "a %s", luaL_typename(state, index));
    }
}

/* ---- failing ------------------------------------------------------------------------------------------- */

/* "FILE:LINE: WHAT: " of the line of the test that checks; `what` is the script's own word for it, or nil. */
static void push_place(lua_State *state, int what)
{
    luaL_where(state, 1);
    if (lua_type(state, what) == LUA_TSTRING) {
        lua_pushvalue(state, what);
        lua_pushliteral(state, ": ");
        lua_concat(state, 3);
    }
}

/* Takes `text` over. */
static int fail_with(lua_State *state, int what, struct buf *text)
{
    push_place(state, what);
    lua_pushlstring(state, (const char *)text->data, text->size);
    buf_free(text);
    lua_concat(state, 2);
    return lua_error(state);
}

static int fail_expected(lua_State *state, int what, const char *more)
{
    struct buf text = {0};
    buf_append_text(&text, "expected ");
    show(state, 2, 0, &text);
    buf_append_text(&text, more);
    buf_append_text(&text, ", got ");
    show(state, 1, 0, &text);
    return fail_with(state, what, &text);
}

static int good(lua_State *state)
{
    program_of(state)->testing->checks++;
    return 0;
}

/* ---- the checks ---------------------------------------------------------------------------------------- */

int testing_check(lua_State *state)
{
    luaL_checkany(state, 1);
    if (lua_toboolean(state, 1))
        return good(state);
    struct buf text = {0};
    buf_append_text(&text, "expected something true, got ");
    show(state, 1, 0, &text);
    return fail_with(state, 2, &text);
}

static bool equal(lua_State *state, int left, int right, int depth);

/* Does every member of `left` have its equal in `right`? */
static bool members_equal(lua_State *state, int left, int right, int depth)
{
    for (lua_pushnil(state); lua_next(state, left);) {
        const int value = lua_gettop(state);
        lua_pushvalue(state, value - 1);
        lua_rawget(state, right);
        if (!equal(state, value, value + 1, depth + 1)) {
            lua_settop(state, value - 2);
            return false;
        }
        lua_settop(state, value - 1);
    }
    return true;
}

static bool equal(lua_State *state, int left, int right, int depth)
{
    if (lua_rawequal(state, left, right))
        return true;
    if (lua_type(state, left) != LUA_TTABLE || lua_type(state, right) != LUA_TTABLE)
        return false;
    luaL_checkstack(state, 8, "t.equal");
    if (depth > DEEPEST_COMPARED)
        luaL_error(state, "t.equal compares tables inside each other up to %d deep", DEEPEST_COMPARED);
    return members_equal(state, left, right, depth) && members_equal(state, right, left, depth);
}

int testing_equal(lua_State *state)
{
    lua_settop(state, 3);
    return equal(state, 1, 2, 0) ? good(state) : fail_expected(state, 3, "");
}

int testing_near(lua_State *state)
{
    lua_settop(state, 4);
    const double tolerance = luaL_optnumber(state, 3, default_tolerance);
    luaL_argexpected(state, lua_type(state, 2) == LUA_TNUMBER, 2, "number");
    if (lua_type(state, 1) == LUA_TNUMBER &&
        fabs(lua_tonumber(state, 1) - lua_tonumber(state, 2)) <= tolerance)
        return good(state);
    char more[64];
    snprintf(more, sizeof more, " within %g", tolerance);
    return fail_expected(state, 4, more);
}

static int return_message(lua_State *state)
{
    good(state);
    return 1;
}

/* t.fails(function, text): the function raises an error whose message holds the text. Gives the message. */
int testing_fails(lua_State *state)
{
    luaL_checktype(state, 1, LUA_TFUNCTION);
    const char *wanted = luaL_optstring(state, 2, "");
    lua_settop(state, 2);
    lua_pushvalue(state, 1);
    const bool failed = lua_pcall(state, 0, 0, 0) != LUA_OK;
    const char *message = failed && lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "";
    if (failed && strstr(message, wanted))
        return return_message(state);
    struct buf text = {0};
    if (failed)
        buf_append_format(&text, "expected an error with \"%s\", got \"%s\"", wanted, message);
    else
        buf_append_text(&text, "expected an error, and there was none");
    lua_pushnil(state);
    return fail_with(state, lua_gettop(state), &text);
}
