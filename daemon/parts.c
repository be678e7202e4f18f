/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parts.h"

#include "api/api.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/programs.h"
#include "config/params.h"
#include "engine/engine.h"
#include "host/host.h"
#include "ingest/ingest.h"
#include "kept_scripts.h"
#include "script/scripts.h"
#include "store/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct parts {
    struct parts_options options;
    struct parts_callbacks callbacks;
    char *params_json;

    struct store *store;
    struct ingest *ingest;
    struct kept_scripts *kept;
    struct scripts *scripts;
    struct engine *engine;
    struct host *host;
    struct api *api;

    size_t started; /* so many of `rows` run */
    bool stopping, failed;
};

static void part_stopped(void *data);

/* ---- each of them -------------------------------------------------------------------------------------- */

static int start_store(struct parts *parts, struct error *error)
{
    return store_open(&parts->store, parts->options.loop, parts->options.config->state_dir, error);
}

static void stop_store(struct parts *parts)
{
    store_close(parts->store, part_stopped, parts);
}

static void log_grew(void *data)
{
    struct parts *parts = data;
    if (parts->engine)
        engine_wake(parts->engine);
}

static int start_ingest(struct parts *parts, struct error *error)
{
    const struct ingest_options options = {.state_dir = parts->options.config->state_dir};
    if (ingest_open(&parts->ingest, parts->store, &options, error) != 0)
        return -1;
    ingest_on_growth(parts->ingest, log_grew, parts);
    return 0;
}

static void stop_ingest(struct parts *parts)
{
    ingest_close(parts->ingest);
    part_stopped(parts);
}

static int open_kept(struct parts *parts, struct error *error)
{
    return kept_scripts_open(&parts->kept, parts->options.loop, parts->store, error);
}

static void close_kept(struct parts *parts)
{
    kept_scripts_close(parts->kept, part_stopped, parts);
}

static void keep_scripts(void *data, const struct kept_script *scripts, size_t count)
{
    const struct parts *parts = data;
    kept_scripts_put(parts->kept, scripts, count);
}

static void scripts_changed(void *data)
{
    struct parts *parts = data;
    if (parts->engine)
        engine_scripts_changed(parts->engine);
}

static void scripts_ready(void *data);

static int start_scripts(struct parts *parts, struct error *error)
{
    char *worker = programs_find("wijzer-worker");
    parts->params_json = config_params_json(parts->options.config);
    struct scripts_options options = {.folders = parts->options.config->scripts,
                                      .worker_path = worker,
                                      .params_json = parts->params_json,
                                      .min_group_size = parts->options.config->min_group_size};
    options.kept = kept_scripts_found(parts->kept, &options.kept_count);
    const struct scripts_callbacks callbacks = {
        .changed = scripts_changed, .ready = scripts_ready, .keep = keep_scripts, .data = parts};
    const int result = scripts_start(&parts->scripts, parts->options.loop, &options, &callbacks, error);
    kept_scripts_release(parts->kept);
    free(worker);
    return result;
}

static void stop_scripts(struct parts *parts)
{
    scripts_stop(parts->scripts, part_stopped, parts);
}

static void alerts_grew(void *data)
{
    struct parts *parts = data;
    if (parts->host)
        host_alerts_grew(parts->host);
}

static int start_engine(struct parts *parts, struct error *error)
{
    (void)error;
    const struct engine_options options = {.store = parts->store,
                                           .scripts = parts->scripts,
                                           .clock = parts->options.clock,
                                           .min_group_size = parts->options.config->min_group_size,
                                           .min_change = parts->options.config->min_change,
                                           .alerts_grew = alerts_grew,
                                           .data = parts};
    parts->engine = engine_start(parts->options.loop, &options);
    return 0;
}

static void engine_stopped(void *data)
{
    struct parts *parts = data;
    parts->engine = NULL; /* the scripts may still call */
    part_stopped(parts);
}

static void stop_engine(struct parts *parts)
{
    engine_stop(parts->engine, engine_stopped, parts);
}

static int load_plugins(struct parts *parts, struct error *error)
{
    char *decoder = programs_find("wijzer-decoder");
    const struct host_parts given = {.loop = parts->options.loop,
                                     .config = parts->options.config,
                                     .store = parts->store,
                                     .ingest = parts->ingest,
                                     .engine = parts->engine,
                                     .scripts = parts->scripts,
                                     .decoder_path = decoder,
                                     .goes_on = parts->options.goes_on};
    const int result = host_load(&parts->host, &given, error);
    free(decoder);
    return result;
}

