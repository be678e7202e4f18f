/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/offers.h"
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/params.h"
#include "script/worker/problems.h"
#include "script/worker/program.h"

#include "base/json.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_INDICATORS = 500,
    MOST_INPUTS = 100,
    MOST_LEVELS = 16,
    MOST_WINDOW_DAYS = 1000,
    LARGEST_GROUP_SIZE = 1000
};

static const char where[] = "w.indicator";

/* ---- inputs -------------------------------------------------------------------------------------------- */

static void describe_items(lua_State *state, const struct declared_input *input, cJSON *json)
{
    cJSON *items = cJSON_AddArrayToObject(json, "items");
    const int count = (int)lua_rawlen(state, -1);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(state, -1, i);
        cJSON_AddItemToArray(items, cJSON_CreateString(lua_tostring(state, -1)));
        lua_pop(state, 1);
    }
    if (input->kind == INPUT_SCALE)
        cJSON_AddNumberToObject(json, "min_answered", input->min_answered);
    if (input->has_least)
        cJSON_AddNumberToObject(json, "at_least", input->at_least);
    if (input->has_most)
        cJSON_AddNumberToObject(json, "at_most", input->at_most);
}

static const char *first_item(const cJSON *json)
{
    const char *item =
        cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(json, "items"), 0));
    return item ? item : "";
}

/* The input's own filters, and those of the source for which it has none. Its table (or, where it can have
 * none, its function) is on top of the stack.
 */
static void describe_filters(lua_State *state, const cJSON *source, cJSON *json)
{
    static const char *const filters[] = {"verb", "object"};
    const int table = lua_gettop(state);
    for (size_t i = 0; i < 2; i++) {
        const bool has_own = lua_istable(state, -1) && fields_get(state, -1, filters[i]) != LUA_TNIL;
        const char *filter = has_own ? lua_tostring(state, -1) : json_text(source, filters[i]);
        if (filter)
            cJSON_AddStringToObject(json, filters[i], filter);
        lua_settop(state, table);
    }
}

/* Adds the input on top of the stack to the indicator, in order of the names, and to its JSON. `source` NULL:
 * a survey. */
static void add_input(lua_State *state, struct program_indicator *indicator, const char *name,
                      const cJSON *source, cJSON *inputs)
{
    const struct declared_input *input = luaL_testudata(state, -1, DECLARED_INPUT);
    if (problems_is_spoilt(state, -1))
        problems_raise_told(state);
    if (!input)
        luaL_error(state,
                   "%s: input '%s' must be made by w.scale, w.item, w.share, w.derive, w.count, w.distinct, "
                   "w.sum or w.rate, not %s",
                   where, name, luaL_typename(state, -1));
    if (input->kind != INPUT_DERIVE && input_is_of_events(input->kind) != (source != NULL))
        luaL_error(state, "%s: input '%s' is made by w.%s, which is for %s, and the source is of %s", where,
                   name, input_kind_word(input->kind), source ? "surveys" : "events",
                   source ? "events" : "a survey");
    if (offers_has(offers_group, name))
        luaL_error(state, "%s: an input cannot be named '%s', which compute knows as g.%s already", where,
                   name, name);
    size_t at = indicator->input_count;
    while (at > 0 && strcmp(indicator->inputs[at - 1].name, name) > 0)
        at--;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(inputs, json);
    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "kind", input_kind_word(input->kind));

    struct program_input added = {.name = mem_copy_text(name),
                                  .kind = input->kind == INPUT_DERIVE && source ? INPUT_MADE : input->kind,
                                  .function = LUA_NOREF};
    lua_getiuservalue(state, -1, 1);
    if (input->kind == INPUT_DERIVE) {
        describe_filters(state, source, json);
        added.function = luaL_ref(state, LUA_REGISTRYINDEX);
    } else {
        describe_items(state, input, json);
        added.per_actor = strcmp("actor", first_item(json)) == 0;
        describe_filters(state, source, json);
        lua_pop(state, 1);
    }
    indicator->inputs = mem_resize(indicator->inputs, indicator->input_count + 1, sizeof *indicator->inputs);
    memmove(indicator->inputs + at + 1, indicator->inputs + at, (indicator->input_count - at) * sizeof added);
    indicator->inputs[at] = added;
    indicator->input_count++;
}

