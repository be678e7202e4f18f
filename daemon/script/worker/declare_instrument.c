/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/program.h"

#include "base/fold.h"
#include "base/json.h"
#include "base/map.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 4000, MOST_LEVELS = 16, MOST_INSTRUMENTS = 100 };

static const char where[] = "w.instrument";

/* Sorts the items, which also brings together what is listed twice. */
static void sort_items(lua_State *state, cJSON *items)
{
    json_sort(items, "id");
    for (const cJSON *item = items->child; item && item->next; item = item->next)
        if (strcmp(json_text(item, "id"), json_text(item->next, "id")) == 0)
            luaL_error(state, "%s: item '%s' is listed twice", where, json_text(item, "id"));
}

static void read_range(lua_State *state, int index, const char *what, cJSON *json)
{
    if (fields_get(state, index, "range") == LUA_TNIL) {
        lua_pop(state, 1);
        return;
    }
    if (!lua_istable(state, -1) || lua_rawlen(state, -1) != 2)
        luaL_error(state, "%s: 'range' must be { lowest, highest }, as in { 1, 5 }", what);
    double ends[2];
    for (int i = 0; i < 2; i++) {
        lua_rawgeti(state, -1, i + 1);
        ends[i] = fields_check_number(state, -1, what, "range");
        lua_pop(state, 1);
    }
    if (ends[0] >= ends[1])
        luaL_error(state, "%s: 'range' begins with its lowest answer; { %f, %f } does not", what, ends[0],
                   ends[1]);
    cJSON_AddItemToObject(json, "range", cJSON_CreateDoubleArray(ends, 2));
    lua_pop(state, 1);
}

/* The text of a label. An item's may be empty: what an empty cell of its column stands for. */
static const char *check_label(lua_State *state, bool is_item, const char *what)
{
    const bool is_empty = is_item && lua_type(state, -2) == LUA_TSTRING && lua_rawlen(state, -2) == 0;
    return is_empty ? "" : fields_check_text(state, -2, what, "labels", LONGEST_NAME);
}

/* A number is an answer as it stands before the instrument's labels are looked at. */
static void refuse_other_number(lua_State *state, const char *label, double code)
{
    lua_Number number;
    if (lua_stringtonumber(state, label) == 0)
        return;
    number = lua_tonumber(state, -1);
    lua_pop(state, 1);
    if (number != code)
        luaL_error(state,
                   "%s: the label '%s' is a number, and is read as that number; where it stands for another "
                   "one, say so in the `labels` of each item",
                   where, label);
}

/* The first label that an answer cannot tell from an earlier one with another code, which is put into
 * `earlier`; or NULL. */
static const cJSON *find_same_label(const cJSON *labels, const cJSON **earlier)
{
    const size_t count = (size_t)cJSON_GetArraySize(labels);
    const cJSON **seen = mem_alloc((count + 1) * sizeof *seen), *label = labels->child;
    struct map by_text = {0};
    *earlier = NULL;
    for (uint32_t i = 0; label && !*earlier; i++) {
        char *folded = fold_text(label->string);
        const uint32_t *same = map_find_text(&by_text, folded);
        seen[i] = label;
        if (!same)
            map_add_text(&by_text, folded, i);
        else if (seen[*same]->valuedouble != label->valuedouble)
            *earlier = seen[*same];
        free(folded);
        if (!*earlier)
            label = label->next;
    }
    map_free(&by_text);
    free(seen);
    return label;
}

static void refuse_same_labels(lua_State *state, const char *what, const cJSON *labels)
{
    const cJSON *earlier, *label = find_same_label(labels, &earlier);
    if (label)
        luaL_error(
            state,
            "%s: the labels '%s' and '%s' are one answer, since capitals, white space and how an accent "
            "is coded do not count, but they stand for %f and %f; keep one of them",
            what, earlier->string, label->string, earlier->valuedouble, label->valuedouble);
}

/* Of the instrument or of an item, whose table is at `index`. */
static void read_labels(lua_State *state, int index, const char *what, cJSON *json)
{
    const int type = fields_get(state, index, "labels");
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(
            state,
            "%s: 'labels' must be a table from answer text to code, as in { [\"helemaal mee eens\"] = 5 }",
            what);
    cJSON *labels = type == LUA_TNIL ? NULL : cJSON_AddObjectToObject(json, "labels");
    const int table = lua_gettop(state);
    if (labels) {
        for (lua_pushnil(state); lua_next(state, table); lua_pop(state, 1)) {
            const char *label = check_label(state, what != where, what);
            const double code = fields_check_number(state, -1, what, label);
            cJSON_AddNumberToObject(labels, label, code);
            if (what == where)
                refuse_other_number(state, label, code);
        }
        json_sort_members(labels); /* Lua's order is another one in every process */
        refuse_same_labels(state, what, labels);
    }
    lua_settop(state, table - 1);
}

