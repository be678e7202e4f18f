/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script/test_data.h"
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 2026-01-01T12:00:00Z: a test that passes today passes tomorrow. */
static const int64_t first_moment = (int64_t)1767268800 * 1000;

enum { PROBLEMS_SHOWN = 3, MOST_QUESTIONS = 10000 };

static cJSON *answer_with(cJSON *answer)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "answer", answer);
    return object;
}

static cJSON *error_with(const char *format, ...) __attribute__((format(printf, 1, 2)));

static cJSON *error_with(const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "error", text);
    return object;
}

/* ---- the API ------------------------------------------------------------------------------------------- */

/* A GET of a path with parameters: its JSON, or NULL with `refusal` set. Every page of `list`, where that is
 * given. */
static cJSON *get(const struct test_data *data, const char *path, const struct parameter *parameters,
                  const char *list, cJSON **refusal)
{
    struct buf url = {0};
    struct answer answer;
    struct error error;
    const struct options options = {.socket = data->daemon.socket};
    buf_append_text(&url, path);
    client_parameters(&url, parameters);
    cJSON *json = NULL;
    if (client_get(options.socket, (const char *)url.data, &answer, &error) != 0) {
        *refusal = error_with("%s", error.text);
    } else if (answer.status != 200) {
        const char *detail = json_text(answer.json, "detail");
        *refusal = error_with("%s", detail ? detail : "wijzerd gave no answer");
        answer_free(&answer);
    } else {
        answer_free(&answer);
        if (client_ask_pages(&options, (const char *)url.data, list, &answer) == STATUS_GOOD) {
            json = cJSON_Duplicate(answer.json, true);
            answer_free(&answer);
        } else {
            *refusal = error_with("wijzerd gave no answer");
        }
    }
    buf_free(&url);
    return json;
}

/* ---- import -------------------------------------------------------------------------------------------- */

static void put_csv_cell(struct buf *csv, const char *text)
{
    buf_put_u8(csv, '"');
    for (; *text; text++) {
        if (*text == '"')
            buf_put_u8(csv, '"');
        buf_put_u8(csv, (uint8_t)*text);
    }
    buf_put_u8(csv, '"');
}

static void add_column(cJSON *columns, const char *name)
{
    if (name && !json_get(columns, name))
        cJSON_AddNullToObject(columns, name);
}

/* What the instrument reads: a test need not say what nobody answered. */
static void add_columns_of(cJSON *columns, const cJSON *instrument)
{
    static const char *const keys[] = {"respondent", "submitted", "wave"};
    const cJSON *one;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        add_column(columns, json_text(instrument, keys[i]));
    cJSON_ArrayForEach(one, json_get(instrument, "groups"))
    {
        add_column(columns, cJSON_GetStringValue(one));
    }
    cJSON_ArrayForEach(one, json_get(instrument, "items"))
    {
        add_column(columns, json_text(one, "id"));
    }
}

/* Those of the instrument, and every key of every row. */
static cJSON *find_columns(const struct test_data *data, const char *id, const cJSON *rows)
{
    cJSON *columns = cJSON_CreateObject();
    const cJSON *row, *cell, *instrument;
    cJSON_ArrayForEach(instrument, data->declared)
    {
        const char *its = json_text(instrument, "id");
        if (its && strcmp(its, id) == 0)
            add_columns_of(columns, instrument);
    }
    cJSON_ArrayForEach(row, rows)
    {
        cJSON_ArrayForEach(cell, row)
        {
            add_column(columns, cell->string);
        }
    }
    json_sort_members(columns); /* Lua's order is another one in every process */
    return columns;
}

static void put_row(struct buf *csv, const cJSON *columns, const cJSON *row)
{
    const cJSON *column;
    cJSON_ArrayForEach(column, columns)
    {
        const cJSON *cell = json_get(row, column->string);
        char *text = !cell                  ? mem_copy_text("")
                     : cJSON_IsString(cell) ? mem_copy_text(cell->valuestring)
                                            : cJSON_PrintUnformatted(cell);
        put_csv_cell(csv, text);
        buf_put_u8(csv, column->next ? ',' : '\n');
        free(text);
    }
}

