/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/stats_module.h"
#include "script/worker/input_view.h"
#include "script/worker/interrupt.h"
#include "script/worker/module.h"

#include "stats/compare.h"
#include "stats/proportion.h"
#include "stats/reliability.h"
#include "stats/summary.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#define OWNED_TALLY "wijzer tally"

enum { NUMBERS_BETWEEN_CHECKS = 4096, MOST_GROUPS = 10000, MOST_ITEMS = 200 };

static const double usual_level = 0.95;

/* ---- what they take ------------------------------------------------------------------------------------ */

/* A tally that goes when Lua drops it: an error may come at any moment. */
static int free_tally(lua_State *state)
{
    tally_free(lua_touserdata(state, 1));
    return 0;
}

static struct tally *push_tally(lua_State *state)
{
    struct tally *tally = lua_newuserdatauv(state, sizeof *tally, 0);
    *tally = (struct tally){0};
    if (luaL_newmetatable(state, OWNED_TALLY)) {
        lua_pushcfunction(state, free_tally);
        lua_setfield(state, -2, "__gc");
    }
    lua_setmetatable(state, -2);
    return tally;
}

/* { a = 1 } is no list, and looks as empty as a list without numbers, of which there is no mean. */
static void check_list(lua_State *state, int index, const char *function, const char *what)
{
    const int list = lua_absindex(state, index);
    if (!lua_istable(state, list) || lua_rawlen(state, list) > 0)
        return;
    lua_pushnil(state);
    if (lua_next(state, list))
        luaL_error(state, "w.stats.%s: %s has keys, and nothing at 1; it takes a list", function, what);
}

/* The number on top of the stack, which is taken off. `what` names the list. */
static double take_number(lua_State *state, const char *function, const char *what, lua_Integer place)
{
    if (lua_type(state, -1) != LUA_TNUMBER)
        luaL_error(state, "w.stats.%s: %s holds a %s at %d; it takes numbers", function, what,
                   luaL_typename(state, -1), (int)place);
    const double number = lua_tonumber(state, -1);
    if (!isfinite(number))
        luaL_error(state, "w.stats.%s: %s holds %s at %d; it takes finite numbers", function, what,
                   isnan(number) ? "0/0" : "an infinite number", (int)place);
    lua_pop(state, 1);
    if (place % NUMBERS_BETWEEN_CHECKS == 0)
        interrupt_check(state);
    return number;
}

/* The sample at `index`. What it needs is left on the stack. */
static const struct tally *read_sample(lua_State *state, int index, const char *function, const char *what)
{
    const int at = lua_absindex(state, index);
    const struct tally *shown = input_view_tally(state, at);
    if (shown)
        return shown;
    if (lua_isnoneornil(state, at))
        luaL_error(state,
                   "w.stats.%s: %s is missing; it takes a list of numbers, or an input such as g.knowledge",
                   function, what);
    if (!lua_istable(state, at))
        luaL_error(state,
                   "w.stats.%s: %s is a %s; it takes a list of numbers, or an input such as g.knowledge",
                   function, what, luaL_typename(state, at));
    luaL_checkstack(state, 4, "w.stats");
    check_list(state, at, function, what);
    struct tally *tally = push_tally(state);
    const lua_Integer count = (lua_Integer)lua_rawlen(state, at);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(state, at, i);
        tally_add(tally, take_number(state, function, what, i), 1);
    }
    tally_settle(tally);
    return tally;
}

static double read_level(lua_State *state, int index, const char *function)
{
    if (lua_isnoneornil(state, index))
        return usual_level;
    const double level = lua_type(state, index) == LUA_TNUMBER ? lua_tonumber(state, index) : NAN;
    if (!(level > 0 && level < 1))
        luaL_error(state, "w.stats.%s: the level lies between 0 and 1, as in 0.95", function);
    return level;
}

/* ---- what they give ------------------------------------------------------------------------------------ */

static int push_interval(lua_State *state, double low, double high)
{
    lua_createtable(state, 2, 0);
    lua_pushnumber(state, low);
    lua_rawseti(state, -2, 1);
    lua_pushnumber(state, high);
    lua_rawseti(state, -2, 2);
    return 1;
}

