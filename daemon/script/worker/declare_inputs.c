/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/program.h"

#include <math.h>
#include <string.h>

enum { MOST_SCALE_ITEMS = 200 };

int declare_survey(lua_State *state)
{
    if (lua_type(state, 1) != LUA_TSTRING)
        return luaL_error(state, "w.survey takes the id of an instrument, as in w.survey \"monitor-ict\"");
    declare_new(state, 1, DECLARED_SOURCE);
    lua_pushvalue(state, 1);
    lua_setiuservalue(state, -2, 1);
    return 1;
}

static struct declared_input *new_input(lua_State *state, enum input_kind kind)
{
    struct declared_input *input = declare_new(state, sizeof *input, DECLARED_INPUT);
    *input = (struct declared_input){.kind = kind};
    return input;
}

/* Checks the list part of the table at 1 and pushes it as a table of its own. The number of items. */
static int push_items(lua_State *state, const char *where)
{
    const int count = (int)lua_rawlen(state, 1);
    if (count < 1 || count > MOST_SCALE_ITEMS)
        luaL_error(state, "%s takes the names of 1 to %d items, as in %s { \"ai_1\", \"ai_2\" }", where,
                   MOST_SCALE_ITEMS, where);
    lua_createtable(state, count, 0);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(state, 1, i);
        const char *item = fields_check_text(state, -1, where, "item", LONGEST_NAME);
        for (int k = 1; k < i; k++) {
            lua_rawgeti(state, -2, k);
            if (lua_rawequal(state, -1, -2))
                luaL_error(state, "%s: item '%s' is listed twice", where, item);
            lua_pop(state, 1);
        }
        lua_rawseti(state, -2, i);
    }
    return count;
}

/* Removes the list part of a copy of the keys, so that only named keys are checked. */
static void check_table(lua_State *state, const char *where)
{
    if (lua_type(state, 1) != LUA_TTABLE)
        luaL_error(state, "%s takes a table, not %s", where, luaL_typename(state, 1));
}

int declare_scale(lua_State *state)
{
    static const char *const keys[] = {"min_answered", NULL};
    check_table(state, "w.scale");
    declare_check_named_keys(state, "w.scale", keys);
    struct declared_input *input = new_input(state, INPUT_SCALE);
    const int count = push_items(state, "w.scale");
    double min_answered = count;
    fields_number(state, 1, "w.scale", "min_answered", &min_answered);
    if (min_answered != floor(min_answered) || min_answered < 1 || min_answered > count)
        return luaL_error(
            state, "w.scale: 'min_answered' must be a whole number from 1 to %d, the number of its items",
            count);
    input->min_answered = (int)min_answered;
    lua_setiuservalue(state, -2, 1);
    return 1;
}

int declare_item(lua_State *state)
{
    if (lua_gettop(state) != 1 || lua_type(state, 1) != LUA_TSTRING)
        return luaL_error(state, "w.item takes the name of one item, as in w.item \"ai_10\"");
    fields_check_text(state, 1, "w.item", "item", LONGEST_NAME);
    new_input(state, INPUT_ITEM);
    lua_createtable(state, 1, 0);
    lua_pushvalue(state, 1);
    lua_rawseti(state, -2, 1);
    lua_setiuservalue(state, -2, 1);
    return 1;
}

int declare_share(lua_State *state)
{
    static const char *const keys[] = {"at_least", "at_most", NULL};
    check_table(state, "w.share");
    declare_check_named_keys(state, "w.share", keys);
    struct declared_input *input = new_input(state, INPUT_SHARE);
    if (push_items(state, "w.share") != 1)
        return luaL_error(state, "w.share takes one item; make a w.derive of several");
    input->has_least = fields_number(state, 1, "w.share", "at_least", &input->at_least);
    input->has_most = fields_number(state, 1, "w.share", "at_most", &input->at_most);
    if (!input->has_least && !input->has_most)
        return luaL_error(
            state, "w.share needs 'at_least' or 'at_most' (or both): the share of the answers that are");
    if (input->has_least && input->has_most && input->at_least > input->at_most)
        return luaL_error(state, "w.share: 'at_least' is above 'at_most', so no answer could be meant");
    lua_setiuservalue(state, -2, 1);
    return 1;
}

int declare_derive(lua_State *state)
{
    if (lua_type(state, 1) != LUA_TFUNCTION || lua_iscfunction(state, 1))
        return luaL_error(
            state,
            "w.derive takes a function of a row, as in w.derive(function(r) return r.ai_10 end), or of an "
            "event, as in w.derive(function(e) return e.duration end)");
    new_input(state, INPUT_DERIVE);
    lua_pushvalue(state, 1);
    lua_setiuservalue(state, -2, 1);
    return 1;
}
