/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"
#include "api/routes.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- GET /v1/scripts ----------------------------------------------------------------------------------- */

static const char *state_word(enum script_state state)
{
    switch (state) {
    case SCRIPT_LOADING:
        return "loading";
    case SCRIPT_ACTIVE:
        return "active";
    case SCRIPT_FAILED:
        return "failed";
    case SCRIPT_QUARANTINED:
        return "quarantined";
    }
    return "unknown";
}

/* The first error of what a script declares. */
struct declared_error {
    const struct declarations *declarations;
    const char *text; /* NULL: there is none */
};

static void take_indicator_error(void *data, const struct engine_indicator *indicator)
{
    struct declared_error *error = data;
    if (!error->text && declarations_indicator(error->declarations, indicator->declaration->id))
        error->text = indicator->error;
}

static void take_alert_error(void *data, const struct engine_alert *alert)
{
    struct declared_error *error = data;
    if (!error->text && declarations_alert(error->declarations, alert->declaration->id))
        error->text = alert->error;
}

/* Its own, or else that of a function of it: whoever looks for what is wrong with a file finds it here. */
static const char *error_of(const struct engine *engine, const struct script_info *info)
{
    struct declared_error error = {.declarations = info->declarations};
    if (info->error || !info->declarations)
        return info->error;
    engine_indicators(engine, take_indicator_error, &error);
    engine_alerts(engine, take_alert_error, &error);
    return error.text;
}

struct script_list {
    struct page page;
    const struct engine *engine;
};

static void add_script(void *data, const struct script_info *info)
{
    struct script_list *list = data;
    cJSON *json = page_add(&list->page, info->file, true);
    if (!json)
        return;
    cJSON_AddStringToObject(json, "file", info->file);
    cJSON_AddStringToObject(json, "state", state_word(info->state));
    cJSON_AddItemToObject(json, "error", json_text_or_null(error_of(list->engine, info)));
    cJSON_AddItemToObject(json, "away", json_text_or_null(info->away));
    cJSON_AddItemToObject(json, "loaded_at", json_time(info->loaded_at));
    cJSON_AddNumberToObject(json, "indicators",
                            info->declarations ? (double)info->declarations->indicator_count : 0);
    cJSON_AddNumberToObject(json, "instruments",
                            info->declarations ? (double)info->declarations->instrument_count : 0);
    cJSON_AddNumberToObject(json, "alerts", info->declarations ? (double)info->declarations->alert_count : 0);
    cJSON_AddNumberToObject(json, "calls", (double)info->calls);
    cJSON_AddNumberToObject(json, "calls_ms", (double)info->calls_ms);
    cJSON_AddNumberToObject(json, "memory_bytes", (double)info->memory_bytes);
    cJSON_AddNumberToObject(json, "memory_peak_bytes", (double)info->memory_peak_bytes);
}

/* `data`: an array. */
static void add_folder(void *data, const char *folder, const char *problem)
{
    cJSON *json = cJSON_CreateObject();
    char *text =
        mem_format("scripts folder %s cannot be read: %s; what was loaded from it runs on until it can",
                   folder, problem);
    cJSON_AddItemToArray(data, json);
    cJSON_AddStringToObject(json, "folder", folder);
    cJSON_AddStringToObject(json, "error", text);
    free(text);
}

void handle_scripts(struct request *request)
{
    struct script_list list = {.engine = request->api->parts.engine};
    if (!page_read(request, &list.page, "scripts"))
        return;
    list.page.folders = cJSON_CreateArray();
    scripts_folders(request->api->parts.scripts, add_folder, list.page.folders);
    scripts_each(request->api->parts.scripts, add_script, &list);
    page_answer(request, &list.page);
}

/* ---- GET /v1/status ------------------------------------------------------------------------------------ */

struct script_summary {
    unsigned active, failed, quarantined, loading;
    uint64_t memory_bytes;
    cJSON *errors;
};

