/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/export_row.h"
#include "script/worker/row_errors.h"
#include "script/worker/row_object.h"

#define EXPORT_ROW "wijzer export row"

/* Where the object stands in the registry. */
static const char object_key;

static const struct export_row *row_of(lua_State *state)
{
    struct export_row *const *row = luaL_checkudata(state, 1, EXPORT_ROW);
    if (!*row)
        row_errors_raise(state, "a row can only be read inside the function that it was given to");
    return *row;
}

/* The object's user value maps the names of columns to their numbers; what is there twice, to false. */
static int row_index(lua_State *state)
{
    const struct export_row *row = row_of(state);
    lua_getiuservalue(state, 1, 1);
    lua_pushvalue(state, 2);
    switch (lua_rawget(state, -2)) {
    case LUA_TNUMBER:
        lua_pushstring(state, row->cells[lua_tointeger(state, -1)]);
        return 1;
    case LUA_TBOOLEAN:
        return row_errors_raise_twice(state, 2);
    default:
        return row_errors_raise_unknown(state, 2, "the export has no column", row->columns,
                                        row->column_count);
    }
}

/* The iterator of pairs(row), by column; one that is there twice is left out. */
static int row_next(lua_State *state)
{
    const struct export_row *row = row_of(state);
    size_t column = 0;
    lua_settop(state, 2);
    lua_getiuservalue(state, 1, 1);
    if (!lua_isnil(state, 2)) {
        lua_pushvalue(state, 2);
        lua_rawget(state, 3);
        column = (size_t)lua_tointeger(state, -1) + 1;
    }
    for (; column < row->column_count; column++) {
        lua_settop(state, 3);
        lua_pushstring(state, row->columns[column]);
        lua_pushvalue(state, 4);
        if (lua_rawget(state, 3) != LUA_TNUMBER)
            continue;
        lua_pop(state, 1);
        lua_pushstring(state, row->cells[column]);
        return 2;
    }
    return 0;
}

static int row_pairs(lua_State *state)
{
    row_of(state);
    return row_object_pairs(state, row_next);
}

static void push_column_numbers(lua_State *state, const struct export_row *row)
{
    lua_createtable(state, 0, (int)row->column_count);
    for (size_t i = 0; i < row->column_count; i++) {
        const bool is_new = lua_getfield(state, -1, row->columns[i]) == LUA_TNIL;
        lua_pop(state, 1);
        if (is_new)
            lua_pushinteger(state, (lua_Integer)i);
        else
            lua_pushboolean(state, false);
        lua_setfield(state, -2, row->columns[i]);
    }
}

void export_row_open(lua_State *state, struct export_row *row)
{
    static const luaL_Reg methods[] = {{"__index", row_index},
                                       {"__newindex", row_object_unchangeable},
                                       {"__pairs", row_pairs},
                                       {NULL, NULL}};
    struct export_row **object = lua_newuserdatauv(state, sizeof *object, 1);
    *object = row;
    lua_pushvalue(state, -1);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &object_key);
    row->object = object;
    push_column_numbers(state, row);
    lua_setiuservalue(state, -2, 1);
    if (luaL_newmetatable(state, EXPORT_ROW)) {
        luaL_setfuncs(state, methods, 0);
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
    lua_pop(state, 1);
}

void export_row_push(lua_State *state)
{
    lua_rawgetp(state, LUA_REGISTRYINDEX, &object_key);
}

void export_row_close(struct program *program, struct export_row *row)
{
    if (!row->object)
        return;
    *row->object = NULL;
    lua_pushnil(program->state); /* takes away what is there, which allocates nothing */
    lua_rawsetp(program->state, LUA_REGISTRYINDEX, &object_key);
}