static void set_number(lua_State *state, const char *key, double number)
{
    lua_pushnumber(state, number);
    lua_setfield(state, -2, key);
}

/* ---- of one sample ------------------------------------------------------------------------------------- */

#define DEFINE_SUMMARY(name, function)                                                                       \
    static int stats_##name(lua_State *state)                                                                \
    {                                                                                                        \
        return statistic_push(state, function(read_sample(state, 1, #name, "the sample")));                  \
    }

DEFINE_SUMMARY(mean, summary_mean)
DEFINE_SUMMARY(sd, summary_sd)
DEFINE_SUMMARY(var, summary_variance)

static int stats_median(lua_State *state)
{
    return statistic_push(state, summary_quantile(read_sample(state, 1, "median", "the sample"), 0.5));
}

static int stats_quantile(lua_State *state)
{
    const double p = lua_type(state, 2) == LUA_TNUMBER ? lua_tonumber(state, 2) : NAN;
    if (!(p >= 0 && p <= 1))
        return luaL_error(state, "w.stats.quantile takes a sample and a p from 0 to 1");
    return statistic_push(state, summary_quantile(read_sample(state, 1, "quantile", "the sample"), p));
}

static int stats_t_interval(lua_State *state)
{
    double low, high;
    const double level = read_level(state, 2, "t_interval");
    if (!summary_t_interval(read_sample(state, 1, "t_interval", "the sample"), level, &low, &high))
        return 0;
    return push_interval(state, low, high);
}

/* ---- of two samples ------------------------------------------------------------------------------------ */

static int stats_welch(lua_State *state)
{
    struct welch welch;
    const struct tally *a = read_sample(state, 1, "welch", "the first sample");
    const struct tally *b = read_sample(state, 2, "welch", "the second sample");
    if (!compare_welch(a, b, usual_level, &welch))
        return 0;
    lua_createtable(state, 0, 5);
    set_number(state, "t", welch.t);
    set_number(state, "df", welch.df);
    set_number(state, "p", welch.p);
    set_number(state, "difference", welch.difference);
    push_interval(state, welch.low, welch.high);
    lua_setfield(state, -2, "ci95");
    return 1;
}

static int stats_mann_whitney(lua_State *state)
{
    struct mann_whitney result;
    const struct tally *a = read_sample(state, 1, "mann_whitney", "the first sample");
    const struct tally *b = read_sample(state, 2, "mann_whitney", "the second sample");
    if (!compare_mann_whitney(a, b, &result))
        return 0;
    lua_createtable(state, 0, 3);
    set_number(state, "u", result.u);
    set_number(state, "z", result.z);
    set_number(state, "p", result.p);
    return 1;
}

static int stats_cohen_d(lua_State *state)
{
    const struct tally *a = read_sample(state, 1, "cohen_d", "the first sample");
    const struct tally *b = read_sample(state, 2, "cohen_d", "the second sample");
    return statistic_push(state, compare_cohen_d(a, b));
}

/* ---- of many ------------------------------------------------------------------------------------------- */

static int stats_icc1(lua_State *state)
{
    luaL_argexpected(state, lua_istable(state, 1), 1, "list of samples");
    check_list(state, 1, "icc1", "the list");
    const lua_Integer count = (lua_Integer)lua_rawlen(state, 1);
    if (count > MOST_GROUPS)
        return luaL_error(state, "w.stats.icc1 takes at most %d groups", MOST_GROUPS);
    const struct tally **groups = lua_newuserdatauv(state, ((size_t)count + 1) * sizeof *groups, 0);
    lua_newtable(state); /* holds the tallies */
    const int kept = lua_gettop(state);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(state, 1, i);
        const char *what = lua_pushfstring(state, "group %d", (int)i);
        groups[i - 1] = read_sample(state, kept + 1, "icc1", what);
        lua_rawseti(state, kept, i);
        lua_settop(state, kept);
    }
    return statistic_push(state, compare_icc1(groups, (size_t)count));
}

/* Complete rows of the list at 1, as one block that Lua owns. Every row has as many items as the longest. */
static const double *read_rows(lua_State *state, const char *function, size_t *rows, size_t *items)
{
    if (!lua_istable(state, 1))
        luaL_error(state, "w.stats.%s takes a list of rows, each a list of numbers", function);
    check_list(state, 1, function, "the list");
    const lua_Integer count = (lua_Integer)lua_rawlen(state, 1);
    *items = *rows = 0;
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(state, 1, i) != LUA_TTABLE)
            luaL_error(state, "w.stats.%s: row %d is a %s; it takes a list of numbers", function, (int)i,
                       luaL_typename(state, -1));
        const size_t length = (size_t)lua_rawlen(state, -1);
        *items = length > *items ? length : *items;
        lua_pop(state, 1);
    }
    if (*items > MOST_ITEMS)
        luaL_error(state, "w.stats.%s takes rows of at most %d numbers", function, MOST_ITEMS);
    double *values = lua_newuserdatauv(state, ((size_t)count * *items + 1) * sizeof *values, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        bool complete = true;
        const char *what = lua_pushfstring(state, "row %d", (int)i);
        lua_rawgeti(state, 1, i);
        for (size_t k = 0; k < *items && complete; k++) {
            complete = lua_rawgeti(state, -1, (lua_Integer)k + 1) != LUA_TNIL && lua_toboolean(state, -1);
            if (complete)
                values[*rows * *items + k] = take_number(state, function, what, (lua_Integer)k + 1);
            else
                lua_pop(state, 1);
        }
        *rows += complete;
        lua_pop(state, 2);
    }
    return values;
}

