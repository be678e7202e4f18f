/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/fields.h"
#include "script/worker/problems.h"

#include "base/nearest.h"
#include "base/utf8.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int fields_get(lua_State *state, int index, const char *key)
{
    const int table = lua_absindex(state, index);
    lua_pushstring(state, key);
    return lua_rawget(state, table);
}

static bool is_among(const char *name, const char *const *known)
{
    for (; *known; known++)
        if (strcmp(name, *known) == 0)
            return true;
    return false;
}

static void unknown_key(lua_State *state, const char *key, const char *where, const char *const *known)
{
    size_t count = 0;
    while (known[count])
        count++;
    const char *nearest = nearest_name(key, known, count);
    if (nearest) {
        problems_note(state, "unknown-key", "unknown key '%s' in %s; did you mean '%s'?", key, where,
                      nearest);
        return;
    }
    luaL_Buffer all;
    luaL_buffinit(state, &all);
    for (size_t i = 0; i < count; i++) {
        luaL_addstring(&all, i ? ", " : "");
        luaL_addstring(&all, known[i]);
    }
    luaL_pushresult(&all);
    problems_note(state, "unknown-key", "unknown key '%s' in %s; known are %s", key, where,
                  lua_tostring(state, -1));
    lua_pop(state, 1);
}

void fields_check_keys(lua_State *state, int index, const char *where, const char *const *known)
{
    const int table = lua_absindex(state, index);
    for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
        if (lua_type(state, -2) != LUA_TSTRING)
            luaL_error(state, "%s has a value without a key; write key = value", where);
        const char *key = lua_tostring(state, -2);
        if (!is_among(key, known))
            unknown_key(state, key, where, known);
    }
}

const char *fields_check_text(lua_State *state, int index, const char *where, const char *what,
                              size_t longest)
{
    if (lua_type(state, index) != LUA_TSTRING)
        luaL_error(state, "%s: '%s' must be a text, not %s", where, what, luaL_typename(state, index));
    size_t length;
    const char *text = lua_tolstring(state, index, &length);
    if (length == 0)
        luaL_error(state, "%s: '%s' is empty", where, what);
    if (length > longest)
        luaL_error(state, "%s: '%s' is longer than %d bytes", where, what, (int)longest);
    if (!utf8_valid(text, length))
        luaL_error(state, "%s: '%s' is not UTF-8", where, what);
    return text;
}

const char *fields_check_line(lua_State *state, int index, const char *where, const char *what,
                              size_t longest)
{
    const char *text = fields_check_text(state, index, where, what, longest);
    const char *control = utf8_find_control(text, strlen(text));
    char number[16];
    if (control) {
        snprintf(number, sizeof number, "U+%04X", (unsigned)utf8_code_point(control));
        luaL_error(state,
                   "%s: '%s' holds a control character (%s); it is shown on one line, so write it as one",
                   where, what, number);
    }
    return text;
}

double fields_check_number(lua_State *state, int index, const char *where, const char *what)
{
    if (lua_type(state, index) != LUA_TNUMBER)
        luaL_error(state, "%s: '%s' must be a number, not %s", where, what, luaL_typename(state, index));
    const double number = lua_tonumber(state, index);
    if (!isfinite(number))
        luaL_error(state, "%s: '%s' must be a finite number", where, what);
    return number;
}

/* A member that `check` reads. */
static const char *read_member(lua_State *state, int index, const char *where, const char *key, bool required,
                               size_t longest,
                               const char *(*check)(lua_State *state, int index, const char *where,
                                                    const char *what, size_t longest))
{
    const char *text = NULL;
    const int type = fields_get(state, index, key);
    if (type == LUA_TNIL && required)
        luaL_error(state, "%s needs the key '%s'", where, key);
    if (type != LUA_TNIL)
        text = check(state, -1, where, key, longest);
    lua_pop(state, 1); /* the table still holds it */
    return text;
}

const char *fields_text(lua_State *state, int index, const char *where, const char *key, bool required,
                        size_t longest)
{
    return read_member(state, index, where, key, required, longest, fields_check_text);
}

const char *fields_line(lua_State *state, int index, const char *where, const char *key, bool required,
                        size_t longest)
{
    return read_member(state, index, where, key, required, longest, fields_check_line);
}

const char *fields_id(lua_State *state, int index, const char *where, const char *key)
{
    const char *id = fields_text(state, index, where, key, true, LONGEST_ID);
    if (strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") != strlen(id))
        luaL_error(state, "%s: '%s' is made of letters, digits, '-', '_' and '.'; \"%s\" is not", where, key,
                   id);
    return id;
}

bool fields_number(lua_State *state, int index, const char *where, const char *key, double *number)
{
    const bool there = fields_get(state, index, key) != LUA_TNIL;
    if (there)
        *number = fields_check_number(state, -1, where, key);
    lua_pop(state, 1);
    return there;
}

int64_t fields_duration(lua_State *state, int index, const char *where, const char *key)
{
    static const char units[] = "smhdw";
    static const int64_t seconds[] = {1, 60, 3600, 86400, 7 * 86400};
    enum { LONGEST_DIGITS = 6 };
    const char *text = fields_text(state, index, where, key, false, LONGEST_NAME);
    if (!text)
        return 0;
    const size_t digits = strspn(text, "0123456789");
    const char *unit = text[digits] ? strchr(units, text[digits]) : NULL;
    if (digits == 0 || digits > LONGEST_DIGITS || !unit || text[digits + 1])
        luaL_error(
            state,
            "%s: '%s' is a number with s, m, h, d or w behind it, as in \"90s\" or \"3d\"; \"%s\" is not",
            where, key, text);
    return atoll(text) * seconds[unit - units] * 1000;
}

void fields_bilingual(lua_State *state, int index, const char *where, const char *key, cJSON *json)
{
    static const char *const languages[] = {"nl", "en", NULL};
    const int type = fields_get(state, index, key);
    const int value = lua_gettop(state);
    cJSON *texts = type == LUA_TNIL ? NULL : cJSON_AddObjectToObject(json, key);
    if (type == LUA_TTABLE)
        fields_check_keys(state, value, lua_pushfstring(state, "'%s' of %s", key, where), languages);
    for (const char *const *language = languages; texts && *language; language++) {
        const char *text = type == LUA_TTABLE
                               ? fields_line(state, value, where, *language, false, LONGEST_TEXT)
                               : fields_check_line(state, value, where, key, LONGEST_TEXT);
        if (text)
            cJSON_AddStringToObject(texts, *language, text);
    }
    lua_settop(state, value - 1);
}
