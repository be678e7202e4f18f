/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alert/alerts.h"
#include "api/internal.h"
#include "api/routes.h"
#include "engine/engine.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILTERS = 6 };

/* ---- GET /v1/alerts ------------------------------------------------------------------------------------ */

static const char *const filters[FILTERS] = {"id", "state", "severity", "indicator", "level", "group"};

struct alert_query {
    const char *wanted[FILTERS]; /* as in `filters`; NULL: any */
    size_t limit;
    struct cursor cursor;
    cJSON *alerts;
    bool passed_cursor, more;
    size_t count;
};

/* An alert as it is shown: what was kept with its state, and the state. */
static cJSON *alert_json(const struct alert_shown *shown)
{
    static const char *const carried[] = {"indicator", "title", "severity", "group", "level",
                                          "period",    "value", "before",   "n",     "summary"};
    cJSON *json = cJSON_CreateObject(), *body = cJSON_Parse(shown->body);
    cJSON_AddStringToObject(json, "id", shown->alert);
    cJSON_AddStringToObject(json, "state", shown->state);
    cJSON_AddItemToObject(json, "since", json_time(shown->since));
    for (size_t i = 0; i < sizeof carried / sizeof *carried; i++) {
        cJSON *member = cJSON_DetachItemFromObjectCaseSensitive(body, carried[i]);
        cJSON_AddItemToObject(json, carried[i], member ? member : cJSON_CreateNull());
    }
    cJSON_AddFalseToObject(json, "acknowledged");
    cJSON_Delete(body);
    return json;
}

static bool is_wanted(const struct alert_query *query, const cJSON *alert)
{
    for (size_t i = 0; i < FILTERS; i++) {
        const char *value = json_text(alert, filters[i]);
        if (query->wanted[i] && (!value || strcmp(query->wanted[i], value) != 0))
            return false;
    }
    return true;
}

static bool is_cursor(const struct alert_query *query, const cJSON *alert)
{
    return strcmp(query->cursor.first, json_text(alert, "id")) == 0 &&
           strcmp(query->cursor.second, json_text(alert, "group")) == 0;
}

static int take_alert(void *data, const struct alert_shown *shown)
{
    struct alert_query *query = data;
    cJSON *json = alert_json(shown);
    const bool passed = !query->cursor.first || query->passed_cursor;
    if (!passed)
        query->passed_cursor = is_cursor(query, json);
    if (passed && is_wanted(query, json)) {
        query->more = query->count == query->limit;
        if (!query->more) {
            query->count++;
            cJSON_AddItemToArray(query->alerts, json);
            return 0;
        }
    }
    cJSON_Delete(json);
    return query->more;
}

static void write_answer(struct request *request, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    buf_append_text(&request->answer, text);
    free(text);
    cJSON_Delete(json);
}

static int read_alerts(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct alert_query *query = request->question;
    cJSON *json = cJSON_CreateObject();
    query->alerts = cJSON_AddArrayToObject(json, "alerts");
    const int result = alerts_shown(view, take_alert, query, error);
    const cJSON *last = cJSON_GetArrayItem(query->alerts, cJSON_GetArraySize(query->alerts) - 1);
    char *next = query->more ? cursor_make(json_text(last, "id"), json_text(last, "group")) : NULL;
    cJSON_AddItemToObject(json, "next", json_text_or_null(next));
    free(next);
    write_answer(request, json);
    return result;
}

void handle_alerts(struct request *request)
{
    static const char *const states[] = {"pending", "firing", "resolved"};
    struct alert_query *query = mem_alloc(sizeof *query);
    request->question = query; /* freed with the request */
    if (!request_page(request, &query->limit, &query->cursor))
        return;
    for (size_t i = 0; i < FILTERS; i++)
        query->wanted[i] = request_parameter(request, filters[i]);
    const char *state = query->wanted[1];
    bool known = !state;
    for (size_t i = 0; i < 3 && !known; i++)
        known = strcmp(state, states[i]) == 0;
    if (known)
        request_read(request, read_alerts);
    else
        request_answer_problem(request, 400, NULL, "state=%.40s: it is pending, firing or resolved", state);
}

