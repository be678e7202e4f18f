/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alert/text.h"

#include "base/json.h"
#include "base/mem.h"
#include "script/placeholders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum language { DUTCH, ENGLISH };

enum { LONGEST_NUMBER = 340 };

/* ---- numbers for people -------------------------------------------------------------------------------- */

static bool has_number(const struct published *value)
{
    return value && !value->withheld && value->kind != STORE_NO_VALUE;
}

static double number_of(const struct published *value)
{
    return value->kind == STORE_INTEGER ? (double)value->integer : value->value;
}

/* At most two decimals, none that say nothing, and a comma where the Dutch have one. */
static void write_number(double number, bool with_sign, enum language language, char text[LONGEST_NUMBER])
{
    snprintf(text, LONGEST_NUMBER, with_sign ? "%+.2f" : "%.2f", number);
    char *point = strchr(text, '.');
    char *end = text + strlen(text);
    while (point && (end[-1] == '0' || end[-1] == '.')) {
        const bool was_point = end[-1] == '.';
        *--end = '\0';
        if (was_point)
            break;
    }
    if (strcmp(text, "-0") == 0 || strcmp(text, "+0") == 0)
        strcpy(text, "0");
    point = strchr(text, '.');
    if (point && language == DUTCH)
        *point = ',';
}

static void write_value(const struct published *value, enum language language, char text[LONGEST_NUMBER])
{
    if (!has_number(value))
        strcpy(text, language == DUTCH ? "geen waarde" : "no value");
    else if (value->kind == STORE_INTEGER)
        snprintf(text, LONGEST_NUMBER, "%lld", (long long)value->integer);
    else
        write_number(value->value, false, language, text);
}

static void write_change(const struct alert_facts *facts, enum language language, char text[LONGEST_NUMBER])
{
    if (has_number(facts->now) && has_number(facts->before))
        write_number(number_of(facts->now) - number_of(facts->before), true, language, text);
    else
        write_value(NULL, language, text);
}

/* ---- names for people ---------------------------------------------------------------------------------- */

/* The last step of a path, as it was before it became part of one (store/store.h). */
static char *own_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = mem_copy_text(slash ? slash + 1 : path), *to = name;
    for (const char *from = name; *from; to++) {
        const bool is_slash = strncmp(from, "%2F", 3) == 0, is_percent = strncmp(from, "%25", 3) == 0;
        *to = is_slash ? '/' : is_percent ? '%' : *from;
        from += is_slash || is_percent ? 3 : 1;
    }
    *to = '\0';
    return name;
}

static const char *in_language(const struct bilingual *text, enum language language, const char *fallback)
{
    const char *first = language == DUTCH ? text->nl : text->en;
    const char *second = language == DUTCH ? text->en : text->nl;
    return first ? first : second ? second : fallback;
}

/* ---- the summary --------------------------------------------------------------------------------------- */

static void add_summary(cJSON *texts, const char *key, const struct alert_facts *facts, const char *template,
                        enum language language)
{
    char value[LONGEST_NUMBER], before[LONGEST_NUMBER], change[LONGEST_NUMBER], n[32] = "?";
    if (!template)
        return;
    write_value(facts->now, language, value);
    write_value(facts->before, language, before);
    write_change(facts, language, change);
    if (has_number(facts->now))
        snprintf(n, sizeof n, "%lld", (long long)facts->now->n);
    char *name = own_name(facts->path);
    const char *const values[PLACEHOLDERS] = {
        [PLACEHOLDER_GROUP] = name,
        [PLACEHOLDER_PATH] = facts->path,
        [PLACEHOLDER_LEVEL] = facts->level,
        [PLACEHOLDER_PERIOD] = facts->now ? facts->now->period : "",
        [PLACEHOLDER_VALUE] = value,
        [PLACEHOLDER_BEFORE] = before,
        [PLACEHOLDER_CHANGE] = change,
        [PLACEHOLDER_N] = n,
        [PLACEHOLDER_INDICATOR] = in_language(&facts->indicator->title, language, facts->indicator->id),
        [PLACEHOLDER_UNIT] = facts->indicator->unit ? facts->indicator->unit : "",
    };
    struct buf text = {0};
    placeholders_fill(template, values, &text);
    buf_put_u8(&text, 0);
    cJSON_AddStringToObject(texts, key, (const char *)text.data);
    buf_free(&text);
    free(name);
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static void add_number(cJSON *json, const char *key, const struct published *value)
{
    if (!has_number(value))
        cJSON_AddNullToObject(json, key);
    else
        cJSON_AddItemToObject(json, key, json_exact(number_of(value)));
}

static void add_title(cJSON *json, const struct bilingual *title)
{
    cJSON *texts = cJSON_AddObjectToObject(json, "title");
    if (title->nl)
        cJSON_AddStringToObject(texts, "nl", title->nl);
    if (title->en)
        cJSON_AddStringToObject(texts, "en", title->en);
}

char *alert_text_make(const struct alert_facts *facts)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "indicator", facts->indicator->id);
    add_title(json, &facts->alert->title);
    cJSON_AddStringToObject(json, "severity", facts->alert->severity);
    cJSON_AddStringToObject(json, "group", facts->path);
    cJSON_AddStringToObject(json, "level", facts->level);
    if (facts->now)
        cJSON_AddStringToObject(json, "period", facts->now->period);
    else
        cJSON_AddNullToObject(json, "period");
    add_number(json, "value", facts->now);
    add_number(json, "before", facts->before);
    if (has_number(facts->now))
        cJSON_AddNumberToObject(json, "n", (double)facts->now->n);
    else
        cJSON_AddNullToObject(json, "n");
    cJSON *texts = cJSON_AddObjectToObject(json, "summary");
    add_summary(texts, "nl", facts, facts->alert->summary.nl, DUTCH);
    add_summary(texts, "en", facts, facts->alert->summary.en, ENGLISH);
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

char *alert_text_log(const char *body, const char *alert, const char *state, const char *was, int64_t time)
{
    cJSON *json = cJSON_Parse(body);
    if (!json)
        json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "alert", alert);
    cJSON_AddStringToObject(json, "state", state);
    if (was)
        cJSON_AddStringToObject(json, "was", was);
    cJSON_AddNumberToObject(json, "time", (double)time);
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}