static void stop_plugins(struct parts *parts)
{
    struct host *host = parts->host;
    parts->host = NULL; /* the engine may still call */
    host_stop(host, part_stopped, parts);
}

static int start_feeds(struct parts *parts, struct error *error)
{
    return host_init(parts->host, error) == 0 ? host_start(parts->host, error) : -1;
}

static int start_api(struct parts *parts, struct error *error)
{
    const struct api_parts given = {.loop = parts->options.loop,
                                    .config = parts->options.config,
                                    .store = parts->store,
                                    .scripts = parts->scripts,
                                    .engine = parts->engine,
                                    .feeds = host_feeds(parts->host),
                                    .socket = parts->options.socket,
                                    .tcp_sockets = parts->options.tcp_sockets,
                                    .tcp_count = parts->options.tcp_count};
    return api_start(&parts->api, &given, error);
}

static void stop_api(struct parts *parts)
{
    api_stop(parts->api, part_stopped, parts);
}

/* `stop` ends with a call of part_stopped, now or later. */
static const struct {
    int (*start)(struct parts *parts, struct error *error);
    void (*stop)(struct parts *parts);
} rows[] = {
    {start_store, stop_store},
    {start_ingest, stop_ingest},
    {open_kept, close_kept},
    {start_scripts, stop_scripts},
    {start_engine, stop_engine},
    {load_plugins, stop_plugins}, /* also stops the feeds */
    /* These wait until the scripts are loaded: a document that is waiting needs its instrument, and whoever
     * can connect sees every indicator. */
    {start_feeds, NULL},
    {start_api, stop_api},
};

enum { ROWS = sizeof rows / sizeof *rows, ROWS_BEFORE_SCRIPTS = 6 };

/* ---- start and stop ------------------------------------------------------------------------------------ */

/* Stops the last part that runs; each calls back when it has stopped. */
static void stop_next(struct parts *parts)
{
    while (parts->started > 0 && !rows[parts->started - 1].stop)
        parts->started--;
    if (parts->started > 0) {
        rows[parts->started - 1].stop(parts);
        return;
    }
    const struct parts_callbacks callbacks = parts->callbacks;
    const bool failed = parts->failed;
    free(parts->params_json);
    free(parts);
    callbacks.stopped(callbacks.data, failed);
}

static void part_stopped(void *data)
{
    struct parts *parts = data;
    parts->started--;
    stop_next(parts);
}

void parts_stop(struct parts *parts)
{
    if (parts->stopping)
        return;
    parts->stopping = true;
    stop_next(parts);
}

static int start_until(struct parts *parts, size_t until)
{
    struct error error = {0};
    for (; parts->started < until; parts->started++)
        if (rows[parts->started].start(parts, &error) != 0) {
            log_error("%s", error.text);
            parts->failed = true;
            return -1;
        }
    return 0;
}

static void scripts_ready(void *data)
{
    struct parts *parts = data;
    if (parts->stopping)
        return;
    engine_scripts_ready(parts->engine);
    if (start_until(parts, ROWS) != 0)
        parts_stop(parts);
    else
        parts->callbacks.ready(parts->callbacks.data);
}

struct parts *parts_start(const struct parts_options *options, const struct parts_callbacks *callbacks)
{
    struct parts *parts = mem_alloc(sizeof *parts);
    *parts = (struct parts){.options = *options, .callbacks = *callbacks};
    if (start_until(parts, ROWS_BEFORE_SCRIPTS) == 0)
        return parts;
    parts_stop(parts);
    return NULL;
}

void parts_look_again(struct parts *parts)
{
    if (parts->started < ROWS_BEFORE_SCRIPTS || parts->stopping)
        return;
    scripts_rescan(parts->scripts);
    engine_clock_was_set(parts->engine);
}

static void nothing_left(void *data)
{
    (void)data;
}

int parts_check(const struct config *config, struct error *error)
{
    uv_loop_t loop;
    struct host *host;
    const struct host_parts given = {.loop = &loop, .config = config};
    if (api_check(config, error) != 0)
        return -1;
    uv_loop_init(&loop);
    int result = host_load(&host, &given, error);
    if (result == 0) {
        result = host_init(host, error);
        host_stop(host, nothing_left, NULL);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    const int left_open = uv_loop_close(&loop);
    assert(left_open == 0);
    (void)left_open;
    return result;
}
