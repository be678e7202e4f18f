/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/requests.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "script/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROW "wijzer row"

/* The rows of one request. A script sees the one at `current`, through a single object: a table for each of a
 * million rows would cost more than what is done with it. */
struct rows {
    size_t column_count, row_count, current;
    const char **columns;
    const uint8_t *values; /* row by row, eight bytes each */
    struct buf *answer;
    struct rows **row; /* the script's object, anchored in the registry */
    const char *place; /* of the function */
};

/* ---- a row, as the function of w.derive sees it
 * ------------------------------------------------------------ */

static struct rows *rows_of(lua_State *state)
{
    struct rows **rows = luaL_checkudata(state, 1, ROW);
    if (!*rows)
        luaL_error(state, "a row can only be read inside the function that it was given to");
    return *rows;
}

static int push_answer(lua_State *state, const struct rows *rows, size_t column)
{
    struct reader value = reader_of(rows->values + 8 * (rows->current * rows->column_count + column), 8);
    const double answer = read_f64(&value);
    if (isnan(answer))
        lua_pushnil(state);
    else
        lua_pushnumber(state, answer);
    return 1;
}

/* The row's user value maps the names of items to their columns. */
static int row_index(lua_State *state)
{
    const struct rows *rows = rows_of(state);
    lua_getiuservalue(state, 1, 1);
    lua_pushvalue(state, 2);
    if (lua_rawget(state, -2) == LUA_TNUMBER)
        return push_answer(state, rows, (size_t)lua_tointeger(state, -1));
    const char *given = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : luaL_typename(state, 2);
    const char *nearest = nearest_name(given, rows->columns, rows->column_count);
    return luaL_error(state, "the instrument has no item '%s'%s%s%s", given,
                      nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static int row_unchangeable(lua_State *state)
{
    return luaL_error(state, "a row cannot be changed");
}

/* The iterator of pairs(row): from one answered item to the next, by column. */
static int row_next(lua_State *state)
{
    const struct rows *rows = rows_of(state);
    size_t column = 0;
    if (!lua_isnil(state, 2)) {
        lua_getiuservalue(state, 1, 1);
        lua_pushvalue(state, 2);
        lua_rawget(state, -2);
        column = (size_t)lua_tointeger(state, -1) + 1;
    }
    for (; column < rows->column_count; column++) {
        lua_pushstring(state, rows->columns[column]);
        push_answer(state, rows, column);
        if (!lua_isnil(state, -1))
            return 2;
        lua_pop(state, 2);
    }
    return 0;
}

static int row_pairs(lua_State *state)
{
    rows_of(state);
    lua_pushcfunction(state, row_next);
    lua_pushvalue(state, 1);
    lua_pushnil(state);
    return 3;
}

static void push_row(lua_State *state, struct rows *rows)
{
    static const luaL_Reg methods[] = {
        {"__index", row_index}, {"__newindex", row_unchangeable}, {"__pairs", row_pairs}, {NULL, NULL}};
    struct rows **row = lua_newuserdatauv(state, sizeof *row, 1);
    *row = rows;
    lua_pushvalue(state, -1);
    lua_rawsetp(state, LUA_REGISTRYINDEX, program_of(state));
    rows->row = row;
    lua_createtable(state, 0, (int)rows->column_count);
    for (size_t i = 0; i < rows->column_count; i++) {
        lua_pushinteger(state, (lua_Integer)i);
        lua_setfield(state, -2, rows->columns[i]);
    }
    lua_setiuservalue(state, -2, 1);
    if (luaL_newmetatable(state, ROW)) {
        luaL_setfuncs(state, methods, 0);
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
}

/* ---- the request --------------------------------------------------------------------------------------- */

static double number_of(lua_State *state, struct rows *rows)
{
    if (lua_isnil(state, -1))
        return NAN;
    if (lua_type(state, -1) != LUA_TNUMBER)
        luaL_error(state, "%s: a function of w.derive returns a number or nil, not a %s", rows->place,
                   luaL_typename(state, -1));
    const double number = lua_tonumber(state, -1);
    if (!isfinite(number))
        luaL_error(state,
                   "%s: a function of w.derive returned %s for row %d of this batch; return nil instead",
                   rows->place, isnan(number) ? "0/0" : "an infinite number", (int)rows->current + 1);
    return number;
}

/* Runs below program_call, so that a whole batch shares one protected call: (rows, function). */
static int run_rows(lua_State *state)
{
    struct rows *rows = lua_touserdata(state, 1);
    push_row(state, rows);
    for (rows->current = 0; rows->current < rows->row_count; rows->current++) {
        lua_pushvalue(state, 2);
        lua_pushvalue(state, 3);
        lua_call(state, 1, 1);
        buf_put_f64(rows->answer, number_of(state, rows));
        lua_pop(state, 1);
    }
    return 0;
}

static bool read_rows(struct reader *request, struct rows *rows)
{
    const uint64_t columns = read_varint(request);
    if (columns > reader_left(request))
        request->failed = true;
    rows->column_count = request->failed ? 0 : (size_t)columns;
    rows->columns = mem_alloc(rows->column_count * sizeof *rows->columns);
    for (size_t i = 0; i < rows->column_count; i++)
        rows->columns[i] = read_text(request);
    const uint64_t count = read_varint(request);
    rows->values = request->at;
    rows->row_count = (size_t)count;
    return !request->failed && count <= FRAME_LONGEST &&
           count * rows->column_count * 8 == reader_left(request);
}

static const struct program_input *find_input(struct program *program, const char *indicator,
                                              const char *input)
{
    const struct program_indicator *found = program_indicator(program, indicator);
    for (size_t i = 0; found && i < found->input_count; i++)
        if (strcmp(found->inputs[i].name, input) == 0 && found->inputs[i].kind == INPUT_DERIVE)
            return &found->inputs[i];
    return NULL;
}

bool request_derive(struct program *program, struct reader *request, struct buf *answer, struct buf *error)
{
    const char *indicator = read_text(request), *name = read_text(request);
    const struct program_input *input = find_input(program, indicator, name);
    struct rows rows = {.answer = answer};
    bool good = read_rows(request, &rows) && input;
    if (!good) {
        buf_append_format(error, "%s: indicator '%s' has no derived input '%s'", program->file, indicator,
                          name);
    } else {
        lua_pushcfunction(program->state, run_rows);
        lua_pushlightuserdata(program->state, &rows);
        lua_rawgeti(program->state, LUA_REGISTRYINDEX, input->function);
        char place[PLACE_LENGTH];
        program_function_place(program, input->function, place);
        rows.place = place;
        good = program_call(program, 2, 0, error);
        if (rows.row)
            *rows.row = NULL; /* a row that was kept says so */
        lua_pushnil(program->state);
        lua_rawsetp(program->state, LUA_REGISTRYINDEX, program);
    }
    free(rows.columns);
    return good;
}