static void count_script(void *data, const struct script_info *info)
{
    struct script_summary *summary = data;
    unsigned *const counts[] = {[SCRIPT_LOADING] = &summary->loading,
                                [SCRIPT_ACTIVE] = &summary->active,
                                [SCRIPT_FAILED] = &summary->failed,
                                [SCRIPT_QUARANTINED] = &summary->quarantined};
    ++*counts[info->state];
    summary->memory_bytes += info->memory_bytes;
    if (!info->error)
        return;
    cJSON *error = cJSON_CreateObject();
    cJSON_AddItemToArray(summary->errors, error);
    cJSON_AddStringToObject(error, "file", info->file);
    cJSON_AddStringToObject(error, "state", state_word(info->state));
    cJSON_AddStringToObject(error, "error", info->error);
}

static void add_indicator_error(void *data, const struct engine_indicator *indicator)
{
    struct script_summary *summary = data;
    if (!indicator->error)
        return;
    cJSON *error = cJSON_CreateObject();
    cJSON_AddItemToArray(summary->errors, error);
    cJSON_AddStringToObject(error, "file", indicator->declaration->file);
    cJSON_AddStringToObject(error, "indicator", indicator->declaration->id);
    cJSON_AddStringToObject(error, "error", indicator->error);
}

static void add_alert_error(void *data, const struct engine_alert *alert)
{
    struct script_summary *summary = data;
    if (!alert->error)
        return;
    cJSON *error = cJSON_CreateObject();
    cJSON_AddItemToArray(summary->errors, error);
    cJSON_AddStringToObject(error, "file", alert->declaration->file);
    cJSON_AddStringToObject(error, "alert", alert->declaration->id);
    cJSON_AddStringToObject(error, "error", alert->error);
}

static void add_params_error(void *data, const struct config_section *section, const char *text)
{
    const struct script_summary *summary = data;
    cJSON *error = cJSON_CreateObject();
    cJSON_AddItemToArray(summary->errors, error);
    cJSON_AddStringToObject(error, "file", section->file);
    cJSON_AddStringToObject(error, "params", section->name);
    cJSON_AddStringToObject(error, "error", text);
}

static void add_scripts(const struct api *api, cJSON *status)
{
    cJSON *json = cJSON_AddObjectToObject(status, "scripts");
    struct script_summary summary = {.errors = cJSON_CreateArray()};
    scripts_folders(api->parts.scripts, add_folder, summary.errors);
    scripts_each(api->parts.scripts, count_script, &summary);
    engine_indicators(api->parts.engine, add_indicator_error, &summary);
    engine_alerts(api->parts.engine, add_alert_error, &summary);
    params_unknown(api, add_params_error, &summary);
    cJSON_AddNumberToObject(json, "active", summary.active);
    cJSON_AddNumberToObject(json, "failed", summary.failed);
    cJSON_AddNumberToObject(json, "quarantined", summary.quarantined);
    cJSON_AddNumberToObject(json, "loading", summary.loading);
    cJSON_AddNumberToObject(json, "memory_bytes", (double)summary.memory_bytes);
    cJSON_AddNumberToObject(json, "memory_limit_bytes", (double)SCRIPTS_MEMORY_TOGETHER);
    cJSON_AddItemToObject(json, "errors", summary.errors);
}

static void add_engine(const struct api *api, cJSON *status)
{
    struct engine_status engine;
    cJSON *json = cJSON_AddObjectToObject(status, "engine");
    engine_status(api->parts.engine, &engine);
    cJSON_AddNumberToObject(json, "position", (double)engine.position);
    cJSON_AddNumberToObject(json, "log_end", (double)engine.log_end);
    cJSON_AddNumberToObject(json, "lag", (double)engine.lag);
    cJSON_AddNumberToObject(json, "inputs", (double)engine.inputs);
    cJSON_AddNumberToObject(json, "indicators", (double)engine.indicators);
    cJSON_AddNumberToObject(json, "waiting", (double)engine.waiting);
    if (engine.backfilling) {
        cJSON *backfill = cJSON_AddObjectToObject(json, "backfill");
        cJSON_AddNumberToObject(backfill, "inputs", (double)engine.backfilling);
        cJSON_AddNumberToObject(backfill, "done", engine.backfilled);
    } else {
        cJSON_AddNullToObject(json, "backfill");
    }
    cJSON_AddBoolToObject(json, "idle", engine.idle);
    cJSON_AddItemToObject(json, "error", json_text_or_null(engine.error));
}

