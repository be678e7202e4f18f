/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/row_errors.h"
#include "script/worker/library_errors.h"
#include "script/worker/program.h"

#include "base/nearest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char not_shown[] =
    "an error whose text is not shown, since the function sees somebody's answers";

/* ---- errors of our own --------------------------------------------------------------------------------- */

/* The text is remembered, so that the handler knows it again. A script that catches it and raises it once
 * more says nothing new. */
int row_errors_raise(lua_State *state, const char *format, ...)
{
    struct program *program = program_of(state);
    char *text = program->own_error;
    va_list arguments;
    luaL_where(state, 1);
    const int placed = snprintf(text, OWN_ERROR_LENGTH, "%s", lua_tostring(state, -1));
    va_start(arguments, format);
    vsnprintf(text + placed, OWN_ERROR_LENGTH - (size_t)placed, format, arguments);
    va_end(arguments);
    lua_pushstring(state, text);
    return lua_error(state);
}

static bool continues_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Does a text of Lua have the name as somebody writes a key: after a dot, or in quotes? */
static bool has_key(const char *text, const char *name)
{
    const size_t length = strlen(name);
    const bool may_follow_dot = continues_name(name[0]) && !isdigit((unsigned char)name[0]);
    for (const char *found = strstr(text, name); found; found = strstr(found + 1, name)) {
        const char before = found > text ? found[-1] : '\0', after = found[length];
        if ((before == '"' || before == '\'') && after == before)
            return true;
        if (before == '.' && may_follow_dot && !continues_name(after))
            return true;
    }
    return false;
}

static bool is_written(const struct program *program, const char *name)
{
    if (!name[0])
        return false;
    if (program->source && has_key(program->source, name))
        return true;
    for (size_t i = 0; i < program->module_count; i++)
        if (has_key(program->modules[i].text, name))
            return true;
    return false;
}

int row_errors_raise_unknown(lua_State *state, int index, const char *what, const char *const *columns,
                             size_t count)
{
    const bool is_text = lua_type(state, index) == LUA_TSTRING;
    const char *given = is_text ? lua_tostring(state, index) : luaL_typename(state, index);
    if (is_text && !is_written(program_of(state), given))
        return luaL_error(state, "%s '%s'", what, given);
    const char *nearest = nearest_name(given, columns, count);
    return row_errors_raise(state, "%s '%s'%s%s%s", what, given, nearest ? "; did you mean '" : "",
                            nearest ? nearest : "", nearest ? "'?" : "");
}

int row_errors_raise_twice(lua_State *state, int index)
{
    const char *given = lua_tostring(state, index);
    if (!is_written(program_of(state), given))
        return luaL_error(state, "the column '%s' is there twice", given);
    return row_errors_raise(state, "the column '%s' is there twice", given);
}

/* ---- errors of Lua's own ------------------------------------------------------------------------------- */

/* What follows `head` in a text that begins with it, else NULL. */
static const char *after(const char *text, const char *head)
{
    const size_t length = strlen(head);
    return text && strncmp(text, head, length) == 0 ? text + length : NULL;
}

/* Lua says "a NAME value" of a table whose metatable has a __name, which the script chose. Ours is no secret.
 */
const char *row_errors_after_type(const char *text)
{
    static const char *const types[] = {"nil",    "boolean",  "number",   "string",           "table",
                                        "thread", "function", "userdata", "wijzer export row"};
    for (size_t i = 0; text && i < sizeof types / sizeof *types; i++) {
        const char *rest = after(text, types[i]);
        if (rest)
            return rest;
    }
    return NULL;
}

/* "", or " (local 'name')": the name is one of the source. */
static bool is_variable(const char *text)
{
    const char *name = after(text, " (");
    if (!name)
        return *text == '\0';
    name = strstr(name, " '");
    return name && name[2] && strcmp(name + 2 + strcspn(name + 2, "'"), "')") == 0;
}

static bool compares_types(const char *text)
{
    const char *two = row_errors_after_type(after(text, "two "));
    if (two)
        return strcmp(two, " values") == 0;
    const char *second = row_errors_after_type(after(row_errors_after_type(text), " with "));
    return second && *second == '\0';
}

bool row_errors_names_only_types(const char *text)
{
    const char *rest = after(text, "attempt to compare ");
    return rest && compares_types(rest);
}

/* Does what Lua itself says name types of Lua only? The other texts of its interpreter name no type. */
static bool is_harmless(const char *text)
{
    if (after(text, "attempt to compare "))
        return row_errors_names_only_types(text);
    if (after(text, "bad 'for' ")) {
        const char *got =
            row_errors_after_type(after(strstr(text, "(number expected, got "), "(number expected, got "));
        return got && strcmp(got, ")") == 0;
    }
    const char *rest = after(text, "attempt to ");
    rest = rest ? strstr(rest, " a ") : NULL;
    if (!rest)
        return true;
    rest = after(row_errors_after_type(rest + strlen(" a ")), " value");
    return rest && is_variable(rest);
}

/* What is said behind the place of the line that runs. NULL: the message does not begin with that. */
static const char *said_here(lua_State *state, const char *message)
{
    lua_Debug frame;
    char place[LUA_IDSIZE + 16];
    if (!program_line(state, &frame))
        return NULL;
    snprintf(place, sizeof place, "%s:%d: ", frame.short_src, frame.currentline);
    return after(message, place);
}

/* Is it an error of Lua's own, which was raised at that level of the stack, and which gives nothing away? The
 * interpreter raises its errors in the function of Lua that runs, and puts the place before them. A C
 * function that raises one, as `error` does, is on top of the stack itself. */
static bool is_known(lua_State *state, int level, const char *message)
{
    lua_Debug frame;
    const char *said = said_here(state, message);
    if (!lua_getstack(state, level, &frame))
        return false;
    lua_getinfo(state, "S", &frame);
    if (*frame.what == 'C') /* where it was not called by Lua, it says no place */
        return library_errors_know(state, level, said ? said : message);
    return said && is_harmless(said);
}

void row_errors_pass(lua_State *coroutine)
{
    struct program *program = program_of(coroutine);
    const char *message = lua_type(coroutine, -1) == LUA_TSTRING ? lua_tostring(coroutine, -1) : NULL;
    if (!message || program->stopped || !program_sees_rows(program) ||
        strlen(message) >= sizeof program->own_error || !is_known(coroutine, 0, message))
        return;
    strcpy(program->own_error, message);
}

const char *row_errors_shown(lua_State *state)
{
    const struct program *program = program_of(state);
    const char *message = lua_type(state, 1) == LUA_TSTRING ? lua_tostring(state, 1) : NULL;
    if (program->stopped)
        return "took too long";
    if (!message)
        return not_shown;
    if (program->own_error[0] && strcmp(message, program->own_error) == 0)
        return program->own_error;
    return is_known(state, 1, message) ? message : not_shown; /* 0 is the message handler */
}
