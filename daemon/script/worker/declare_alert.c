/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/program.h"

#include "base/json.h"
#include "base/mem.h"
#include "script/placeholders.h"

#include <string.h>

enum { MOST_ALERTS = 500 };

static const char where[] = "w.alert";

static struct program_alert *new_alert(lua_State *state, struct program *program, const char *id)
{
    if (program_alert(program, id))
        luaL_error(state, "%s: '%s' is declared in this file already", where, id);
    if (program->alert_count >= MOST_ALERTS)
        luaL_error(state, "a file declares at most %d alerts", MOST_ALERTS);
    program->alerts = mem_resize(program->alerts, program->alert_count + 1, sizeof *program->alerts);
    struct program_alert *alert = &program->alerts[program->alert_count++];
    *alert = (struct program_alert){.id = mem_copy_text(id), .raise = LUA_NOREF, .clear = LUA_NOREF};
    return alert;
}

static lua_ref read_function(lua_State *state, const char *key, bool required)
{
    const int type = fields_get(state, 1, key);
    if (type == LUA_TNIL && !required) {
        lua_pop(state, 1);
        return LUA_NOREF;
    }
    if (type != LUA_TFUNCTION || lua_iscfunction(state, -1))
        luaL_error(
            state,
            "%s needs '%s', a function of two results, as in %s = function(now, before) return now.value "
            "< 2.5 end",
            where, key, key);
    return luaL_ref(state, LUA_REGISTRYINDEX);
}

/* A word out of a few, the first where it is absent. */
static void read_word(lua_State *state, const char *key, const char *const *words, cJSON *json)
{
    const char *given = fields_text(state, 1, where, key, false, LONGEST_NAME);
    const char *word = given ? NULL : words[0];
    for (size_t i = 0; given && words[i]; i++)
        if (strcmp(given, words[i]) == 0)
            word = words[i];
    if (!word)
        luaL_error(state, "%s: '%s' is \"%s\", \"%s\" or \"%s\", not \"%s\"", where, key, words[0], words[1],
                   words[2], given);
    cJSON_AddStringToObject(json, key, word);
}

static void read_summary(lua_State *state, cJSON *json)
{
    struct error error;
    fields_bilingual(state, 1, where, "summary", json);
    const cJSON *texts = cJSON_GetObjectItemCaseSensitive(json, "summary"), *text;
    if (!cJSON_GetArraySize(texts))
        luaL_error(
            state,
            "%s needs 'summary', what people read, as in { nl = \"{group}: gedaald naar {value}\", en = "
            "\"{group}: fell to {value}\" }",
            where);
    cJSON_ArrayForEach(text, texts)
    {
        if (placeholders_check(text->valuestring, &error) != 0)
            luaL_error(state, "%s: '%s' of 'summary': %s", where, text->string, error.text);
    }
}

int declare_alert(lua_State *state)
{
    static const char *const keys[] = {"id",    "title", "on",   "level",       "severity", "raise",
                                       "clear", "hold",  "keep", "on_no_value", "summary",  NULL};
    static const char *const severities[] = {"warning", "info", "critical", NULL};
    static const char *const policies[] = {"keep", "resolve", "raise", NULL};
    struct program *program = program_of(state);
    const char *id = declare_begin(state, where, keys);
    struct program_alert *alert = new_alert(state, program, id);
    cJSON *json = declare_object(state, id, program->alerts_declared);
    fields_bilingual(state, 1, where, "title", json);
    cJSON_AddStringToObject(json, "on", fields_id(state, 1, where, "on"));
    const char *level = fields_line(state, 1, where, "level", false, LONGEST_NAME);
    if (level)
        cJSON_AddStringToObject(json, "level", level);
    read_word(state, "severity", severities, json);
    read_word(state, "on_no_value", policies, json);
    cJSON_AddNumberToObject(json, "hold_ms", (double)fields_duration(state, 1, where, "hold"));
    cJSON_AddNumberToObject(json, "keep_ms", (double)fields_duration(state, 1, where, "keep"));
    read_summary(state, json);
    alert->raise = read_function(state, "raise", true);
    alert->clear = read_function(state, "clear", false);
    declare_end(state);
    return 0;
}