/* Of requests that were refused: after a day without one, nobody need look at it. */
static bool is_recent(int64_t at)
{
    static const int64_t day_ms = 24 * 60 * 60 * 1000;
    return clock_now() - at < day_ms;
}

static void add_feed(void *data, const struct feed_info *info)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(data, json);
    cJSON_AddStringToObject(json, "name", info->name);
    cJSON_AddStringToObject(json, "plugin", info->plugin);
    cJSON_AddItemToObject(json, "instrument", json_text_or_null(info->instrument));
    cJSON_AddStringToObject(json, "state", info->state == FEED_ACTIVE ? "active" : "failed");
    cJSON_AddNumberToObject(json, "accepted", (double)info->accepted);
    cJSON_AddItemToObject(json, "last_at", json_time(info->last_at));
    cJSON_AddItemToObject(json, "error", json_text_or_null(info->error));
    cJSON_AddItemToObject(json, "watch_problem", json_text_or_null(info->watch_problem));
    cJSON_AddItemToObject(json, "last_error", json_text_or_null(info->last_error));
    cJSON_AddItemToObject(json, "refusal",
                          json_text_or_null(is_recent(info->refused_at) ? info->refusal : NULL));
    cJSON_AddBoolToObject(json, "importing", info->importing);
}

static void add_memory(cJSON *status)
{
    unsigned long long mapped = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm && fscanf(statm, "%llu %llu", &mapped, &resident) != 2)
        resident = 0;
    if (statm)
        fclose(statm);
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(status, "memory"), "resident_bytes",
                            (double)resident * (double)sysconf(_SC_PAGESIZE));
}

static void add_uptime(const struct api *api, cJSON *status)
{
    cJSON_AddNumberToObject(status, "uptime_seconds", (double)((clock_now() - api->started_at) / 1000));
}

/* The store's figures come from a job; the rest can only be read on the loop, and is in the answer already,
 * with what is wrong with the store at its end. */
static int add_store(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct store_figures figures;
    char *ahead;
    if (store_figures(view, &figures, error) != 0 ||
        engine_dated_ahead(request->api->parts.engine, view, &ahead, error) != 0)
        return -1;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "rows", (double)figures.responses);
    cJSON_AddNumberToObject(json, "events", (double)figures.events);
    cJSON_AddItemToObject(json, "events_since", json_time(figures.since));
    cJSON_AddNumberToObject(json, "position", (double)figures.position);
    cJSON_AddNumberToObject(json, "bytes", (double)figures.bytes);
    cJSON_AddItemToObject(json, "dated_ahead", json_text_or_null(ahead));
    char *text = cJSON_PrintUnformatted(json);
    request->answer.size -= 2; /* the closing braces of what is there already */
    buf_append_format(&request->answer, ",%s}", text + 1);
    cJSON_free(text);
    cJSON_Delete(json);
    free(ahead);
    return 0;
}

void handle_status(struct request *request)
{
    const struct api *api = request->api;
    cJSON *status = cJSON_CreateObject();
    cJSON_AddStringToObject(status, "version", WIJZER_VERSION);
    add_uptime(api, status);
    cJSON_AddTrueToObject(status, "ready"); /* before that nobody can connect */
    api->parts.feeds->each(api->parts.feeds->host, add_feed, cJSON_AddArrayToObject(status, "feeds"));
    add_engine(api, status);
    add_scripts(api, status);
    add_memory(status);
    cJSON_AddItemToObject(cJSON_AddObjectToObject(status, "uploads"), "error",
                          json_text_or_null(api->uploads.text));
    cJSON_AddItemToObject(cJSON_AddObjectToObject(status, "store"), "error",
                          json_text_or_null(store_trouble(api->parts.store)));
    char *text = cJSON_PrintUnformatted(status);
    cJSON_Delete(status);
    buf_append_text(&request->answer, text);
    free(text);
    request_read(request, add_store);
}
