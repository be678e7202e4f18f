/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/result.h"
#include "script/scripts.h"
#include "script/worker/input_view.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_VALUE "wijzer no value"

enum {
    LONGEST_REASON = 200,
    LONGEST_EXTRA_TEXT = 1024,
    LONGEST_EXTRA = 16 * 1024,
    LONGEST_EXTRA_KEY = 79,
    DEEPEST_EXTRA = 4,
    MOST_KEYS = 200
};

int result_no_value(lua_State *state)
{
    luaL_checkstring(state, 1);
    lua_newuserdatauv(state, 1, 1);
    if (luaL_newmetatable(state, NO_VALUE)) {
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
    lua_pushvalue(state, 1);
    lua_setiuservalue(state, -2, 1);
    return 1;
}

/* What has been read of a result; `problem` says why it is none. */
struct parts {
    enum compute_kind kind;
    double value;
    int64_t integer;
    char reason[LONGEST_REASON + 1];
    bool has_ci;
    double ci[2];
    char *extra;
    size_t
        extra_bytes; /* about, so far: tables may be in it a thousand times, and are written out each time */
    char problem[300];
};

static void refuse(struct parts *parts, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void refuse(struct parts *parts, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!parts->problem[0])
        vsnprintf(parts->problem, sizeof parts->problem, format, args);
    va_end(args);
}

/* An input stands where one of its numbers is meant. false: it is none. */
static bool refuse_input(lua_State *state, int index, struct parts *parts)
{
    const char *advice = input_view_advice(state, index);
    if (!advice)
        return false;
    refuse(parts, "%s", advice);
    lua_pop(state, 1);
    return true;
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void take_number(lua_State *state, int index, struct parts *parts)
{
    if (lua_isinteger(state, index)) {
        parts->kind = COMPUTE_INTEGER;
        parts->integer = lua_tointeger(state, index);
        return;
    }
    parts->kind = COMPUTE_NUMBER;
    parts->value = lua_tonumber(state, index);
    if (!isfinite(parts->value))
        refuse(parts, "the value is %s; return w.no_value(reason) where there is none",
               isnan(parts->value) ? "not a number (0/0?)" : "infinite (a division by 0?)");
}

static void read_interval(lua_State *state, int index, struct parts *parts)
{
    const int table = lua_absindex(state, index);
    if (!lua_istable(state, table) || lua_rawlen(state, table) != 2) {
        refuse(parts, "'ci95' must be { lowest, highest }");
        return;
    }
    for (int i = 0; i < 2; i++) {
        const int type = lua_rawgeti(state, table, i + 1);
        parts->ci[i] = lua_tonumber(state, -1);
        if (type == LUA_TUSERDATA)
            refuse_input(state, -1, parts);
        if (type != LUA_TNUMBER || !isfinite(parts->ci[i]))
            refuse(parts, "'ci95' must be two finite numbers");
        lua_pop(state, 1);
    }
    if (!(parts->ci[0] <= parts->ci[1]))
        refuse(parts, "'ci95' must have its lowest end first");
    parts->has_ci = true;
}

/* ---- extra --------------------------------------------------------------------------------------------- */

static cJSON *extra_table(lua_State *state, int index, int depth, struct parts *parts);

static void count_extra(struct parts *parts, size_t bytes)
{
    parts->extra_bytes += bytes;
    if (parts->extra_bytes > LONGEST_EXTRA)
        refuse(parts, "'extra' is longer than %d bytes", LONGEST_EXTRA);
}

/* Beyond 2^53 whoever reads JSON rounds a whole number to one nearby, and nobody would see that. */
static cJSON *extra_number(lua_State *state, int index, const char *key, struct parts *parts)
{
    static const lua_Integer most = (lua_Integer)1 << 53;
    const double number = lua_tonumber(state, index);
    if (!isfinite(number))
        refuse(parts, "'%s' of 'extra' is not a finite number", key);
    if (lua_isinteger(state, index) &&
        (lua_tointeger(state, index) > most || lua_tointeger(state, index) < -most))
        refuse(
            parts,
            "'%s' of 'extra' is %lld, a whole number beyond 2^53, which would be rounded; give it as a text",
            key, (long long)lua_tointeger(state, index));
    return parts->problem[0] ? NULL : json_exact(number);
}

static cJSON *extra_text(lua_State *state, int index, const char *key, struct parts *parts)
{
    char line[LONGEST_EXTRA_TEXT + 1];
    size_t length;
    const char *text = lua_tolstring(state, index, &length);
    if (length > LONGEST_EXTRA_TEXT || !utf8_valid(text, length))
        refuse(parts, "'%s' of 'extra' is longer than %d bytes or not UTF-8", key, LONGEST_EXTRA_TEXT);
    count_extra(parts, length);
    if (parts->problem[0])
        return NULL;
    utf8_copy_line(line, sizeof line, text,
                   length); /* the name of a group may be in it, with what was sent */
    return cJSON_CreateString(line);
}

static cJSON *extra_value(lua_State *state, int index, const char *key, int depth, struct parts *parts)
{
    switch (lua_type(state, index)) {
    case LUA_TNUMBER:
        return extra_number(state, index, key, parts);
    case LUA_TBOOLEAN:
        return cJSON_CreateBool(lua_toboolean(state, index));
    case LUA_TSTRING:
        return extra_text(state, index, key, parts);
    case LUA_TTABLE:
        return extra_table(state, index, depth + 1, parts);
    default:
        if (refuse_input(state, index, parts))
            return NULL;
        refuse(parts, "'%s' of 'extra' is a %s; it takes numbers, texts, booleans and tables of them", key,
               luaL_typename(state, index));
        return NULL;
    }
}

/* Reads the key at `index`. What would have to be changed to be a key could become the same as another one.
 */
static void extra_key(lua_State *state, int index, const cJSON *members, char key[LONGEST_EXTRA_KEY + 1],
                      struct parts *parts)
{
    key[0] = '\0';
    if (lua_type(state, index) == LUA_TSTRING) {
        size_t length;
        const char *text = lua_tolstring(state, index, &length);
        utf8_copy_line(key, LONGEST_EXTRA_KEY + 1, text, length);
        if (strlen(key) != length || memcmp(key, text, length) != 0)
            refuse(parts,
                   "'extra' has a key, '%s', that is longer than %d bytes, not UTF-8, or holds a control "
                   "character",
                   key, LONGEST_EXTRA_KEY);
    } else if (lua_isinteger(state, index)) {
        snprintf(key, LONGEST_EXTRA_KEY + 1, "%lld", (long long)lua_tointeger(state, index));
    } else {
        refuse(parts, "'extra' has a key that is neither a text nor a whole number");
    }
    if (cJSON_GetObjectItemCaseSensitive(members, key))
        refuse(parts, "'extra' has the key %s twice, as a number and as a text, which are the same in JSON",
               key);
}

static cJSON *extra_table(lua_State *state, int index, int depth, struct parts *parts)
{
    const int table = lua_absindex(state, index);
    cJSON *json = cJSON_CreateObject();
    int keys = 0;
    if (depth > DEEPEST_EXTRA || !lua_checkstack(state, 8)) {
        refuse(parts, "'extra' is nested more than %d deep, or holds itself", DEEPEST_EXTRA);
        return json;
    }
    for (lua_pushnil(state); !parts->problem[0] && lua_next(state, table); lua_pop(state, 1)) {
        char key[LONGEST_EXTRA_KEY + 1];
        extra_key(state, -2, json, key, parts);
        if (++keys > MOST_KEYS)
            refuse(parts, "'extra' has more than %d keys", MOST_KEYS);
        if (!parts->problem[0])
            count_extra(parts, strlen(key) + 1);
        if (!parts->problem[0])
            cJSON_AddItemToObject(json, key, extra_value(state, -1, key, depth, parts));
    }
    return json;
}

static void read_extra(lua_State *state, int index, struct parts *parts)
{
    if (!lua_istable(state, index)) {
        refuse(parts, "'extra' must be a table");
        return;
    }
    const int top = lua_gettop(state);
    cJSON *json = extra_table(state, index, 1, parts);
    lua_settop(state, top);
    json_sort_members(json); /* Lua's order is another one in every process */
    parts->extra = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    if (parts->extra && strlen(parts->extra) > LONGEST_EXTRA)
        refuse(parts, "'extra' is longer than %d bytes", LONGEST_EXTRA);
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static void read_member(lua_State *state, const char *key, struct parts *parts)
{
    static const char *const keys[] = {"value", "ci95", "extra"};
    if (strcmp(key, "value") == 0) {
        if (lua_type(state, -1) == LUA_TNUMBER)
            take_number(state, -1, parts);
        else if (!refuse_input(state, -1, parts))
            refuse(parts, "'value' must be a number, not %s", luaL_typename(state, -1));
    } else if (strcmp(key, "ci95") == 0) {
        read_interval(state, -1, parts);
    } else if (strcmp(key, "extra") == 0) {
        read_extra(state, -1, parts);
    } else {
        const char *nearest = nearest_name(key, keys, sizeof keys / sizeof *keys);
        char shown[61];
        utf8_copy_line(shown, sizeof shown, key, strlen(key));
        refuse(parts, "unknown key '%s' in the result; %s%s%s", shown,
               nearest ? "did you mean '" : "it takes value, ci95 and extra", nearest ? nearest : "",
               nearest ? "'?" : "");
    }
}

static void read_table(lua_State *state, struct parts *parts)
{
    const int table = lua_gettop(state);
    parts->kind = COMPUTE_FAILED;
    for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
        size_t length = 0;
        const char *key = lua_type(state, -2) == LUA_TSTRING ? lua_tolstring(state, -2, &length) : NULL;
        if (!key)
            refuse(parts, "the result has a value without a key; return { value = ... }");
        else if (strlen(key) != length) /* it could look the same as another one */
            refuse(parts, "the result has a key with a NUL byte in it; it takes value, ci95 and extra");
        else if (!parts->problem[0])
            read_member(state, key, parts);
    }
    if (parts->kind == COMPUTE_FAILED)
        refuse(parts, "the result has no 'value'; return w.no_value(reason) where there is none");
}

static void read_reason(lua_State *state, struct parts *parts)
{
    size_t length;
    lua_getiuservalue(state, -1, 1);
    const char *reason = lua_tolstring(state, -1, &length);
    parts->kind = COMPUTE_NO_VALUE;
    utf8_copy_line(parts->reason, sizeof parts->reason, reason, length);
    lua_pop(state, 1);
}

static void read_result(lua_State *state, struct parts *parts)
{
    if (lua_type(state, -1) == LUA_TNUMBER)
        take_number(state, -1, parts);
    else if (lua_type(state, -1) == LUA_TTABLE)
        read_table(state, parts);
    else if (luaL_testudata(state, -1, NO_VALUE))
        read_reason(state, parts);
    else if (lua_isnil(state, -1))
        refuse(parts, "compute returned nothing; return w.no_value(reason) where there is no value");
    else if (!refuse_input(state, -1, parts))
        refuse(parts, "compute returned a %s; it returns a number, { value = ... } or w.no_value(reason)",
               luaL_typename(state, -1));
}

static void write_parts(const struct parts *parts, int64_t n, struct buf *out)
{
    buf_put_u8(out, (uint8_t)parts->kind);
    if (parts->kind == COMPUTE_NUMBER)
        buf_put_f64(out, parts->value);
    else if (parts->kind == COMPUTE_INTEGER)
        buf_put_signed(out, parts->integer);
    else
        buf_put_text(out, parts->reason);
    buf_put_signed(out, n);
    buf_put_u8(out, parts->has_ci);
    if (parts->has_ci) {
        buf_put_f64(out, parts->ci[0]);
        buf_put_f64(out, parts->ci[1]);
    }
    buf_put_text(out, parts->extra ? parts->extra : "");
}

void result_write_hidden(int64_t n, struct buf *out)
{
    const struct parts parts = {.kind = COMPUTE_NO_VALUE, .reason = "too few people"};
    write_parts(&parts, n, out);
}

/* What follows a result that is none. */
static void write_nothing(struct buf *out)
{
    buf_put_signed(out, 0);
    buf_put_u8(out, 0);
    buf_put_text(out, "");
}

void result_write_needs(unsigned relations, struct buf *out)
{
    buf_put_u8(out, COMPUTE_NEEDS);
    buf_put_varint(out, relations);
    write_nothing(out);
}

void result_write_failure(const char *reason, struct buf *out)
{
    buf_put_u8(out, COMPUTE_FAILED);
    buf_put_text(out, reason);
    write_nothing(out);
}

void result_write(lua_State *state, const char *place, int64_t n, struct buf *out)
{
    struct parts parts = {0};
    const int top = lua_gettop(state);
    read_result(state, &parts);
    lua_settop(state, top - 1);
    if (parts.problem[0]) {
        char *reason = mem_format("%s: %s", place, parts.problem);
        result_write_failure(reason, out);
        free(reason);
    } else {
        write_parts(&parts, n, out);
    }
    free(parts.extra);
}
