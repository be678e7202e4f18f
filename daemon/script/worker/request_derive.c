/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/requests.h"
#include "script/worker/row_errors.h"
#include "script/worker/row_object.h"

#include "base/mem.h"
#include "script/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * The rows of one request. A script sees the one at `current`, through a single object: a table for each of a
 * million rows would cost more than what is done with it.
 *
 * That object is a table. A column that a function has asked for once is put into it for each row that
 * follows, so that asking costs no call; what is not in it is found by its metatable. What a function writes
 * over an answer is gone with the next row; to write anything else takes rawset, and lasts for the batch at
 * most.
 */
struct rows {
    size_t column_count, row_count, current;
    size_t text_columns; /* the first; 0: it is a response, which has none */
    const char **columns, **texts;
    size_t text_count;
    struct reader *values; /* of the rows from `current` on */
    double *answers;       /* of the one at `current`, by column */
    size_t *used;          /* columns that are put into the row */
    size_t used_count;
    bool *is_used; /* by column */
    struct buf *answer;
    const char *place; /* of the function */
};

/* Where the parts of a row stand while a batch runs. */
enum { AT_ROWS = 1, AT_FUNCTION, AT_ROW, AT_NUMBERS, AT_NAMES, AT_TEXTS };

/* Kept in the registry, for functions that are called through a metatable; NULL when no batch runs. */
static const char rows_key, numbers_key, row_key, texts_key;

static struct rows *rows_of(lua_State *state)
{
    lua_rawgetp(state, LUA_REGISTRYINDEX, &rows_key);
    struct rows *rows = lua_touserdata(state, -1);
    lua_pop(state, 1);
    if (!rows)
        row_errors_raise(state, "a row can only be read inside the function that it was given to");
    return rows;
}

/* ---- a row, as the function of w.derive sees it -------------------------------------------------------- */

static void push_answer(lua_State *state, const struct rows *rows, size_t column)
{
    const double answer = rows->answers[column];
    if (isnan(answer)) {
        lua_pushnil(state);
    } else if (column < rows->text_columns) {
        lua_rawgetp(state, LUA_REGISTRYINDEX, &texts_key);
        lua_rawgeti(state, -1, (lua_Integer)answer);
        lua_remove(state, -2);
    } else {
        lua_pushnumber(state, answer);
    }
}

static void use_column(struct rows *rows, size_t column)
{
    if (rows->is_used[column])
        return;
    rows->is_used[column] = true;
    rows->used[rows->used_count++] = column;
}

/* What the table does not have: a column that nobody asked for yet, one without an answer, or no item at all.
 */
static int row_index(lua_State *state)
{
    struct rows *rows = rows_of(state);
    lua_rawgetp(state, LUA_REGISTRYINDEX, &numbers_key);
    lua_pushvalue(state, 2);
    if (lua_rawget(state, -2) == LUA_TNUMBER) {
        const size_t column = (size_t)lua_tointeger(state, -1);
        use_column(rows, column);
        push_answer(state, rows, column);
        return 1;
    }
    return row_errors_raise_unknown(state, 2,
                                    rows->text_columns ? "an event has no" : "the instrument has no item",
                                    rows->columns, rows->column_count);
}

/* The iterator of pairs(row): from one answered item to the next, by column. */
static int row_next(lua_State *state)
{
    const struct rows *rows = rows_of(state);
    size_t column = 0;
    if (!lua_isnil(state, 2)) {
        lua_rawgetp(state, LUA_REGISTRYINDEX, &numbers_key);
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
    return row_object_pairs(state, row_next);
}

static void set_function(lua_State *state, const char *name, lua_CFunction function)
{
    lua_pushcfunction(state, function);
    lua_setfield(state, -2, name);
}

static void push_row(lua_State *state)
{
    lua_newtable(state);
    lua_createtable(state, 0, 4);
    set_function(state, "__index", row_index);
    set_function(state, "__newindex", row_object_unchangeable);
    set_function(state, "__pairs", row_pairs);
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_setmetatable(state, -2);
}

/* Pushes two tables: a column's number by its name, and its name by its number. */
static void push_columns(lua_State *state, const struct rows *rows)
{
    lua_createtable(state, 0, (int)rows->column_count);
    lua_createtable(state, (int)rows->column_count, 0);
    for (size_t i = 0; i < rows->column_count; i++) {
        lua_pushstring(state, rows->columns[i]);
        lua_pushvalue(state, -1);
        lua_rawseti(state, AT_NAMES, (lua_Integer)i);
        lua_pushinteger(state, (lua_Integer)i);
        lua_rawset(state, AT_NUMBERS);
    }
    lua_pushvalue(state, AT_NUMBERS);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &numbers_key);
}