/* The rows of a test as the export they would stand in. */
static void put_export(const struct test_data *data, const cJSON *question, struct buf *csv)
{
    const cJSON *rows = json_get(question, "rows"), *column, *row;
    cJSON *columns = find_columns(data, json_text(question, "instrument"), rows);
    cJSON_ArrayForEach(column, columns)
    {
        put_csv_cell(csv, column->string);
        buf_put_u8(csv, column->next ? ',' : '\n');
    }
    cJSON_ArrayForEach(row, rows)
    {
        put_row(csv, columns, row);
    }
    cJSON_Delete(columns);
}

/* The events of a test as the file of statements they would stand in. false: *refusal says why not. */
static bool put_statements(struct test_data *data, const cJSON *question, struct buf *out, cJSON **refusal)
{
    struct error error;
    const cJSON *row;
    size_t number = 0;
    cJSON_ArrayForEach(row, json_get(question, "rows"))
    {
        number++;
        if (test_events_put(&data->events, row, data->now, out, &error) != 0) {
            *refusal = error_with("row %zu: %s", number, error.text);
            return false;
        }
    }
    if (number == 0)
        buf_put_u8(out, '\n'); /* no events are a file, too */
    return true;
}

static bool is_of_events(const cJSON *question)
{
    return !json_text(question, "instrument");
}

static bool put_rows(struct test_data *data, const cJSON *question, struct buf *out, cJSON **refusal)
{
    if (is_of_events(question))
        return put_statements(data, question, out, refusal);
    put_export(data, question, out);
    return true;
}

/* The path of the file to send, to be freed; NULL with `refusal` set. Rows become a file in the daemon's
 * folder. */
static char *find_export(struct test_data *data, const cJSON *question, cJSON **refusal)
{
    const char *file = json_text(question, "file");
    if (file) {
        if (file[0] != '/' && !strstr(file, ".."))
            return mem_format("%s/%s", data->folder, file);
        *refusal =
            error_with("\"%s\": a fixture is a file in the folder of the test, or in a folder there", file);
        return NULL;
    }
    struct buf rows = {0};
    if (!put_rows(data, question, &rows, refusal)) {
        buf_free(&rows);
        return NULL;
    }
    char *path = mem_format("%s/rows", data->daemon.folder);
    FILE *out = fopen(path, "we");
    const bool written = out && fwrite(rows.data, 1, rows.size, out) == rows.size;
    if (!out || fclose(out) != 0 || !written) {
        *refusal = error_with("%s cannot be written", path);
        free(path);
        path = NULL;
    }
    buf_free(&rows);
    return path;
}

/* Rows of a fixture that are refused are a mistake of the test. */
static cJSON *refusal_of(const cJSON *report)
{
    struct buf text = {0};
    const cJSON *problem;
    int shown = 0;
    double rejected = 0;
    json_number(report, "rejected", &rejected);
    buf_append_format(&text, "%.0f rows are refused", rejected);
    cJSON_ArrayForEach(problem, json_get(report, "problems"))
    {
        double row = 0;
        const char *column = json_text(problem, "column"), *what = json_text(problem, "problem");
        if (shown++ == PROBLEMS_SHOWN)
            break;
        json_number(problem, "row", &row);
        buf_append_format(&text, "; row %.0f%s%s: %s", row, column ? ", column " : "", column ? column : "",
                          what ? what : "");
    }
    buf_put_u8(&text, 0);
    cJSON *error = error_with("%s", (const char *)text.data);
    buf_free(&text);
    return error;
}

/* NULL: there is a feed for what is imported. */
static cJSON *refuse_feed(const struct test_data *data, const cJSON *question)
{
    const char *instrument = json_text(question, "instrument");
    if (!instrument)
        return data->has_events ? NULL : error_with("no indicator of this folder is on events");
    if (texts_have(data->instruments, instrument))
        return NULL;
    return error_with("no indicator of this folder is on an instrument '%s'%s", instrument,
                      data->has_events ? "; events are imported by t.import(w.events(), ...)" : "");
}

