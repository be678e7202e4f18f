/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"
#include "api/routes.h"
#include "engine/known.h"
#include "engine/publication/gate.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* ---- GET /v1/indicators -------------------------------------------------------------------------------- */

static cJSON *input_json(const struct input_declaration *input)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", input->name);
    cJSON_AddStringToObject(json, "kind", input_kind_word(input->kind));
    cJSON_AddItemToObject(json, "items",
                          cJSON_CreateStringArray((const char *const *)input->items, (int)input->item_count));
    if (input->kind == INPUT_SCALE)
        cJSON_AddNumberToObject(json, "min_answered", input->min_answered);
    if (input_is_of_events(input->kind)) {
        cJSON_AddItemToObject(json, "verb", json_text_or_null(input->verb));
        cJSON_AddItemToObject(json, "object", json_text_or_null(input->object));
    }
    return json;
}

static void add_indicator(void *data, const struct engine_indicator *indicator)
{
    const struct indicator_declaration *declaration = indicator->declaration;
    cJSON *json = page_add(data, declaration->id, true);
    if (!json)
        return;
    cJSON_AddStringToObject(json, "id", declaration->id);
    cJSON_AddItemToObject(json, "title", json_bilingual(&declaration->title));
    cJSON_AddItemToObject(json, "unit", json_text_or_null(declaration->unit));
    cJSON_AddItemToObject(json, "instrument", json_text_or_null(declaration->instrument));
    cJSON_AddItemToObject(
        json, "levels",
        cJSON_CreateStringArray((const char *const *)declaration->levels, (int)declaration->level_count));
    cJSON_AddStringToObject(json, "periods", period_kind_word(declaration->period));
    if (declaration->period == PERIOD_WINDOW)
        cJSON_AddNumberToObject(json, "window_days", declaration->window_days);
    cJSON *inputs = cJSON_AddArrayToObject(json, "inputs");
    for (size_t i = 0; i < declaration->input_count; i++)
        cJSON_AddItemToArray(inputs, input_json(&declaration->inputs[i]));
    cJSON_AddStringToObject(json, "script", declaration->file);
    cJSON_AddNumberToObject(json, "line", declaration->line);
    cJSON_AddItemToObject(json, "evaluated_at", json_time(indicator->evaluated_at));
    cJSON_AddItemToObject(json, "error", json_text_or_null(indicator->error));
}

void handle_indicators(struct request *request)
{
    struct page page;
    if (!page_read(request, &page, "indicators"))
        return;
    engine_indicators(request->api->parts.engine, add_indicator, &page);
    page_answer(request, &page);
}

/* ---- values ------------------------------------------------------------------------------------------- */

/* The filter with what it points to behind it, so that it is one block. */
struct owned_filter {
    struct gate_filter filter;
    enum period_kind period_kind; /* of the indicator */
    const char *calendar;         /* likewise */
    int least;                    /* people that its values need */
    bool as_csv;
    struct cursor cursor;
    const char *levels[]; /* then the texts */
};

struct value_list {
    cJSON *values;
    struct buf *csv;
    size_t count;
    char *last_group, *last_period;
};

static cJSON *value_of(const struct published *value)
{
    if (value->kind == STORE_NUMBER)
        return json_exact(value->value);
    return value->kind == STORE_INTEGER ? json_integer(value->integer) : cJSON_CreateNull();
}

static cJSON *interval_of(const struct published *value)
{
    if (!value->has_ci)
        return cJSON_CreateNull();
    cJSON *ends = cJSON_CreateArray();
    cJSON_AddItemToArray(ends, json_exact(value->ci[0]));
    cJSON_AddItemToArray(ends, json_exact(value->ci[1]));
    return ends;
}

static void remember(struct value_list *list, const struct published *value)
{
    list->count++;
    free(list->last_group);
    free(list->last_period);
    list->last_group = mem_copy_text(value->group);
    list->last_period = mem_copy_text(value->period);
}