/* ---- GET /v1/alerts/log -------------------------------------------------------------------------------- */

struct log_query {
    uint64_t after, last; /* positions */
    size_t limit, count;
    struct cursor cursor;
    cJSON *entries;
};

static int take_entry(void *data, uint64_t position, const char *body)
{
    struct log_query *query = data;
    cJSON *json = cJSON_CreateObject(), *entry = cJSON_Parse(body);
    double time = 0;
    json_number(entry, "time", &time);
    cJSON_DeleteItemFromObjectCaseSensitive(entry, "time");
    cJSON_AddItemToArray(query->entries, json);
    cJSON_AddItemToObject(json, "seq", json_integer((int64_t)position));
    cJSON_AddItemToObject(json, "time", json_time((int64_t)time));
    while (entry && entry->child) {
        cJSON *member = cJSON_DetachItemViaPointer(entry, entry->child);
        char *key = mem_copy_text(member->string);
        cJSON_AddItemToObject(json, strcmp(key, "alert") == 0 ? "id" : key, member);
        free(key);
    }
    cJSON_Delete(entry);
    query->last = position;
    query->count++;
    return 0;
}

static int read_log(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct log_query *query = request->question;
    cJSON *json = cJSON_CreateObject();
    query->entries = cJSON_AddArrayToObject(json, "entries");
    query->last = query->after;
    const int result = alerts_log_after(view, query->after, query->limit, take_entry, query, error);
    char last[24];
    snprintf(last, sizeof last, "%llu", (unsigned long long)query->last);
    cJSON_AddRawToObject(json, "position", last);
    char *next = query->count == query->limit ? cursor_make("log", last) : NULL;
    cJSON_AddItemToObject(json, "next", json_text_or_null(next));
    free(next);
    write_answer(request, json);
    return result;
}

static bool read_position(const char *text, uint64_t *position)
{
    char *end;
    *position = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end;
}

void handle_alert_log(struct request *request)
{
    struct log_query *query = mem_alloc(sizeof *query);
    request->question = query; /* freed with the request */
    if (!request_page(request, &query->limit, &query->cursor))
        return;
    const char *after = query->cursor.first ? query->cursor.second : request_parameter(request, "after");
    if (after && !read_position(after, &query->after))
        request_answer_problem(request, 400, NULL,
                               "after=%.40s: the position of the last entry that you have is wanted", after);
    else
        request_read(request, read_log);
}

/* ---- GET /v1/alerts/rules ------------------------------------------------------------------------------ */

static void add_rule(void *data, const struct engine_alert *alert)
{
    static const char *const policies[] = {
        [NO_VALUE_KEEP] = "keep", [NO_VALUE_RESOLVE] = "resolve", [NO_VALUE_RAISE] = "raise"};
    const struct alert_declaration *declaration = alert->declaration;
    cJSON *json = page_add(data, declaration->id, true);
    if (!json)
        return;
    cJSON_AddStringToObject(json, "id", declaration->id);
    cJSON_AddItemToObject(json, "title", json_bilingual(&declaration->title));
    cJSON_AddStringToObject(json, "indicator", declaration->indicator);
    cJSON_AddItemToObject(json, "level", json_text_or_null(declaration->level));
    cJSON_AddStringToObject(json, "severity", declaration->severity);
    cJSON_AddNumberToObject(json, "hold_seconds", (double)(declaration->hold_ms / 1000));
    cJSON_AddNumberToObject(json, "keep_seconds", (double)(declaration->keep_ms / 1000));
    cJSON_AddStringToObject(json, "on_no_value", policies[declaration->on_no_value]);
    cJSON_AddItemToObject(json, "summary", json_bilingual(&declaration->summary));
    cJSON_AddStringToObject(json, "script", declaration->file);
    cJSON_AddNumberToObject(json, "line", declaration->line);
    cJSON_AddItemToObject(json, "error", json_text_or_null(alert->error));
}

void handle_alert_rules(struct request *request)
{
    struct page page;
    if (!page_read(request, &page, "rules"))
        return;
    engine_alerts(request->api->parts.engine, add_rule, &page);
    page_answer(request, &page);
}