/* Pushes the table of texts by index. */
static void push_texts(lua_State *state, const struct rows *rows)
{
    lua_createtable(state, (int)rows->text_count, 0);
    for (size_t i = 0; i < rows->text_count; i++) {
        lua_pushstring(state, rows->texts[i]);
        lua_rawseti(state, AT_TEXTS, (lua_Integer)i);
    }
    lua_pushvalue(state, AT_TEXTS);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &texts_key);
}

static void next_row(lua_State *state, const struct rows *rows)
{
    for (size_t i = 0; i < rows->column_count; i++)
        rows->answers[i] = read_number(rows->values);
    if (rows->values->failed)
        row_errors_raise(state, "the rows cannot be read");
    for (size_t i = 0; i < rows->used_count; i++) {
        lua_rawgeti(state, AT_NAMES, (lua_Integer)rows->used[i]);
        push_answer(state, rows, rows->used[i]);
        lua_rawset(state, AT_ROW);
    }
}

/* A row that was kept, also by a function that failed, has nothing and says so. Raises no error and allocates
 * nothing: taking away what is there needs neither. */
static void empty_row(lua_State *state)
{
    const int type = lua_rawgetp(state, LUA_REGISTRYINDEX, &row_key);
    if (type == LUA_TTABLE)
        lua_pushnil(state);
    while (type == LUA_TTABLE && lua_next(state, -2)) {
        lua_pop(state, 1);
        lua_pushvalue(state, -1);
        lua_pushnil(state);
        lua_rawset(state, -4);
    }
    lua_pop(state, 1);
}

/* ---- the request --------------------------------------------------------------------------------------- */

static double number_of(lua_State *state, struct rows *rows)
{
    if (lua_isnil(state, -1))
        return NAN;
    if (lua_type(state, -1) != LUA_TNUMBER)
        row_errors_raise(state, "%s: a function of w.derive returns a number or nil, not a %s", rows->place,
                         luaL_typename(state, -1));
    const double number = lua_tonumber(state, -1);
    if (!isfinite(number))
        row_errors_raise(state, "%s: a function of w.derive returned %s; return nil instead", rows->place,
                         isnan(number) ? "0/0" : "an infinite number");
    return number;
}

/* Runs below program_call, so that a whole batch shares one protected call: (rows, function). */
static int run_rows(lua_State *state)
{
    struct rows *rows = lua_touserdata(state, AT_ROWS);
    push_row(state);
    push_columns(state, rows);
    push_texts(state, rows);
    lua_pushvalue(state, AT_ROW);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &row_key);
    lua_pushvalue(state, AT_ROWS);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &rows_key);
    for (rows->current = 0; rows->current < rows->row_count; rows->current++) {
        next_row(state, rows);
        lua_pushvalue(state, AT_FUNCTION);
        lua_pushvalue(state, AT_ROW);
        lua_call(state, 1, 1);
        buf_put_f64(rows->answer, number_of(state, rows));
        lua_pop(state, 1);
    }
    return 0;
}

static bool read_rows(struct reader *request, struct rows *rows)
{
    rows->columns = row_object_read_columns(request, &rows->column_count);
    rows->text_columns = (size_t)read_varint(request);
    rows->texts = row_object_read_columns(request, &rows->text_count);
    rows->answers = mem_alloc(rows->column_count * sizeof *rows->answers);
    rows->used = mem_alloc(rows->column_count * sizeof *rows->used);
    rows->is_used = mem_alloc(rows->column_count * sizeof *rows->is_used);
    const uint64_t count = read_varint(request);
    rows->values = request;
    rows->row_count = (size_t)count;
    return !request->failed && count <= FRAME_LONGEST && count * rows->column_count <= reader_left(request);
}

static const struct program_input *find_input(struct program *program, const char *indicator,
                                              const char *input)
{
    const struct program_indicator *found = program_indicator(program, indicator);
    for (size_t i = 0; found && i < found->input_count; i++)
        if (strcmp(found->inputs[i].name, input) == 0 && input_is_derived(found->inputs[i].kind))
            return &found->inputs[i];
    return NULL;
}

static void free_rows(struct rows *rows)
{
    free(rows->columns);
    free(rows->texts);
    free(rows->answers);
    free(rows->used);
    free(rows->is_used);
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
        char place[PLACE_LENGTH];
        program->told_of_print = false;
        program_function_place(program, input->function, place);
        rows.place = place;
        lua_pushcfunction(program->state, run_rows);
        lua_pushlightuserdata(program->state, &rows);
        lua_rawgeti(program->state, LUA_REGISTRYINDEX, input->function);
        good = program_call(program, 2, 0, error);
        empty_row(program->state);
        lua_pushnil(program->state);
        lua_rawsetp(program->state, LUA_REGISTRYINDEX, &rows_key);
        lua_pushnil(program->state);
        lua_rawsetp(program->state, LUA_REGISTRYINDEX, &texts_key);
    }
    free_rows(&rows);
    return good;
}