static cJSON *answer_import(struct test_data *data, const cJSON *question)
{
    cJSON *refusal = refuse_feed(data, question);
    if (refusal)
        return refusal;
    char *path = find_export(data, question, &refusal);
    if (!path)
        return refusal;
    struct answer answer;
    struct error error;
    const char *feed = is_of_events(question) ? PRIVATE_EVENT_FEED : json_text(question, "instrument");
    char *url = mem_format("/v1/feeds/%s?name=rows", feed);
    cJSON *result;
    double rejected = 0;
    if (client_post_file(data->daemon.socket, url, path, NULL, NULL, &answer, &error) != 0) {
        result = error_with("%s", error.text);
    } else {
        const char *detail = json_text(answer.json, "detail");
        json_number(answer.json, "rejected", &rejected);
        if (answer.status != 200)
            result = error_with("%s", detail ? detail : "the export is refused");
        else
            result = rejected > 0 ? refusal_of(answer.json) : answer_with(cJSON_Duplicate(answer.json, true));
        answer_free(&answer);
    }
    free(url);
    free(path);
    if (private_daemon_settle(&data->daemon, SETTLE_PATIENCE_MS, &error) == 0)
        return result;
    cJSON_Delete(result);
    return error_with("%s", error.text);
}

/* ---- values -------------------------------------------------------------------------------------------- */

/* The error that the indicator's script made, as the catalogue tells it; NULL: none. */
static cJSON *failure_of(const struct test_data *data, const char *indicator)
{
    static const struct parameter nothing[] = {{NULL, NULL}};
    cJSON *refusal = NULL, *catalogue = get(data, "/v1/indicators", nothing, "indicators", &refusal);
    const cJSON *one;
    cJSON_ArrayForEach(one, json_get(catalogue, "indicators"))
    {
        const char *id = json_text(one, "id"), *error = json_text(one, "error");
        if (id && strcmp(id, indicator) == 0 && error)
            refusal = error_with("%s", error);
    }
    cJSON_Delete(catalogue);
    return refusal;
}

static cJSON *values_of(const struct test_data *data, const cJSON *question, const char *period)
{
    const char *indicator = json_text(question, "indicator");
    const struct parameter parameters[] = {{"level", json_text(question, "level")},
                                           {"group", json_text(question, "group")},
                                           {"period", period},
                                           {NULL, NULL}};
    cJSON *refusal = failure_of(data, indicator);
    if (refusal)
        return refusal;
    struct buf path = {0};
    buf_append_text(&path, "/v1/indicators/");
    client_escape(&path, indicator);
    buf_put_u8(&path, 0);
    cJSON *json = get(data, (const char *)path.data, parameters, "values", &refusal);
    buf_free(&path);
    if (!json)
        return refusal;
    cJSON *values = cJSON_DetachItemFromObjectCaseSensitive(json, "values");
    cJSON_Delete(json);
    return answer_with(values);
}

static cJSON *answer_values(const struct test_data *data, const cJSON *question)
{
    return values_of(data, question, json_text(question, "period"));
}

/* "GROUP in PERIOD, ..." */
static char *list_places(const cJSON *values)
{
    struct buf text = {0};
    const cJSON *value;
    cJSON_ArrayForEach(value, values)
    {
        buf_append_format(&text, "%s%s in %s", text.size ? ", " : "", json_text(value, "group"),
                          json_text(value, "period"));
    }
    buf_put_u8(&text, 0);
    return (char *)text.data;
}

/* The groups and periods that a test could have meant. */
static cJSON *say_which(const char *indicator, const cJSON *values)
{
    char *places = list_places(values);
    cJSON *error = error_with("'%s' has %d values there (%.600s); say which, as in { group = \"...\" }",
                              indicator, cJSON_GetArraySize(values), places);
    free(places);
    return error;
}

