/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/offers.h"
#include "script/worker/lua_json.h"
#include "script/worker/requests.h"

#include "base/nearest.h"

#include <string.h>

/* A result of an indicator, as raise and clear see it. */
struct judged_value {
    bool is_integer;
    double value;
    int64_t integer, n;
    bool has_ci;
    double ci[2];
    const char *extra, *period;
};

struct judged_case {
    const struct program_alert *alert;
    const char *group, *level;
    bool firing, has_before;
    struct judged_value now, before;
};

static struct judged_value read_value(struct reader *request)
{
    struct judged_value value = {.is_integer = read_u8(request) != 0};
    if (value.is_integer)
        value.integer = read_signed(request);
    else
        value.value = read_f64(request);
    value.n = read_signed(request);
    value.has_ci = read_u8(request) != 0;
    for (size_t i = 0; i < 2 && value.has_ci; i++)
        value.ci[i] = read_f64(request);
    value.extra = read_text(request);
    value.period = read_text(request);
    return value;
}

/* ---- what the functions are given ---------------------------------------------------------------------- */

static int unknown_member(lua_State *state)
{
    const char *given = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : luaL_typename(state, 2);
    if (offers_has(offers_result, given))
        return 0; /* a member that this result does not have: ci95 */
    size_t count = 0;
    while (offers_result[count])
        count++;
    const char *nearest = nearest_name(given, offers_result, count);
    return luaL_error(state, "a result has no '%s'%s%s%s", given, nearest ? "; did you mean '" : "",
                      nearest ? nearest : "; it has value, n, ci95, extra, group, level and period",
                      nearest ? "'?" : "");
}

/* `extra` is a parsed JSON object that lives in a userdata of its own: see run_judge. */
static void push_value(lua_State *state, const struct judged_case *one, const struct judged_value *value,
                       const cJSON *extra)
{
    lua_createtable(state, 0, 7);
    if (value->is_integer)
        lua_pushinteger(state, value->integer);
    else
        lua_pushnumber(state, value->value);
    lua_setfield(state, -2, "value");
    lua_pushinteger(state, value->n);
    lua_setfield(state, -2, "n");
    if (value->has_ci) {
        lua_createtable(state, 2, 0);
        for (int i = 0; i < 2; i++) {
            lua_pushnumber(state, value->ci[i]);
            lua_rawseti(state, -2, i + 1);
        }
        lua_setfield(state, -2, "ci95");
    }
    if (extra)
        lua_json_push(state, extra);
    else
        lua_newtable(state);
    lua_setfield(state, -2, "extra");
    lua_pushstring(state, one->group);
    lua_setfield(state, -2, "group");
    lua_pushstring(state, one->level);
    lua_setfield(state, -2, "level");
    lua_pushstring(state, value->period);
    lua_setfield(state, -2, "period");
    if (luaL_newmetatable(state, "wijzer result")) {
        lua_pushcfunction(state, unknown_member);
        lua_setfield(state, -2, "__index");
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
}

/* ---- one case ------------------------------------------------------------------------------------------ */

struct judging {
    const struct judged_case *one;
    lua_ref function;
    cJSON *now_extra, *before_extra;
};

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_FAILED };

/* Runs below program_call: (judging). Gives whether the function says yes. */
static int run_judge(lua_State *state)
{
    const struct judging *judging = lua_touserdata(state, 1);
    const struct judged_case *one = judging->one;
    lua_rawgeti(state, LUA_REGISTRYINDEX, judging->function);
    push_value(state, one, &one->now, judging->now_extra);
    if (one->has_before)
        push_value(state, one, &one->before, judging->before_extra);
    else
        lua_pushnil(state);
    lua_call(state, 2, 1);
    lua_pushboolean(state, lua_toboolean(state, -1));
    return 1;
}

static enum answer ask(struct program *program, const struct judged_case *one, lua_ref function,
                       struct buf *error)
{
    struct judging judging = {.one = one,
                              .function = function,
                              .now_extra = cJSON_Parse(one->now.extra),
                              .before_extra = cJSON_Parse(one->before.extra ? one->before.extra : "")};
    buf_clear(error);
    lua_pushcfunction(program->state, run_judge);
    lua_pushlightuserdata(program->state, &judging);
    const bool good = program_call(program, 1, 1, error);
    const bool yes = good && lua_toboolean(program->state, -1);
    if (good)
        lua_pop(program->state, 1);
    cJSON_Delete(judging.now_extra);
    cJSON_Delete(judging.before_extra);
    return !good ? ANSWER_FAILED : yes ? ANSWER_YES : ANSWER_NO;
}

/* Where both functions say yes, `raise` counts: an alert that is on too long is looked at, one that comes and
 * goes with every answer is soon looked at by nobody. What the function fails of that is asked second is told
 * when it is the one that counts. false: their time is over. */
static bool judge_case(struct program *program, const struct judged_case *one, enum judge_word *word,
                       struct buf *error)
{
    const struct program_alert *alert = one->alert;
    const bool has_clear = alert->clear != LUA_NOREF, by_clear = one->firing && has_clear;
    const enum answer first = ask(program, one, by_clear ? alert->clear : alert->raise, error);
    if (first == ANSWER_FAILED) {
        *word = JUDGE_FAILED;
        return !program->stopped;
    }
    *word = (first == ANSWER_YES) != by_clear ? JUDGE_HOLDS : JUDGE_ENDS;
    if (first == ANSWER_NO || !has_clear)
        return true;
    const enum answer second = ask(program, one, by_clear ? alert->raise : alert->clear, error);
    if (second == ANSWER_YES)
        *word = JUDGE_CONTRADICTS;
    return second != ANSWER_FAILED || !program->stopped;
}

/* false: its time is over, and so is the whole request. */
static bool answer_case(struct program *program, const struct judged_case *one, struct buf *answer,
                        struct buf *error)
{
    char place[PLACE_LENGTH] = "";
    enum judge_word word;
    if (!judge_case(program, one, &word, error))
        return false;
    buf_put_u8(error, 0);
    if (word == JUDGE_CONTRADICTS)
        program_function_place(program, one->alert->clear, place);
    buf_put_u8(answer, (uint8_t)word);
    buf_put_text(answer, word == JUDGE_FAILED ? (const char *)error->data : place);
    return true;
}

bool request_judge(struct program *program, struct reader *request, struct buf *answer, struct buf *error)
{
    const char *id = read_text(request);
    struct judged_case one = {.alert = program_alert(program, id)};
    const uint64_t count = read_varint(request);
    for (uint64_t i = 0; i < count && one.alert && !request->failed; i++) {
        one.group = read_text(request);
        one.level = read_text(request);
        one.firing = read_u8(request) != 0;
        one.now = read_value(request);
        one.has_before = read_u8(request) != 0;
        one.before = one.has_before ? read_value(request) : (struct judged_value){0};
        if (!request->failed && !answer_case(program, &one, answer, error))
            return false;
    }
    if (one.alert && !request->failed)
        return true;
    buf_clear(error);
    buf_append_format(error, "%s: there is no alert '%s', or its cases cannot be read", program->file, id);
    return false;
}