/* The item whose table is on top of the stack. */
static void read_item(lua_State *state, const char *id, cJSON *json)
{
    static const char *const keys[] = {"nl", "en", "range", "reverse", "labels", NULL};
    const int table = lua_gettop(state);
    const char *what = lua_pushfstring(state, "item '%s' of %s", id, where);
    if (!lua_istable(state, table))
        luaL_error(state, "%s must be a table, as in %s = {}", what, id);
    fields_check_keys(state, table, what, keys);
    const char *const languages[] = {"nl", "en"};
    for (size_t i = 0; i < 2; i++) {
        const char *text = fields_text(state, table, what, languages[i], false, LONGEST_TEXT);
        if (text)
            cJSON_AddStringToObject(json, languages[i], text);
    }
    read_range(state, table, what, json);
    const int type = fields_get(state, table, "reverse");
    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        luaL_error(state, "%s: 'reverse' must be true or false", what);
    if (lua_toboolean(state, -1)) {
        if (!cJSON_HasObjectItem(json, "range"))
            luaL_error(
                state,
                "%s: a reversed item needs its 'range', since an answer x counts as lowest + highest - x",
                what);
        cJSON_AddTrueToObject(json, "reverse");
    }
    lua_settop(state, table);
    read_labels(state, table, what, json);
}

/* Both { "a", "b" } and { a = {...}, b = {} } are fine, also mixed. */
static void read_items(lua_State *state, cJSON *json)
{
    cJSON *items = cJSON_AddArrayToObject(json, "items");
    if (fields_get(state, 1, "items") != LUA_TTABLE)
        luaL_error(state, "%s needs 'items', a table of the columns that hold answers", where);
    const int table = lua_gettop(state);
    for (lua_pushnil(state); lua_next(state, table); lua_settop(state, table + 1)) {
        const bool listed = lua_isinteger(state, -2);
        const char *id = fields_check_text(state, listed ? -1 : -2, where, "item", LONGEST_NAME);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "id", id);
        cJSON_AddItemToArray(items, item);
        if (!listed)
            read_item(state, id, item);
        if (cJSON_GetArraySize(items) > MOST_ITEMS)
            luaL_error(state, "%s has more than %d items", where, MOST_ITEMS);
    }
    if (cJSON_GetArraySize(items) == 0)
        luaL_error(state, "%s: 'items' is empty; name the columns that hold answers", where);
    sort_items(state, items);
    lua_settop(state, table - 1);
}

/* The one level there is needs no order. */
static void default_level(lua_State *state, int groups, cJSON *levels)
{
    lua_pushnil(state);
    if (!lua_next(state, groups))
        luaL_error(state, "%s: 'groups' is empty", where);
    cJSON_AddItemToArray(levels,
                         cJSON_CreateString(fields_check_line(state, -2, where, "groups", LONGEST_NAME)));
    lua_pop(state, 1);
    if (lua_next(state, groups))
        luaL_error(state, "%s needs 'levels', the order of its groups, as in { \"institution\", \"team\" }",
                   where);
}

static void refuse_twice(lua_State *state, const cJSON *levels, const char *level)
{
    const cJSON *other;
    cJSON_ArrayForEach(other, levels)
    {
        if (strcmp(cJSON_GetStringValue(other), level) == 0)
            luaL_error(state, "%s: level '%s' is listed twice", where, level);
    }
}

static void read_level_order(lua_State *state, int groups, cJSON *levels)
{
    const int count = (int)lua_rawlen(state, -1);
    if (count < 1 || count > MOST_LEVELS)
        luaL_error(state, "%s: 'levels' lists 1 to %d levels, outermost first", where, MOST_LEVELS);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(state, -1, i);
        const char *level = fields_check_line(state, -1, where, "levels", LONGEST_NAME);
        if (fields_get(state, groups, level) == LUA_TNIL)
            luaL_error(state, "%s: level '%s' has no column in 'groups'", where, level);
        refuse_twice(state, levels, level);
        cJSON_AddItemToArray(levels, cJSON_CreateString(level));
        lua_pop(state, 2);
    }
}

static void read_groups(lua_State *state, cJSON *json)
{
    cJSON *columns = cJSON_AddObjectToObject(json, "groups"),
          *levels = cJSON_AddArrayToObject(json, "levels");
    if (fields_get(state, 1, "groups") != LUA_TTABLE)
        luaL_error(state, "%s needs 'groups', which column holds which level, as in { team = \"team\" }",
                   where);
    const int groups = lua_gettop(state);
    const int type = fields_get(state, 1, "levels");
    if (type == LUA_TNIL) {
        lua_pop(state, 1);
        default_level(state, groups, levels);
    } else if (type == LUA_TTABLE) {
        read_level_order(state, groups, levels);
    } else {
        luaL_error(state, "%s: 'levels' must be a table, as in { \"institution\", \"team\" }", where);
    }
    lua_settop(state, groups);
    int count = 0;
    for (lua_pushnil(state); lua_next(state, groups); lua_pop(state, 1), count++) {
        const char *level = fields_check_line(state, -2, where, "groups", LONGEST_NAME);
        cJSON_AddStringToObject(columns, level, fields_check_text(state, -1, where, level, LONGEST_NAME));
    }
    if (count != cJSON_GetArraySize(levels))
        luaL_error(state, "%s: 'levels' and 'groups' do not name the same levels", where);
    lua_settop(state, groups - 1);
}