/* What is of a period to come is no latest value. */
static cJSON *say_none(const struct test_data *data, const cJSON *question)
{
    const char *indicator = json_text(question, "indicator");
    cJSON *answer = values_of(data, question, "all");
    const cJSON *values = json_get(answer, "answer");
    char *places =
        cJSON_GetArraySize(values) > 0 && !json_text(question, "period") ? list_places(values) : NULL;
    cJSON *error =
        places
            ? error_with("'%s' has no value there of a period that has begun by the clock of the test, but "
                         "of later ones (%.600s); say which, as in { period = \"...\" }, or move t.clock",
                         indicator, places)
            : error_with("'%s' has no value there: nothing that was imported counts in it", indicator);
    free(places);
    cJSON_Delete(answer);
    return error;
}

static cJSON *answer_value(const struct test_data *data, const cJSON *question)
{
    cJSON *answer = answer_values(data, question);
    const cJSON *values = json_get(answer, "answer");
    if (!values)
        return answer;
    const int count = cJSON_GetArraySize(values);
    cJSON *result = count == 1   ? answer_with(cJSON_Duplicate(cJSON_GetArrayItem(values, 0), true))
                    : count == 0 ? say_none(data, question)
                                 : say_which(json_text(question, "indicator"), values);
    cJSON_Delete(answer);
    return result;
}

/* ---- alerts -------------------------------------------------------------------------------------------- */

static bool has_rule(const cJSON *rules, const char *id)
{
    const cJSON *rule;
    cJSON_ArrayForEach(rule, rules)
    {
        if (strcmp(json_text(rule, "id"), id) == 0)
            return true;
    }
    return false;
}

static cJSON *list_alerts(const char *id, const cJSON *rules)
{
    struct buf text = {0};
    const cJSON *rule;
    cJSON_ArrayForEach(rule, rules)
    {
        buf_append_format(&text, "%s%s", text.size ? ", " : "", json_text(rule, "id"));
    }
    buf_put_u8(&text, 0);
    cJSON *error = error_with("there is no alert '%s'; there are %.600s", id,
                              text.size > 1 ? (const char *)text.data : "none beside this test");
    buf_free(&text);
    return error;
}

static cJSON *say_no_alert(const char *id, const cJSON *rules)
{
    const cJSON *rule;
    size_t count = 0;
    const char **ids = mem_alloc((size_t)cJSON_GetArraySize(rules) * sizeof *ids);
    cJSON_ArrayForEach(rule, rules)
    {
        ids[count++] = json_text(rule, "id");
    }
    const char *nearest = nearest_name(id, ids, count);
    cJSON *error = nearest ? error_with("there is no alert '%s'; did you mean '%s'?", id, nearest)
                           : list_alerts(id, rules);
    free(ids);
    return error;
}

/* An id that no script declares would be that of an alert that is never raised, and the test be none. NULL:
 * some script does. */
static cJSON *refuse_unknown_alert(const struct test_data *data, const char *id)
{
    const struct parameter none[] = {{NULL, NULL}};
    cJSON *refusal = NULL, *json = get(data, "/v1/alerts/rules", none, "rules", &refusal);
    if (!json)
        return refusal;
    if (!has_rule(json_get(json, "rules"), id))
        refusal = say_no_alert(id, json_get(json, "rules"));
    cJSON_Delete(json);
    return refusal;
}

static cJSON *answer_alerts(const struct test_data *data, const cJSON *question)
{
    const char *id = json_text(question, "alert");
    const struct parameter parameters[] = {{"id", id}, {"group", json_text(question, "group")}, {NULL, NULL}};
    cJSON *refusal = id ? refuse_unknown_alert(data, id) : NULL;
    cJSON *json = refusal ? NULL : get(data, "/v1/alerts", parameters, "alerts", &refusal);
    if (!json)
        return refusal;
    cJSON *alerts = cJSON_DetachItemFromObjectCaseSensitive(json, "alerts");
    cJSON_Delete(json);
    return answer_with(alerts);
}

