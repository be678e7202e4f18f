/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script/test_events.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOME "https://wijzer.invalid/test"
#define LEVEL HOME "/level/"

/* Statements that are whole have their groups where an LMS puts them. */
static const char *usual_source(const char *level)
{
    if (strcmp(level, "course") == 0)
        return "|grouping|parent";
    return strcmp(level, "team") == 0 ? "|team" : "";
}

char *test_events_groups(const struct test_events *events)
{
    struct buf text = {0};
    for (size_t i = 0; i < events->levels->count; i++)
        buf_append_format(&text, "%s%s: extension:" LEVEL "%zu%s", i ? ", " : "", events->levels->all[i], i,
                          usual_source(events->levels->all[i]));
    buf_put_u8(&text, '\0');
    return (char *)text.data;
}

/* ---- what a row may say -------------------------------------------------------------------------------- */

struct key {
    const char *name, *wanted;
    cJSON_bool (*is)(const cJSON *value);
};

static const struct key keys[] = {{"id", "a text", cJSON_IsString},
                                  {"actor", "a text", cJSON_IsString},
                                  {"verb", "a text", cJSON_IsString},
                                  {"object", "a text", cJSON_IsString},
                                  {"time", "a text, as in \"2026-01-05T10:00:00Z\"", cJSON_IsString},
                                  {"duration", "a number of minutes", cJSON_IsNumber},
                                  {"score", "a number from -1 to 1", cJSON_IsNumber},
                                  {"success", "true or false", cJSON_IsBool},
                                  {"completion", "true or false", cJSON_IsBool}};
enum { KEYS = sizeof keys / sizeof *keys };

static int refuse_unknown(const struct test_events *events, const char *name, struct error *error)
{
    struct texts names = {0};
    struct buf list = {0};
    for (size_t i = 0; i < KEYS; i++)
        texts_add(&names, keys[i].name);
    texts_add_all(&names, events->levels);
    const char *nearest = nearest_name(name, (const char *const *)names.all, names.count);
    for (size_t i = 0; i < names.count; i++)
        buf_append_format(&list, "%s%s", i == 0 ? "" : i + 1 < names.count ? ", " : " and ", names.all[i]);
    if (nearest)
        error_set(error, ERROR_INPUT, "an event has no '%s'; did you mean '%s'?", name, nearest);
    else
        error_set(error, ERROR_INPUT,
                  "an event has no '%s', and no indicator on events has that level; there are %.*s", name,
                  (int)list.size, (const char *)list.data);
    buf_free(&list);
    texts_free(&names);
    return -1;
}

static int check_value(const struct test_events *events, const cJSON *value, struct error *error)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, value->string) == 0)
            return keys[i].is(value) ? 0
                                     : error_set(error, ERROR_INPUT, "'%s' of an event is %s", value->string,
                                                 keys[i].wanted);
    if (!texts_have(events->levels, value->string))
        return refuse_unknown(events, value->string, error);
    return cJSON_IsString(value)
               ? 0
               : error_set(error, ERROR_INPUT, "'%s' of an event is the name of its group, a text",
                           value->string);
}

static int check_row(const struct test_events *events, const cJSON *row, struct error *error)
{
    const cJSON *value;
    if (!cJSON_IsObject(row))
        return error_set(error, ERROR_INPUT, "an event is a table, as in { actor = \"p1\", verb = \"...\" }");
    cJSON_ArrayForEach(value, row)
    {
        if (check_value(events, value, error) != 0)
            return -1;
    }
    return json_get(row, "actor")
               ? 0
               : error_set(error, ERROR_INPUT, "'actor' is missing: an event is somebody's");
}

/* ---- the statement ------------------------------------------------------------------------------------- */

static const char *text_or(const cJSON *row, const char *key, const char *otherwise)
{
    const char *text = json_text(row, key);
    return text ? text : otherwise;
}

static void add_id(struct test_events *events, cJSON *statement, const char *id)
{
    char made[40];
    snprintf(made, sizeof made, "77697a6a-6572-4000-8000-%012llx", (unsigned long long)++events->made);
    cJSON_AddStringToObject(statement, "id", id ? id : made);
}

static void add_time(cJSON *statement, const char *time_text, int64_t now)
{
    char text[40];
    const time_t seconds = (time_t)(now / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    cJSON_AddStringToObject(statement, "timestamp", time_text ? time_text : text);
}

static void add_result(cJSON *statement, const cJSON *row)
{
    static const char *const flags[] = {"success", "completion"};
    const cJSON *duration = json_get(row, "duration"), *score = json_get(row, "score");
    cJSON *result = cJSON_AddObjectToObject(statement, "result");
    if (duration) {
        char *text = mem_format("PT%.3fS", duration->valuedouble * 60);
        cJSON_AddStringToObject(result, "duration", text);
        free(text);
    }
    if (score)
        cJSON_AddNumberToObject(cJSON_AddObjectToObject(result, "score"), "scaled", score->valuedouble);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (json_get(row, flags[i]))
            cJSON_AddBoolToObject(result, flags[i], cJSON_IsTrue(json_get(row, flags[i])));
}

static void add_groups(const struct test_events *events, cJSON *statement, const cJSON *row)
{
    cJSON *extensions = cJSON_AddObjectToObject(cJSON_AddObjectToObject(statement, "context"), "extensions");
    for (size_t i = 0; i < events->levels->count; i++) {
        const char *name = json_text(row, events->levels->all[i]);
        char *iri = mem_format(LEVEL "%zu", i);
        if (name)
            cJSON_AddStringToObject(extensions, iri, name);
        free(iri);
    }
}

static cJSON *make_statement(struct test_events *events, const cJSON *row, int64_t now)
{
    cJSON *statement = cJSON_CreateObject();
    add_id(events, statement, json_text(row, "id"));
    cJSON *account = cJSON_AddObjectToObject(cJSON_AddObjectToObject(statement, "actor"), "account");
    cJSON_AddStringToObject(account, "homePage", HOME);
    cJSON_AddStringToObject(account, "name", json_text(row, "actor"));
    cJSON_AddStringToObject(cJSON_AddObjectToObject(statement, "verb"), "id",
                            text_or(row, "verb", "http://adlnet.gov/expapi/verbs/experienced"));
    cJSON_AddStringToObject(cJSON_AddObjectToObject(statement, "object"), "id",
                            text_or(row, "object", HOME "/object"));
    add_time(statement, json_text(row, "time"), now);
    add_result(statement, row);
    add_groups(events, statement, row);
    return statement;
}

int test_events_put(struct test_events *events, const cJSON *row, int64_t now, struct buf *out,
                    struct error *error)
{
    const bool is_whole = cJSON_IsObject(json_get(row, "verb"));
    if (!is_whole && check_row(events, row, error) != 0)
        return -1;
    cJSON *statement = is_whole ? cJSON_Duplicate(row, true) : make_statement(events, row, now);
    char *text = cJSON_PrintUnformatted(statement);
    buf_append_text(out, text);
    buf_put_u8(out, '\n');
    cJSON_free(text);
    cJSON_Delete(statement);
    return 0;
}