static int stats_alpha(lua_State *state)
{
    size_t rows, items;
    const double *values = read_rows(state, "alpha", &rows, &items);
    return statistic_push(state, reliability_alpha(values, rows, items));
}

static int stats_omega(lua_State *state)
{
    size_t rows, items;
    const double *values = read_rows(state, "omega", &rows, &items);
    return statistic_push(state, reliability_omega(values, rows, items));
}

static int stats_benjamini_hochberg(lua_State *state)
{
    if (!lua_istable(state, 1))
        return luaL_error(state, "w.stats.benjamini_hochberg takes a list of p values");
    check_list(state, 1, "benjamini_hochberg", "the list");
    const size_t count = (size_t)lua_rawlen(state, 1);
    double *p = lua_newuserdatauv(state, (2 * count + 1) * sizeof *p, 0);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(state, 1, (lua_Integer)i + 1);
        p[i] = take_number(state, "benjamini_hochberg", "the list", (lua_Integer)i + 1);
        if (p[i] < 0 || p[i] > 1)
            return luaL_error(state, "w.stats.benjamini_hochberg: a p value lies between 0 and 1, not %f",
                              p[i]);
    }
    proportion_benjamini_hochberg(p, p + count, count);
    lua_createtable(state, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushnumber(state, p[count + i]);
        lua_rawseti(state, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int stats_wilson(lua_State *state)
{
    double low, high;
    const double level = read_level(state, 3, "wilson");
    const double successes = lua_type(state, 1) == LUA_TNUMBER ? lua_tonumber(state, 1) : NAN;
    const double n = lua_type(state, 2) == LUA_TNUMBER ? lua_tonumber(state, 2) : NAN;
    if (n == 0)
        return 0;
    if (!(successes >= 0 && successes <= n && isfinite(n)))
        return luaL_error(state,
                          "w.stats.wilson takes how many did, and of how many, as in w.stats.wilson(12, 40)");
    proportion_wilson(successes, n, level, &low, &high);
    return push_interval(state, low, high);
}

/* ---- the table ----------------------------------------------------------------------------------------- */

static const luaL_Reg functions[] = {
    {"mean", stats_mean},
    {"sd", stats_sd},
    {"var", stats_var},
    {"median", stats_median},
    {"quantile", stats_quantile},
    {"t_interval", stats_t_interval},
    {"welch", stats_welch},
    {"mann_whitney", stats_mann_whitney},
    {"cohen_d", stats_cohen_d},
    {"icc1", stats_icc1},
    {"alpha", stats_alpha},
    {"omega", stats_omega},
    {"benjamini_hochberg", stats_benjamini_hochberg},
    {"wilson", stats_wilson},
    {NULL, NULL},
};

void stats_module_push(lua_State *state)
{
    module_push_table(state, "w.stats", functions);
}