static int add_json_value(void *data, const struct published *value)
{
    struct value_list *list = data;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(list->values, json);
    cJSON_AddStringToObject(json, "group", value->group);
    cJSON_AddStringToObject(json, "level", value->level);
    cJSON_AddStringToObject(json, "period", value->period);
    cJSON_AddItemToObject(json, "value", value_of(value));
    cJSON_AddItemToObject(json, "n", value->has_n ? json_integer(value->n) : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "ci95", interval_of(value));
    cJSON_AddItemToObject(json, "extra", value->extra ? cJSON_CreateRaw(value->extra) : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "withheld", json_text_or_null(value->withheld));
    cJSON_AddBoolToObject(json, "stale", value->stale);
    if (value->reason)
        cJSON_AddStringToObject(json, "reason", value->reason);
    cJSON_AddItemToObject(json, "computed_at", json_time(value->computed_at));
    remember(list, value);
    return 0;
}

/* RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it. */
static void put_csv_text(struct buf *csv, const char *text)
{
    buf_put_u8(csv, '"');
    if (text[0] && strchr("=+-@\t\r", text[0]))
        buf_put_u8(csv, '\'');
    for (; *text; text++) {
        if (*text == '"')
            buf_put_u8(csv, '"');
        buf_put_u8(csv, (uint8_t)*text);
    }
    buf_put_u8(csv, '"');
}

static void put_csv_json(struct buf *csv, cJSON *json)
{
    char *text = cJSON_IsNull(json) ? NULL : cJSON_PrintUnformatted(json);
    if (text)
        buf_append_text(csv, text);
    free(text);
    cJSON_Delete(json);
}

static int add_csv_value(void *data, const struct published *value)
{
    struct value_list *list = data;
    struct buf *csv = list->csv;
    const char *const texts[] = {value->group, value->level, value->period};
    for (size_t i = 0; i < 3; i++) {
        put_csv_text(csv, texts[i]);
        buf_put_u8(csv, ',');
    }
    put_csv_json(csv, value_of(value));
    buf_put_u8(csv, ',');
    if (value->has_n)
        buf_append_format(csv, "%lld", (long long)value->n);
    for (size_t i = 0; i < 2; i++) {
        buf_put_u8(csv, ',');
        if (value->has_ci)
            put_csv_json(csv, json_exact(value->ci[i]));
    }
    buf_append_format(csv, ",%s,", value->withheld ? value->withheld : "");
    if (value->reason)
        put_csv_text(csv, value->reason);
    buf_put_u8(csv, ',');
    cJSON *time = json_time(value->computed_at);
    buf_append_text(csv, cJSON_IsString(time) ? time->valuestring : "");
    cJSON_Delete(time);
    buf_append_text(csv, value->stale ? ",true\r\n" : ",false\r\n");
    remember(list, value);
    return 0;
}

static void write_json(struct request *request, const struct owned_filter *owned, struct value_list *list,
                       bool more)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "indicator", owned->filter.indicator);
    cJSON_AddItemToObject(json, "values", list->values);
    char *cursor = more ? cursor_make(list->last_group, list->last_period) : NULL;
    cJSON_AddItemToObject(json, "next", json_text_or_null(cursor));
    char *text = cJSON_PrintUnformatted(json);
    buf_append_text(&request->answer, text);
    free(text);
    free(cursor);
    cJSON_Delete(json);
}

/* What has values is known; where there are none, the names may be wrong. */
static int check_names(struct store_view *view, const struct owned_filter *owned, struct error *error)
{
    const char *group = owned->filter.group, *period = owned->filter.period;
    if (group && known_group(view, group, error) != 0)
        return -1;
    const bool one_period = period && strcmp(period, "*") != 0;
    return one_period ? known_period(view, owned->calendar, owned->period_kind, period, error) : 0;
}

static int read_values(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    const struct owned_filter *owned = request->question;
    struct value_list list = {.values = cJSON_CreateArray(), .csv = &request->answer};
    bool more = false;
    if (owned->as_csv)
        buf_append_text(
            list.csv, "group,level,period,value,n,ci95_low,ci95_high,withheld,reason,computed_at,stale\r\n");
    int result = gate_values(view, owned->least, &owned->filter,
                             owned->as_csv ? add_csv_value : add_json_value, &list, &more, error);
    if (result == 0 && list.count == 0)
        result = check_names(view, owned, error);
    if (result == 0 && !owned->as_csv)
        write_json(request, owned, &list, more);
    else
        cJSON_Delete(list.values);
    free(list.last_group);
    free(list.last_period);
    return result;
}

