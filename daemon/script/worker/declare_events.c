/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/program.h"

#include <string.h>

enum { LONGEST_IRI = 2000 };

static const char *const filters[] = {"verb", "object", NULL};

/* Copies the filters of the table at 1 (if there is one) into the table on top. */
static void copy_filters(lua_State *state, const char *where)
{
    for (size_t i = 0; filters[i] && lua_istable(state, 1); i++) {
        const char *text = fields_text(state, 1, where, filters[i], false, LONGEST_IRI);
        if (!text)
            continue;
        lua_pushstring(state, text);
        lua_setfield(state, -2, filters[i]);
    }
}

int declare_events(lua_State *state)
{
    static const char where[] = "w.events";
    if (!lua_isnoneornil(state, 1) && !lua_istable(state, 1))
        return luaL_error(state,
                          "%s takes a table, as in w.events { verb = \"http://adlnet.gov/expapi/verbs/"
                          "experienced\" }, or nothing for all events",
                          where);
    if (lua_istable(state, 1))
        fields_check_keys(state, 1, where, filters);
    declare_new(state, 1, DECLARED_SOURCE);
    lua_newtable(state);
    copy_filters(state, where);
    lua_setiuservalue(state, -2, 1);
    return 1;
}

/* An input with one word (or none), from the text or the table at 1. */
static int new_input(lua_State *state, enum input_kind kind, const char *where, const char *word)
{
    struct declared_input *input = declare_new(state, sizeof *input, DECLARED_INPUT);
    *input = (struct declared_input){.kind = kind};
    lua_newtable(state);
    if (word) {
        lua_pushstring(state, word);
        lua_rawseti(state, -2, 1);
    }
    copy_filters(state, where);
    lua_setiuservalue(state, -2, 1);
    return 1;
}

static void check_filters(lua_State *state, const char *where)
{
    if (lua_istable(state, 1))
        declare_check_named_keys(state, where, filters);
}

/* The word of w.sum "duration" or w.sum { "duration", verb = ... }. */
static const char *read_word(lua_State *state, const char *where, const char *usage)
{
    check_filters(state, where);
    if (lua_istable(state, 1)) {
        if (lua_rawlen(state, 1) != 1)
            luaL_error(state, "%s takes one name, as in %s", where, usage);
        lua_rawgeti(state, 1, 1);
    } else {
        lua_pushvalue(state, 1);
    }
    if (lua_type(state, -1) != LUA_TSTRING)
        luaL_error(state, "%s takes a name, as in %s", where, usage);
    const char *word = fields_check_text(state, -1, where, "name", LONGEST_NAME);
    lua_pop(state, 1); /* the argument still holds it */
    return word;
}

int declare_count(lua_State *state)
{
    static const char where[] = "w.count";
    if (!lua_isnoneornil(state, 1) && !lua_istable(state, 1))
        return luaL_error(state, "%s takes nothing, or a table as in w.count { verb = \"...\" }", where);
    check_filters(state, where);
    if (lua_istable(state, 1) && lua_rawlen(state, 1))
        return luaL_error(
            state, "%s counts events and takes no name; w.distinct counts actors, verbs or objects", where);
    return new_input(state, INPUT_COUNT, where, NULL);
}

int declare_distinct(lua_State *state)
{
    static const char where[] = "w.distinct";
    const char *word = read_word(state, where, "w.distinct \"actor\"");
    if (strcmp(word, "actor") != 0 && strcmp(word, "verb") != 0 && strcmp(word, "object") != 0)
        return luaL_error(state, "%s counts different \"actor\", \"verb\" or \"object\", not \"%s\"", where,
                          word);
    return new_input(state, INPUT_DISTINCT, where, word);
}

int declare_sum(lua_State *state)
{
    return new_input(state, INPUT_SUM, "w.sum", read_word(state, "w.sum", "w.sum \"duration\""));
}

int declare_rate(lua_State *state)
{
    static const char where[] = "w.rate";
    const char *word = lua_isnoneornil(state, 1) ? "day" : NULL;
    if (!word && lua_istable(state, 1) && lua_rawlen(state, 1) == 0) {
        check_filters(state, where);
        word = "day";
    }
    if (!word)
        word = read_word(state, where, "w.rate \"day\"");
    if (strcmp(word, "day") != 0 && strcmp(word, "actor") != 0)
        return luaL_error(state, "%s is events per \"day\" or per \"actor\", not per \"%s\"", where, word);
    return new_input(state, INPUT_RATE, where, word);
}