static void read_inputs(lua_State *state, struct program_indicator *indicator, cJSON *json)
{
    cJSON *inputs = cJSON_AddArrayToObject(json, "inputs");
    if (fields_get(state, 1, "inputs") != LUA_TTABLE)
        luaL_error(state, "%s needs 'inputs', a table of w.scale, w.item, w.share and the like", where);
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(json, "events");
    const int table = lua_gettop(state);
    for (lua_pushnil(state); lua_next(state, table); lua_settop(state, table + 1)) {
        if (lua_type(state, -2) != LUA_TSTRING)
            luaL_error(state, "%s: an input needs a name, as in inputs = { knowledge = w.scale {...} }",
                       where);
        lua_pushvalue(state, -2);
        const char *name = fields_check_line(state, -1, where, "inputs", LONGEST_ID);
        lua_insert(state, -2);
        add_input(state, indicator, name, source, inputs);
        if (indicator->input_count > MOST_INPUTS)
            luaL_error(state, "%s has more than %d inputs", where, MOST_INPUTS);
    }
    if (indicator->input_count == 0)
        luaL_error(state, "%s: 'inputs' is empty; an indicator is computed of something", where);
    json_sort(inputs, "name");
    lua_settop(state, table - 1);
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

static void read_source(lua_State *state, cJSON *json)
{
    if (fields_get(state, 1, "source") == LUA_TNIL)
        luaL_error(state, "%s needs 'source', as in source = w.survey \"monitor-ict\"", where);
    if (problems_is_spoilt(state, -1))
        problems_raise_told(state);
    if (!luaL_testudata(state, -1, DECLARED_SOURCE))
        luaL_error(state, "%s: 'source' must be made by w.survey or w.events, as in w.survey \"monitor-ict\"",
                   where);
    if (lua_getiuservalue(state, -1, 1) == LUA_TTABLE) {
        cJSON *events = cJSON_AddObjectToObject(json, "events");
        for (lua_pushnil(state); lua_next(state, -2); lua_pop(state, 1))
            cJSON_AddStringToObject(events, lua_tostring(state, -2), lua_tostring(state, -1));
    } else {
        cJSON_AddStringToObject(json, "instrument",
                                fields_check_text(state, -1, where, "source", LONGEST_ID));
    }
    lua_pop(state, 2);
}

static void read_window(lua_State *state, cJSON *json)
{
    static const int64_t day_ms = 86400000;
    const int64_t window = fields_duration(state, 1, where, "window");
    if (window < day_ms || window % day_ms || window / day_ms > MOST_WINDOW_DAYS)
        luaL_error(state, "%s: 'window' is of whole days, from \"1d\" to \"%dd\", as in \"28d\" or \"4w\"",
                   where, MOST_WINDOW_DAYS);
    cJSON_AddStringToObject(json, "period", period_kind_word(PERIOD_WINDOW));
    cJSON_AddNumberToObject(json, "window_days", (double)(window / day_ms));
}

/* A survey's periods are its waves; those of events are said here. */
static void read_period(lua_State *state, cJSON *json)
{
    const bool of_events = cJSON_HasObjectItem(json, "events");
    const char *period = fields_text(state, 1, where, "period", false, LONGEST_NAME);
    const char *window = fields_text(state, 1, where, "window", false, LONGEST_NAME);
    if (!of_events && (period || window))
        luaL_error(state, "%s: '%s' is for events; the periods of a survey are its waves", where,
                   period ? "period" : "window");
    if (of_events && !period == !window)
        luaL_error(state,
                   "%s of events needs 'period' (\"day\", \"week\", \"month\" or \"school_year\") or "
                   "'window', as in "
                   "window = \"28d\"; one of the two",
                   where);
    if (window) {
        read_window(state, json);
        return;
    }
    enum period_kind kind = of_events ? PERIOD_DAY : PERIOD_WAVE;
    while (of_events && kind < PERIOD_WINDOW && strcmp(period, period_kind_word(kind)) != 0)
        kind++;
    if (kind == PERIOD_WINDOW)
        luaL_error(state, "%s: 'period' is \"day\", \"week\", \"month\" or \"school_year\", not \"%s\"",
                   where, period);
    cJSON_AddStringToObject(json, "period", period_kind_word(kind));
}

static void read_levels(lua_State *state, cJSON *json)
{
    cJSON *by = cJSON_AddArrayToObject(json, "by");
    if (fields_get(state, 1, "by") != LUA_TTABLE)
        luaL_error(state, "%s needs 'by', the levels it is computed for, as in { \"institution\", \"team\" }",
                   where);
    const int count = (int)lua_rawlen(state, -1);
    if (count < 1 || count > MOST_LEVELS)
        luaL_error(state, "%s: 'by' lists 1 to %d levels", where, MOST_LEVELS);
    for (int i = 1; i <= count; i++) {
        lua_rawgeti(state, -1, i);
        const char *level = fields_check_line(state, -1, where, "by", LONGEST_NAME);
        const cJSON *other;
        cJSON_ArrayForEach(other, by)
        {
            if (strcmp(cJSON_GetStringValue(other), level) == 0)
                luaL_error(state, "%s: 'by' lists '%s' twice", where, level);
        }
        cJSON_AddItemToArray(by, cJSON_CreateString(level));
        lua_pop(state, 1);
    }
    lua_pop(state, 1);
}

static void read_min_group_size(lua_State *state, int configured, cJSON *json)
{
    double size;
    if (!fields_number(state, 1, where, "min_group_size", &size))
        return;
    if (size != floor(size) || size < 1 || size > LARGEST_GROUP_SIZE)
        luaL_error(state, "%s: 'min_group_size' must be a whole number from 1 to %d", where,
                   LARGEST_GROUP_SIZE);
    if (size < configured)
        luaL_error(
            state,
            "%s: 'min_group_size' is %d, and that of wijzer.conf is %d, which an indicator may raise and "
            "never lower; leave it out, or take more",
            where, (int)size, configured);
    cJSON_AddNumberToObject(json, "min_group_size", size);
}

static lua_ref read_compute(lua_State *state)
{
    if (fields_get(state, 1, "compute") != LUA_TFUNCTION || lua_iscfunction(state, -1))
        luaL_error(
            state,
            "%s needs 'compute', a function of a group, as in compute = function(g) return g.x.mean end",
            where);
    return luaL_ref(state, LUA_REGISTRYINDEX);
}

static void describe_params(lua_State *state, lua_ref params, cJSON *json)
{
    cJSON *names = cJSON_AddArrayToObject(json, "params");
    lua_rawgeti(state, LUA_REGISTRYINDEX, params);
    for (lua_pushnil(state); lua_next(state, -2); lua_pop(state, 1))
        cJSON_AddItemToArray(names, cJSON_CreateString(lua_tostring(state, -2)));
    lua_pop(state, 1);
}

static struct program_indicator *new_indicator(lua_State *state, struct program *program, const char *id)
{
    if (program_indicator(program, id))
        luaL_error(state, "%s: '%s' is declared in this file already", where, id);
    if (program->indicator_count >= MOST_INDICATORS)
        luaL_error(state, "a file declares at most %d indicators", MOST_INDICATORS);
    program->indicators =
        mem_resize(program->indicators, program->indicator_count + 1, sizeof *program->indicators);
    struct program_indicator *indicator = &program->indicators[program->indicator_count++];
    *indicator =
        (struct program_indicator){.id = mem_copy_text(id), .compute = LUA_NOREF, .params = LUA_NOREF};
    return indicator;
}

int declare_indicator(lua_State *state)
{
    static const char *const keys[] = {"id",     "title",          "unit",   "source", "by",      "period",
                                       "window", "min_group_size", "params", "inputs", "compute", NULL};
    struct program *program = program_of(state);
    const char *id = declare_begin(state, where, keys);
    struct program_indicator *indicator = new_indicator(state, program, id);
    cJSON *json = declare_object(state, id, program->declared);
    indicator->declaration = json;
    fields_bilingual(state, 1, where, "title", json);
    const char *unit = fields_line(state, 1, where, "unit", false, LONGEST_NAME);
    if (unit)
        cJSON_AddStringToObject(json, "unit", unit);
    read_source(state, json);
    read_period(state, json);
    read_levels(state, json);
    read_min_group_size(state, program->min_group_size, json);
    read_inputs(state, indicator, json);
    declare_weigh(state, where, json);
    indicator->params = params_read(state, where, cJSON_GetObjectItemCaseSensitive(program->overrides, id));
    describe_params(state, indicator->params, json);
    indicator->compute = read_compute(state);
    declare_end(state);
    return 0;
}
