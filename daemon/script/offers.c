/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/offers.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* Everything else of Lua's library is left out: what reaches outside (io, os, package, debug, load, dofile),
 * what reads the machine's state (collectgarbage, math.random: an indicator is a function of its inputs and
 * nothing else), and what makes code out of bytes (string.dump). */
const char *const offers_globals[] = {
    "assert",   "error",    "getmetatable", "ipairs",       "next",   "pairs",    "pcall",
    "rawequal", "rawget",   "rawlen",       "rawset",       "select", "tonumber", "tostring",
    "type",     "_VERSION", "xpcall",       "setmetatable", "print",  "require",  "string",
    "table",    "math",     "utf8",         "coroutine",    "_G",     NULL};

const char *const offers_group[] = {"group",  "level", "period",   "params", "previous",
                                    "parent", "peers", "children", NULL};

const char *const offers_event[] = {"verb",     "object", "time",    "hour",       "weekday",
                                    "duration", "score",  "success", "completion", NULL};

const char *const offers_result[] = {"value", "n", "ci95", "extra", "group", "level", "period", NULL};

const char *const *offers_library(const char *name)
{
    static const char *const of_string[] = {"byte",    "char",  "find",   "format", "gmatch",   "gsub",
                                            "len",     "lower", "match",  "pack",   "packsize", "rep",
                                            "reverse", "sub",   "unpack", "upper",  NULL};
    static const char *const of_table[] = {"concat", "insert", "move",   "pack",
                                           "remove", "sort",   "unpack", NULL};
    static const char *const of_math[] = {
        "abs",        "acos",  "asin",       "atan",      "atan2", "ceil",  "cos", "cosh",  "deg",
        "exp",        "floor", "fmod",       "frexp",     "huge",  "ldexp", "log", "log10", "max",
        "maxinteger", "min",   "mininteger", "modf",      "pi",    "pow",   "rad", "sin",   "sinh",
        "sqrt",       "tan",   "tanh",       "tointeger", "type",  "ult",   NULL};
    static const char *const of_utf8[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
    static const char *const of_coroutine[] = {"create", "isyieldable", "resume", "running",
                                               "status", "wrap",        "yield",  NULL};
    static const struct {
        const char *name;
        const char *const *offers;
    } libraries[] = {{"string", of_string},
                     {"table", of_table},
                     {"math", of_math},
                     {"utf8", of_utf8},
                     {"coroutine", of_coroutine}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strcmp(libraries[i].name, name) == 0)
            return libraries[i].offers;
    return NULL;
}

const char *const *offers_input(enum input_kind kind)
{
    static const char *const of_survey[] = {"n",      "mean", "value", "sd",       "var",   "min", "max",
                                            "median", "ci95", "alpha", "quantile", "share", NULL};
    static const char *const of_events[] = {"n", "value", "rate", NULL};
    static const char *const of_sum[] = {"n", "value", "rate", "mean", "min", "max", NULL};
    if (!input_is_of_events(kind))
        return of_survey;
    return kind == INPUT_SUM || kind == INPUT_MADE ? of_sum : of_events;
}

bool offers_has(const char *const *offers, const char *name)
{
    for (; *offers; offers++)
        if (strcmp(*offers, name) == 0)
            return true;
    return false;
}

static size_t count_of(const char *const *offers)
{
    size_t count = 0;
    while (offers[count])
        count++;
    return count;
}

static char *list_all(const char *const *offers, const char *name)
{
    const size_t count = count_of(offers);
    struct buf list = {0};
    buf_append_format(&list, "; %s has ", name);
    for (size_t i = 0; i < count; i++)
        buf_append_format(&list, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", offers[i]);
    buf_put_u8(&list, 0);
    return (char *)list.data;
}

char *offers_suggestion(const char *const *offers, const char *given, const char *name)
{
    const char *nearest = nearest_name(given, offers, count_of(offers));
    return nearest ? mem_format("; did you mean '%s'?", nearest) : list_all(offers, name);
}

char *offers_input_suggestion(enum input_kind kind, const char *given)
{
    const char *const *of_surveys = offers_input(INPUT_SCALE), *const *of_events = offers_input(INPUT_SUM);
    const bool is_of_events = input_is_of_events(kind);
    if (offers_has(of_surveys, given) == offers_has(of_events, given))
        return offers_suggestion(offers_input(kind), given, "it");
    char *list = list_all(offers_input(kind), "it"),
         *text = mem_format(", which only inputs of %s have%s", is_of_events ? "surveys" : "events", list);
    free(list);
    return text;
}
