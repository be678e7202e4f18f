/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/input_view.h"
#include "script/worker/program.h"

#include "script/offers.h"
#include "stats/summary.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_VIEW "wijzer input view"

static const double confidence = 0.95;

struct view {
    struct input_data *data;
    uint64_t epoch;   /* of the program: in a later one `data` is no more */
    const char *name; /* of the input, and its kind: they live as long as the program */
    enum input_kind kind;
};

static struct input_data *data_of(lua_State *state, int index)
{
    const struct view *view = luaL_checkudata(state, index, INPUT_VIEW);
    if (view->epoch != program_of(state)->epoch)
        luaL_error(state, "an input can only be read inside the compute that it was given to");
    return view->data;
}

int statistic_push(lua_State *state, double number)
{
    if (isnan(number))
        lua_pushnil(state);
    else
        lua_pushnumber(state, number);
    return 1;
}

static const struct tally *values_of(const struct input_data *data)
{
    static const struct tally nothing;
    return data->cell.count ? &data->cell.tallies[0] : &nothing;
}

/* ---- statistics ---------------------------------------------------------------------------------------- */

static int push_n(lua_State *state, const struct input_data *data)
{
    lua_pushinteger(state, data->n);
    return 1;
}

#define DEFINE_STATISTIC(name)                                                                               \
    static int push_##name(lua_State *state, const struct input_data *data)                                  \
    {                                                                                                        \
        return statistic_push(state, summary_##name(values_of(data)));                                       \
    }

DEFINE_STATISTIC(mean)
DEFINE_STATISTIC(sd)
DEFINE_STATISTIC(variance)
DEFINE_STATISTIC(min)
DEFINE_STATISTIC(max)

static int push_median(lua_State *state, const struct input_data *data)
{
    return statistic_push(state, summary_quantile(values_of(data), 0.5));
}

static int push_alpha(lua_State *state, const struct input_data *data)
{
    const size_t items = data->cell.count > 2 ? data->cell.count - 2 : 0;
    return statistic_push(state,
                          items ? summary_alpha(data->cell.tallies + 2, items, data->cell.tallies + 1) : NAN);
}

static int push_ci95(lua_State *state, const struct input_data *data)
{
    double ends[2];
    if (!summary_t_interval(values_of(data), confidence, &ends[0], &ends[1])) {
        lua_pushnil(state);
        return 1;
    }
    lua_createtable(state, 2, 0);
    for (int i = 0; i < 2; i++) {
        lua_pushnumber(state, ends[i]);
        lua_rawseti(state, -2, i + 1);
    }
    return 1;
}

/* Both g.x.quantile(p) and g.x:quantile(p) are fine: the view itself is passed over. */
static double argument(lua_State *state, int number, const char *usage)
{
    const int index = luaL_testudata(state, 1, INPUT_VIEW) ? number + 1 : number;
    if (lua_type(state, index) != LUA_TNUMBER)
        luaL_error(state, "%s takes numbers", usage);
    return lua_tonumber(state, index);
}

static int quantile(lua_State *state)
{
    const struct input_data *data = data_of(state, lua_upvalueindex(1));
    const double p = argument(state, 1, "quantile(p)");
    if (!(p >= 0 && p <= 1))
        return luaL_error(state, "quantile(p): p lies between 0 and 1");
    return statistic_push(state, summary_quantile(values_of(data), p));
}

static int share(lua_State *state)
{
    const struct input_data *data = data_of(state, lua_upvalueindex(1));
    const double low = argument(state, 1, "share(lowest, highest)"),
                 high = argument(state, 2, "share(lowest, highest)");
    return statistic_push(state, summary_share(values_of(data), low, high));
}

static int push_method(lua_State *state, lua_CFunction method)
{
    lua_pushvalue(state, 1);
    lua_pushcclosure(state, method, 1);
    return 1;
}

static int push_quantile(lua_State *state, const struct input_data *data)
{
    (void)data;
    return push_method(state, quantile);
}

static int push_share(lua_State *state, const struct input_data *data)
{
    (void)data;
    return push_method(state, share);
}

/* ---- of events ----------------------------------------------------------------------------------------- */

/* Whole numbers stay whole. */
static int push_event_value(lua_State *state, const struct input_data *data)
{
    const struct event_summary *events = &data->events;
    switch (data->kind) {
    case INPUT_DISTINCT:
        lua_pushinteger(state, data->per_actor ? events->people : events->kinds);
        return 1;
    case INPUT_SUM:
    case INPUT_MADE:
        return statistic_push(state, exact_sum_value(&events->sum));
    case INPUT_RATE:
        return statistic_push(state,
                              (double)events->events / (data->per_actor ? (double)data->n : data->days));
    default:
        lua_pushinteger(state, events->events);
        return 1;
    }
}

static int push_event_rate(lua_State *state, const struct input_data *data)
{
    return statistic_push(state, (double)data->events.events / data->days);
}

static int push_measured_mean(lua_State *state, const struct input_data *data)
{
    return statistic_push(state, exact_sum_value(&data->events.sum) / (double)data->events.events);
}

static int push_measured_min(lua_State *state, const struct input_data *data)
{
    return statistic_push(state, data->events.min);
}

static int push_measured_max(lua_State *state, const struct input_data *data)
{
    return statistic_push(state, data->events.max);
}

/* ---- what an input has --------------------------------------------------------------------------------- */

static const struct statistic {
    const char *name;
    int (*push)(lua_State *state, const struct input_data *data);
} survey_statistics[] =
    {
        {"n", push_n},          {"mean", push_mean},   {"value", push_mean},        {"sd", push_sd},
        {"var", push_variance}, {"min", push_min},     {"max", push_max},           {"median", push_median},
        {"ci95", push_ci95},    {"alpha", push_alpha}, {"quantile", push_quantile}, {"share", push_share},
        {NULL, NULL},
},
  event_statistics[] =
      {
          {"n", push_n},
          {"value", push_event_value},
          {"rate", push_event_rate},
          {NULL, NULL},
},
  sum_statistics[] = {
      {"n", push_n},
      {"value", push_event_value},
      {"rate", push_event_rate},
      {"mean", push_measured_mean},
      {"min", push_measured_min},
      {"max", push_measured_max},
      {NULL, NULL},
};

static const struct statistic *statistics_of(const struct input_data *data)
{
    if (!input_is_of_events(data->kind))
        return survey_statistics;
    return data->kind == INPUT_SUM || data->kind == INPUT_MADE ? sum_statistics : event_statistics;
}

/* ---- the view ------------------------------------------------------------------------------------------ */

static int unknown_statistic(lua_State *state, const struct input_data *data, const char *key)
{
    char *suggestion = offers_input_suggestion(data->kind, key);
    lua_pushstring(state, suggestion);
    free(suggestion);
    return luaL_error(state, "g.%s has no '%s'%s", data->name, key, lua_tostring(state, -1));
}

/* Nobody answered, or nothing happened: n is 0, and everything else is nil. */
static int push_nothing(lua_State *state, const struct statistic *statistic)
{
    if (statistic->push == push_n)
        lua_pushinteger(state, 0);
    else
        lua_pushnil(state);
    return 1;
}

static void check_shown(lua_State *state, struct input_data *data)
{
    data->read = true;
    if (data->n > 0 && data->n < data->fewest)
        luaL_error(state, "too few people answered g.%s to show anything of them", data->name);
}

static int read_statistic(lua_State *state)
{
    struct input_data *data = data_of(state, 1);
    const char *key = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : luaL_typename(state, 2);
    for (const struct statistic *one = statistics_of(data); one->name; one++)
        if (strcmp(one->name, key) == 0) {
            check_shown(state, data);
            if (data->n == 0 && input_is_of_events(data->kind))
                return push_nothing(state, one);
            return one->push(state, data);
        }
    return unknown_statistic(state, data, key);
}

const struct tally *input_view_tally(lua_State *state, int index)
{
    if (!luaL_testudata(state, index, INPUT_VIEW))
        return NULL;
    struct input_data *data = data_of(state, index);
    check_shown(state, data);
    if (input_is_of_events(data->kind))
        luaL_error(state, "g.%s is of events; w.stats works on lists of numbers and on inputs of surveys",
                   data->name);
    return values_of(data);
}

const char *input_view_advice(lua_State *state, int index)
{
    const struct view *view = luaL_testudata(state, index, INPUT_VIEW);
    return view ? lua_pushfstring(state, "g.%s is an input; take one of its numbers, as in g.%s.%s",
                                  view->name, view->name, input_is_of_events(view->kind) ? "value" : "mean")
                : NULL;
}

static int unchangeable(lua_State *state)
{
    return luaL_error(state, "g.%s cannot be changed", data_of(state, 1)->name);
}

void input_view_push(lua_State *state, struct input_data *data)
{
    struct view *view = lua_newuserdatauv(state, sizeof *view, 0);
    *view = (struct view){data, program_of(state)->epoch, data->name, data->kind};
    if (luaL_newmetatable(state, INPUT_VIEW)) {
        lua_pushcfunction(state, read_statistic);
        lua_setfield(state, -2, "__index");
        lua_pushcfunction(state, unchangeable);
        lua_setfield(state, -2, "__newindex");
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
}
