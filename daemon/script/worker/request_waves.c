/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/export_row.h"
#include "script/worker/requests.h"
#include "script/worker/row_errors.h"
#include "script/worker/row_object.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WAVE = 64, LONGEST_FAILURE = 500 };

static const char returns[] = "a function of 'wave' returns a text or a number";

struct rows {
    struct export_row row; /* one after the other */
    size_t row_count;
    lua_ref function;
    char place[PLACE_LENGTH]; /* of the function */
};

/* ---- what the function returned ------------------------------------------------------------------------ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Blanks around it say nothing, as in the cells of an export: "2025 " is no wave beside "2025". */
static void trim(lua_State *state)
{
    size_t length;
    const char *text = lua_tolstring(state, -1, &length);
    while (length && is_blank(text[length - 1]))
        length--;
    for (; length && is_blank(*text); text++)
        length--;
    lua_pushlstring(state, text, length);
    lua_replace(state, -2);
}

/* It becomes the name of a period, which everybody sees; so what is wrong with it is said without it. */
static void check_text(lua_State *state, const struct rows *rows)
{
    size_t length;
    trim(state);
    const char *text = lua_tolstring(state, -1, &length);
    if (length == 0)
        row_errors_raise(state, "%s: %s; here it returned an empty text", rows->place, returns);
    if (length > LONGEST_WAVE)
        row_errors_raise(state, "%s: %s; here it returned one of more than %d bytes", rows->place, returns,
                         LONGEST_WAVE);
    if (!utf8_valid(text, length))
        row_errors_raise(state, "%s: %s; here it returned a text that is not UTF-8", rows->place, returns);
    if (utf8_find_control(text, length))
        row_errors_raise(state, "%s: %s; here it returned one with a control character", rows->place,
                         returns);
}

/* 2025.0 is the year 2025. */
static void make_text_of_number(lua_State *state, const struct rows *rows)
{
    const double number = lua_tonumber(state, -1);
    int is_whole;
    const lua_Integer whole = lua_tointegerx(state, -1, &is_whole);
    if (!isfinite(number))
        row_errors_raise(state, "%s: %s; here it returned %s", rows->place, returns,
                         isnan(number) ? "0/0" : "an infinite number");
    if (is_whole) {
        lua_pushinteger(state, whole);
        lua_replace(state, -2);
    }
    lua_tostring(state, -1);
}

/* Runs below program_call: (rows). Gives the wave as a text. */
static int run_function(lua_State *state)
{
    const struct rows *rows = lua_touserdata(state, 1);
    lua_rawgeti(state, LUA_REGISTRYINDEX, rows->function);
    export_row_push(state);
    lua_call(state, 1, 1);
    switch (lua_type(state, -1)) {
    case LUA_TNUMBER:
        make_text_of_number(state, rows);
        break;
    case LUA_TSTRING:
        check_text(state, rows);
        break;
    default:
        row_errors_raise(state, "%s: %s; here it returned %s", rows->place, returns,
                         luaL_typename(state, -1));
    }
    return 1;
}

/* ---- the request --------------------------------------------------------------------------------------- */

/* One line, for it stands in a list of rows; the frames of the script are left out. */
static void put_failure(struct buf *error, struct buf *answer)
{
    buf_put_u8(error, 0);
    char *text = (char *)error->data;
    text[strcspn(text, "\n")] = '\0';
    if (strlen(text) > LONGEST_FAILURE)
        text[LONGEST_FAILURE] = '\0';
    utf8_mend(text); /* it may have been cut inside a character */
    buf_put_u8(answer, true);
    buf_put_text(answer, text);
    buf_clear(error);
}

/* false: its time is over, and so is the whole request. */
static bool make_wave(struct program *program, struct rows *rows, struct buf *answer, struct buf *error)
{
    buf_clear(error);
    lua_pushcfunction(program->state, run_function);
    lua_pushlightuserdata(program->state, rows);
    if (!program_call(program, 1, 1, error)) {
        if (program->stopped)
            return false;
        put_failure(error, answer);
        return true;
    }
    buf_put_u8(answer, false);
    buf_put_text(answer, lua_tostring(program->state, -1));
    lua_pop(program->state, 1);
    return true;
}

/* Runs below program_call: (rows). */
static int open_row(lua_State *state)
{
    struct rows *rows = lua_touserdata(state, 1);
    export_row_open(state, &rows->row);
    return 0;
}

static bool read_columns(struct export_row *row, struct reader *request)
{
    row->columns = row_object_read_columns(request, &row->column_count);
    row->cells = mem_alloc(row->column_count * sizeof *row->cells);
    return !request->failed;
}

static bool read_cells(struct export_row *row, struct reader *request)
{
    for (size_t i = 0; i < row->column_count; i++)
        row->cells[i] = read_text(request);
    return !request->failed;
}

static bool make_waves(struct program *program, struct rows *rows, struct reader *request, struct buf *answer,
                       struct buf *error)
{
    lua_pushcfunction(program->state, open_row);
    lua_pushlightuserdata(program->state, rows);
    bool good = program_call(program, 1, 0, error);
    for (size_t i = 0; i < rows->row_count && good; i++)
        good = read_cells(&rows->row, request) && make_wave(program, rows, answer, error);
    export_row_close(program, &rows->row);
    return good;
}

bool request_waves(struct program *program, struct reader *request, struct buf *answer, struct buf *error)
{
    const char *instrument = read_text(request);
    const struct program_wave *wave = program_wave(program, instrument);
    struct rows rows = {0};
    bool good = read_columns(&rows.row, request) && wave;
    rows.row_count = (size_t)read_varint(request);
    if (good) {
        rows.function = wave->function;
        program->told_of_print = false;
        program_function_place(program, wave->function, rows.place);
        good = make_waves(program, &rows, request, answer, error);
    }
    if (!good && error->size == 0)
        buf_append_format(error,
                          "%s: the 'wave' of instrument '%s' is not a function (any more), or its rows "
                          "cannot be read",
                          program->file, instrument);
    free(rows.row.cells);
    free(rows.row.columns);
    return good;
}
