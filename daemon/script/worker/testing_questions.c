/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What only the other side of the pipes knows is asked there, as JSON: script/PROTOCOL.md, "Tests". */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/lua_json.h"
#include "script/worker/program.h"
#include "script/worker/testing.h"

#include "base/json.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* ---- asking -------------------------------------------------------------------------------------------- */

/* Starts a question; it belongs to the test, whatever error comes. */
static cJSON *new_question(lua_State *state, const char *what)
{
    struct testing *testing = program_of(state)->testing;
    if (!testing)
        luaL_error(state, "t can be used only while its test runs");
    cJSON_Delete(testing->question);
    testing->question = cJSON_CreateObject();
    cJSON_AddStringToObject(testing->question, "ask", what);
    return testing->question;
}

static void send_question(const cJSON *question)
{
    struct buf frame = {0};
    char *json = cJSON_PrintUnformatted(question);
    const size_t begin = frame_begin(&frame, FRAME_QUESTION);
    buf_put_text(&frame, json);
    frame_end(&frame, begin);
    message_send(&frame);
    buf_free(&frame);
    cJSON_free(json);
}

/* A daemon that says anything but the answer, or hangs up, has no use for this worker any more. */
static cJSON *receive_answer(struct inbox *inbox)
{
    struct reader payload;
    uint8_t kind;
    if (message_next(inbox, &kind, &payload) <= 0 || kind != FRAME_ANSWER)
        _exit(0);
    return cJSON_Parse(read_text(&payload));
}

/* Asks what new_question began. Gives the answer, which lives until the next question; raises an error where
 * the answer is one. */
static const cJSON *ask(lua_State *state)
{
    struct testing *testing = program_of(state)->testing;
    send_question(testing->question);
    cJSON_Delete(testing->answer);
    testing->answer = receive_answer(testing->inbox);
    const char *error = json_text(testing->answer, "error");
    if (error)
        luaL_error(state, "%s", error);
    return cJSON_GetObjectItemCaseSensitive(testing->answer, "answer");
}

static int ask_and_push(lua_State *state)
{
    lua_json_push(state, ask(state));
    return 1;
}

/* ---- the functions of t -------------------------------------------------------------------------------- */

/* One row alone, without the list around it, would be read as many rows without an answer. */
static bool is_list_of_rows(lua_State *state, int list)
{
    const lua_Integer count = (lua_Integer)lua_rawlen(state, list);
    for (lua_Integer i = 1; i <= count; i++) {
        const bool is_row = lua_rawgeti(state, list, i) == LUA_TTABLE;
        lua_pop(state, 1);
        if (!is_row)
            return false;
    }
    lua_pushnil(state);
    return count > 0 || !lua_next(state, list);
}

/* What the rows are of: an instrument by its id, or the source of indicators. Of events there is none. */
static void add_source(lua_State *state, cJSON *question)
{
    luaL_argexpected(state, lua_type(state, 1) == LUA_TSTRING || luaL_testudata(state, 1, DECLARED_SOURCE), 1,
                     "id of an instrument, or w.events()");
    if (lua_type(state, 1) == LUA_TSTRING)
        lua_pushvalue(state, 1);
    else
        lua_getiuservalue(state, 1, 1);
    if (lua_type(state, -1) == LUA_TSTRING) {
        cJSON_AddStringToObject(question, "instrument", lua_tostring(state, -1));
        lua_pop(state, 1);
        return;
    }
    lua_pushnil(state);
    if (lua_next(state, -2))
        luaL_error(state, "t.import takes all events that come in; leave out what w.events is given here");
    lua_pop(state, 1);
}

int testing_import(lua_State *state)
{
    cJSON *question = new_question(state, "import");
    add_source(state, question);
    const int type = lua_type(state, 2);
    luaL_argexpected(state, type == LUA_TTABLE || type == LUA_TSTRING, 2,
                     "list of rows, or the name of a file");
    if (type == LUA_TTABLE && !is_list_of_rows(state, 2))
        luaL_error(state, "t.import takes a list of rows, as in { { token = \"p1\", ai_1 = 4 }, ... }");
    lua_json_add(state, 2, question, type == LUA_TTABLE ? "rows" : "file");
    return ask_and_push(state);
}

/* What t.value and its like take behind the id: { level = , group = , period = }. */
static void add_filter(lua_State *state, int index, const char *where, cJSON *question)
{
    static const char *const keys[] = {"level", "group", "period", NULL};
    if (lua_isnoneornil(state, index))
        return;
    luaL_checktype(state, index, LUA_TTABLE);
    fields_check_keys(state, index, where, keys);
    for (const char *const *key = keys; *key; key++) {
        const char *text = fields_text(state, index, where, *key, false, LONGEST_TEXT);
        if (text)
            cJSON_AddStringToObject(question, *key, text);
    }
}

static int ask_values(lua_State *state, const char *what, const char *where)
{
    cJSON *question = new_question(state, what);
    cJSON_AddStringToObject(question, "indicator", luaL_checkstring(state, 1));
    add_filter(state, 2, where, question);
    return ask_and_push(state);
}

int testing_value(lua_State *state)
{
    return ask_values(state, "value", "t.value");
}

int testing_values(lua_State *state)
{
    return ask_values(state, "values", "t.values");
}

int testing_alert(lua_State *state)
{
    cJSON *question = new_question(state, "alert");
    cJSON_AddStringToObject(question, "alert", luaL_checkstring(state, 1));
    cJSON_AddStringToObject(question, "group", luaL_checkstring(state, 2));
    return ask_and_push(state);
}

int testing_alerts(lua_State *state)
{
    cJSON *question = new_question(state, "alerts");
    if (!lua_isnoneornil(state, 1))
        cJSON_AddStringToObject(question, "alert", luaL_checkstring(state, 1));
    return ask_and_push(state);
}

int testing_clock(lua_State *state)
{
    cJSON *question = new_question(state, "clock");
    if (!lua_isnoneornil(state, 1))
        cJSON_AddStringToObject(question, "at", luaL_checkstring(state, 1));
    return ask_and_push(state);
}

int testing_advance(lua_State *state)
{
    cJSON *question = new_question(state, "advance");
    luaL_checkstring(state, 1);
    lua_settop(state, 1);
    lua_createtable(state, 0, 1);
    lua_insert(state, 1);
    lua_setfield(state, 1, "by");
    cJSON_AddNumberToObject(question, "ms", (double)fields_duration(state, 1, "t.advance", "by"));
    return ask_and_push(state);
}