/* ---- GET /v1/indicators/{id} --------------------------------------------------------------------------- */

static bool read_format(const char *text, struct owned_filter *owned)
{
    owned->as_csv = strcmp(text, "csv") == 0;
    return owned->as_csv || strcmp(text, "json") == 0;
}

/* false: it was answered with what is wrong. */
static bool read_filter(struct request *request, struct owned_filter *owned)
{
    const char *period = request_parameter(request, "period"), *format = request_parameter(request, "format");
    owned->filter.indicator = request->segments[0];
    owned->filter.lag = engine_lag(request->api->parts.engine, request->segments[0]);
    owned->least = engine_least(request->api->parts.engine, request->segments[0]);
    owned->filter.begun_by = engine_latest_begins(request->api->parts.engine, request->segments[0]);
    owned->filter.group = request_parameter(request, "group");
    owned->filter.level = request_parameter(request, "level");
    owned->filter.period = period && strcmp(period, "all") == 0 ? "*" : period;
    if (!request_page(request, &owned->filter.limit, &owned->cursor))
        return false;
    owned->filter.after_group = owned->cursor.first;
    owned->filter.after_period = owned->cursor.second;
    if (format && !read_format(format, owned))
        request_answer_problem(request, 400, NULL, "format=%.40s: it is json or csv", format);
    /* A CSV file has no place to say that there is more. */
    if (owned->as_csv && !request_parameter(request, "limit"))
        owned->filter.limit = 0;
    return !request->answered;
}

static void refuse_level(struct request *request, const struct indicator_declaration *declaration,
                         const char *level)
{
    const char *const *levels = (const char *const *)declaration->levels;
    const char *nearest = nearest_name(level, levels, declaration->level_count);
    struct buf all = {0};
    for (size_t i = 0; i < declaration->level_count; i++)
        buf_append_format(&all, "%s%s", i ? ", " : "", levels[i]);
    buf_put_u8(&all, 0);
    request_answer_problem(request, 404, NULL, "%s has no level '%.60s'; %s%s%s", declaration->id, level,
                           nearest ? "did you mean '" : "it has ", nearest ? nearest : (const char *)all.data,
                           nearest ? "'?" : "");
    buf_free(&all);
}

/* false: it was answered with what is wrong. */
static bool check_level(struct request *request, const struct indicator_declaration *declaration)
{
    const char *level = request_parameter(request, "level");
    bool known = !level;
    for (size_t i = 0; i < declaration->level_count && !known; i++)
        known = strcmp(level, declaration->levels[i]) == 0;
    if (!known)
        refuse_level(request, declaration, level);
    return known;
}

/* What the indicator is may change while the values are read. */
static const char *keep_text(char **end, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = memcpy(*end, text, size);
    *end += size;
    return copy;
}

static struct owned_filter *new_filter(const struct engine_indicator *indicator)
{
    const struct indicator_declaration *declaration = indicator->declaration;
    size_t size = strlen(indicator->calendar) + 1;
    for (size_t i = 0; i < declaration->level_count; i++)
        size += sizeof(char *) + strlen(declaration->levels[i]) + 1;
    struct owned_filter *owned = mem_alloc(sizeof *owned + size);
    char *end = (char *)(owned->levels + declaration->level_count);
    owned->period_kind = declaration->period;
    owned->calendar = keep_text(&end, indicator->calendar);
    owned->filter.calendar = declaration->instrument ? owned->calendar : NULL;
    for (size_t i = 0; i < declaration->level_count; i++)
        owned->levels[i] = keep_text(&end, declaration->levels[i]);
    owned->filter.levels = owned->levels;
    owned->filter.level_count = declaration->level_count;
    return owned;
}

void handle_values(struct request *request)
{
    const struct engine_indicator *indicator =
        engine_indicator(request->api->parts.engine, request->segments[0]);
    if (!indicator) {
        request_answer_problem(request, 404, NULL, "there is no indicator '%s'; see /v1/indicators",
                               request->segments[0]);
        return;
    }
    struct owned_filter *owned = new_filter(indicator);
    request->question = owned; /* freed with the request */
    if (!check_level(request, indicator->declaration) || !read_filter(request, owned))
        return;
    request_read(request, read_values);
    if (owned->as_csv)
        request->type = "text/csv; charset=utf-8; header=present";
}
