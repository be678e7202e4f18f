/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char owner[] = "host";

/* Totals on their way to or from the store. */
struct totals {
    struct wz_instance *instance;
    char *key, *json;
    struct buf found;
    bool is_found;
};

static struct totals *new_totals(struct wz_instance *instance)
{
    struct totals *totals = mem_alloc(sizeof *totals);
    totals->instance = instance;
    totals->key = mem_format("feed:%s", instance->section->name);
    host_hold(instance->host);
    return totals;
}

static void free_totals(struct totals *totals)
{
    struct host *host = totals->instance->host;
    free(totals->key);
    free(totals->json);
    buf_free(&totals->found);
    free(totals);
    host_release(host);
}

/* ---- loading ------------------------------------------------------------------------------------------- */

static int read_totals(struct store_view *view, void *data, struct error *error)
{
    struct totals *totals = data;
    return store_document_get(view, owner, totals->key, &totals->found, &totals->is_found, error);
}

static uint64_t count_of(const cJSON *json, const char *key)
{
    double count = 0;
    json_number(json, key, &count);
    return count > 0 ? (uint64_t)count : 0;
}

static void add_refusals(struct refusals *refusals, const cJSON *json)
{
    refusals->count += count_of(json, "refused");
    if (!json || refusals->last_at)
        return;
    refusals->last_at = (int64_t)count_of(json, "refused_at");
    refusals->last = mem_copy_text(json_text(json, "refusal"));
}

/* Added, for documents may have come in meanwhile. */
static void on_read(void *data, const struct error *error)
{
    struct totals *totals = data;
    struct wz_instance *instance = totals->instance;
    cJSON *json = error || !totals->is_found
                      ? NULL
                      : cJSON_ParseWithLength((const char *)totals->found.data, totals->found.size);
    instance->accepted += count_of(json, "accepted");
    instance->duplicate += count_of(json, "duplicate");
    instance->replaced += count_of(json, "replaced");
    instance->rejected += count_of(json, "rejected");
    if (json && !instance->last_at) {
        instance->last_at = (int64_t)count_of(json, "last_at");
        instance->last_document = mem_copy_text(json_text(json, "last_document"));
        instance->last_error = mem_copy_text(json_text(json, "last_error"));
    }
    add_refusals(&instance->refusals, json);
    instance->totals_are_loaded = true;
    cJSON_Delete(json);
    free_totals(totals);
}

void totals_load(struct wz_instance *instance)
{
    store_read(instance->host->parts.store, read_totals, on_read, new_totals(instance));
}

/* ---- saving -------------------------------------------------------------------------------------------- */

static int write_totals(struct store_tx *tx, void *data, struct error *error)
{
    const struct totals *totals = data;
    return store_document_put(tx, owner, totals->key, totals->json, strlen(totals->json), error);
}

static void on_written(void *data, const struct error *error)
{
    struct totals *totals = data;
    if (error && error->kind != ERROR_CLOSED)
        log_warning("feed %s: its totals could not be kept: %s", totals->instance->section->name,
                    error->text);
    free_totals(totals);
}

void totals_save(struct wz_instance *instance)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "accepted", (double)instance->accepted);
    cJSON_AddNumberToObject(json, "duplicate", (double)instance->duplicate);
    cJSON_AddNumberToObject(json, "replaced", (double)instance->replaced);
    cJSON_AddNumberToObject(json, "rejected", (double)instance->rejected);
    cJSON_AddNumberToObject(json, "last_at", (double)instance->last_at);
    if (instance->last_document)
        cJSON_AddStringToObject(json, "last_document", instance->last_document);
    if (instance->last_error)
        cJSON_AddStringToObject(json, "last_error", instance->last_error);
    cJSON_AddNumberToObject(json, "refused", (double)instance->refusals.count);
    cJSON_AddNumberToObject(json, "refused_at", (double)instance->refusals.last_at);
    if (instance->refusals.last)
        cJSON_AddStringToObject(json, "refusal", instance->refusals.last);
    struct totals *totals = new_totals(instance);
    totals->json = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    store_write(instance->host->parts.store, write_totals, on_written, totals);
}

/* ---- soon ---------------------------------------------------------------------------------------------- */

static const uint64_t soon_ms = 2000;

static void free_timer(uv_handle_t *handle)
{
    struct wz_instance *instance = handle->data;
    free(handle);
    host_release(instance->host);
}

/* What there was before must not be lost to what came in while it was being read. */
static void save_now(struct wz_instance *instance)
{
    uv_close((uv_handle_t *)instance->save_totals, free_timer);
    instance->save_totals = NULL;
    if (instance->totals_are_loaded)
        totals_save(instance);
}

static void on_time(uv_timer_t *timer)
{
    save_now(timer->data);
}

void totals_save_soon(struct wz_instance *instance)
{
    if (instance->save_totals)
        return;
    if (instance->stage == STOPPED) {
        totals_save(instance);
        return;
    }
    instance->save_totals = mem_alloc(sizeof *instance->save_totals);
    uv_timer_init(instance->host->parts.loop, instance->save_totals);
    instance->save_totals->data = instance;
    host_hold(instance->host);
    uv_timer_start(instance->save_totals, on_time, soon_ms, 0);
}

void totals_stop(struct wz_instance *instance)
{
    if (instance->save_totals)
        save_now(instance);
}