static cJSON *answer_alert(const struct test_data *data, const cJSON *question)
{
    cJSON *answer = answer_alerts(data, question);
    const cJSON *alerts = json_get(answer, "answer");
    if (!alerts)
        return answer;
    const cJSON *first = cJSON_GetArrayItem(alerts, 0);
    cJSON *result = answer_with(first ? cJSON_Duplicate(first, true) : cJSON_CreateNull());
    cJSON_Delete(answer);
    return result;
}

/* ---- the clock ----------------------------------------------------------------------------------------- */

/* RFC 3339 in UTC; a day alone is its beginning. */
static bool read_moment(const char *text, int64_t *moment)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm parts = {0};
        const char *end = strptime(text, forms[i], &parts);
        if (end && !*end) {
            const int day = parts.tm_mday;
            *moment = (int64_t)timegm(&parts) * 1000;
            return parts.tm_mday == day; /* the 31st of February has become another day */
        }
    }
    return false;
}

static cJSON *set_clock(struct test_data *data, int64_t now)
{
    char text[40];
    struct error error;
    data->now = now;
    private_daemon_set_clock(&data->daemon, now);
    if (private_daemon_settle(&data->daemon, SETTLE_PATIENCE_MS, &error) != 0)
        return error_with("%s", error.text);
    const time_t seconds = (time_t)(now / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return answer_with(cJSON_CreateString(text));
}

static cJSON *answer_clock(struct test_data *data, const cJSON *question)
{
    const char *at = json_text(question, "at");
    int64_t moment = data->now;
    if (at && !read_moment(at, &moment))
        return error_with("\"%s\" is not a time; write \"2026-09-01\" or \"2026-09-01T08:30:00Z\"", at);
    if (moment < data->now)
        return error_with("the clock of a test only goes on; \"%s\" is in the past of this test", at);
    return set_clock(data, moment);
}

static cJSON *answer_advance(struct test_data *data, const cJSON *question)
{
    double by = 0;
    json_number(question, "ms", &by);
    return set_clock(data, data->now + (int64_t)by);
}

/* ---- questions ----------------------------------------------------------------------------------------- */

/* A test may catch the error and ask on, so what did not start is not left half there. */
static int start(struct test_data *data, struct error *error)
{
    char *groups = data->has_events ? test_events_groups(&data->events) : NULL;
    const struct private_feeds feeds = {(const char *const *)data->instruments->all, data->instruments->count,
                                        groups};
    const int failed = private_daemon_start(&data->daemon, data->folder, &feeds, error);
    free(groups);
    if (failed) {
        private_daemon_stop(&data->daemon);
        return -1;
    }
    data->runs = true;
    private_daemon_set_clock(&data->daemon, data->now);
    return private_daemon_settle(&data->daemon, SETTLE_PATIENCE_MS,
                                 error); /* then every indicator is there */
}

void test_data_begin(struct test_data *data)
{
    data->now = first_moment;
    data->questions = 0;
    data->events.made = 0;
    data->runs = false;
}

cJSON *test_data_answer(struct test_data *data, const cJSON *question)
{
    struct error error;
    const char *ask = json_text(question, "ask");
    if (++data->questions > MOST_QUESTIONS)
        return error_with("a test asks at most %d questions of t; does it end?", MOST_QUESTIONS);
    if (!data->runs && start(data, &error) != 0)
        return error_with("%s", error.text);
    if (strcmp(ask, "import") == 0)
        return answer_import(data, question);
    if (strcmp(ask, "value") == 0)
        return answer_value(data, question);
    if (strcmp(ask, "values") == 0)
        return answer_values(data, question);
    if (strcmp(ask, "alert") == 0)
        return answer_alert(data, question);
    if (strcmp(ask, "alerts") == 0)
        return answer_alerts(data, question);
    if (strcmp(ask, "clock") == 0)
        return answer_clock(data, question);
    return answer_advance(data, question);
}

void test_data_end(struct test_data *data)
{
    if (data->runs)
        private_daemon_stop(&data->daemon);
    data->runs = false;
}