static void read_missing(lua_State *state, cJSON *json)
{
    const int type = fields_get(state, 1, "missing");
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(state, "%s: 'missing' must be a table, as in { 99, \"n.v.t.\" }", where);
    cJSON *missing = type == LUA_TNIL ? NULL : cJSON_AddArrayToObject(json, "missing");
    const int count = missing ? (int)lua_rawlen(state, -1) : 0;
    for (int i = 1; i <= count; i++) {
        if (lua_rawgeti(state, -1, i) == LUA_TNUMBER)
            cJSON_AddItemToArray(missing,
                                 cJSON_CreateNumber(fields_check_number(state, -1, where, "missing")));
        else
            cJSON_AddItemToArray(
                missing, cJSON_CreateString(fields_check_text(state, -1, where, "missing", LONGEST_NAME)));
        lua_pop(state, 1);
    }
    lua_pop(state, 1);
}

static void read_column(lua_State *state, const char *key, cJSON *json)
{
    if (fields_get(state, 1, key) == LUA_TFUNCTION)
        luaL_error(state, "%s: '%s' is the name of a column; only 'wave' may be a function", where, key);
    lua_pop(state, 1);
    const char *column = fields_text(state, 1, where, key, false, LONGEST_NAME);
    if (column)
        cJSON_AddStringToObject(json, key, column);
}

/* Keeps the function on top of the stack, which is popped. */
static void keep_wave_function(lua_State *state, struct program *program, const char *id)
{
    program->waves = mem_resize(program->waves, program->wave_count + 1, sizeof *program->waves);
    struct program_wave *wave = &program->waves[program->wave_count++];
    *wave = (struct program_wave){.instrument = mem_copy_text(id), .function = LUA_NOREF};
    wave->function = luaL_ref(state, LUA_REGISTRYINDEX);
}

static void read_wave(lua_State *state, struct program *program, const char *id, cJSON *json)
{
    lua_Debug info;
    if (fields_get(state, 1, "wave") != LUA_TFUNCTION) {
        lua_pop(state, 1);
        read_column(state, "wave", json);
        return;
    }
    if (lua_iscfunction(state, -1))
        luaL_error(state,
                   "%s: 'wave' is the name of a column, or a function of a row, as in wave = function(row) "
                   "return row.submitdate:sub(1, 4) end",
                   where);
    lua_pushvalue(state, -1);
    lua_getinfo(state, ">S", &info);
    cJSON_AddStringToObject(json, "wave_function",
                            lua_pushfstring(state, "%s:%d", program_file_of(&info), info.linedefined));
    lua_pop(state, 1);
    keep_wave_function(state, program, id);
}

static void read_closing(lua_State *state, cJSON *json)
{
    double days;
    if (!fields_number(state, 1, where, "closes_after", &days))
        return;
    if (days != floor(days) || days < 0 || days > MOST_CLOSING_DAYS)
        luaL_error(state, "%s: 'closes_after' must be a whole number of days from 0 to %d", where,
                   MOST_CLOSING_DAYS);
    cJSON_AddNumberToObject(json, "closes_after", days);
}

int declare_instrument(lua_State *state)
{
    static const char *const keys[] = {"id",     "title",  "respondent",   "submitted",
                                       "wave",   "groups", "levels",       "missing",
                                       "labels", "items",  "closes_after", NULL};
    struct program *program = program_of(state);
    const char *id = declare_begin(state, where, keys);
    const cJSON *other;
    cJSON_ArrayForEach(other, program->instruments)
    {
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(other, "id")), id) == 0)
            return luaL_error(state, "%s: '%s' is declared in this file already", where, id);
    }
    if (cJSON_GetArraySize(program->instruments) >= MOST_INSTRUMENTS)
        return luaL_error(state, "a file declares at most %d instruments", MOST_INSTRUMENTS);
    cJSON *json = declare_object(state, id, program->instruments);
    fields_bilingual(state, 1, where, "title", json);
    read_column(state, "respondent", json);
    read_column(state, "submitted", json);
    read_wave(state, program, id, json);
    read_closing(state, json);
    read_groups(state, json);
    read_missing(state, json);
    read_labels(state, 1, where, json);
    read_items(state, json);
    declare_weigh(state, where, json);
    declare_end(state);
    return 0;
}
