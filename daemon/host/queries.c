/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small documents, events and alerts, for plugins. */
#include "engine/alert/alerts.h"
#include "host/internal.h"
#include "store/events.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_EVENTS = 10000, MOST_ALERTS = 1000 };

/* A question on its way to the store and back. */
struct query {
    struct wz_instance *instance;
    char *key;
    void *body;
    size_t size;
    struct buf found;
    bool is_found;
    wz_document_fn document_done;

    uint64_t position;
    size_t limit;
    struct wz_stored_event *events; /* their texts are in `found`, at `offsets`, until all are there */
    struct wz_alert *alerts;        /* likewise */
    size_t *offsets;
    size_t count;
    wz_events_fn events_done;
    wz_alerts_fn alerts_done;

    void *context;
};

static struct query *new_query(struct wz_instance *instance, void *context)
{
    struct query *query = mem_alloc(sizeof *query);
    query->instance = instance;
    query->context = context;
    host_hold(instance->host);
    return query;
}

static void free_query(struct query *query)
{
    struct host *host = query->instance->host;
    free(query->key);
    free(query->body);
    free(query->events);
    free(query->alerts);
    free(query->offsets);
    buf_free(&query->found);
    free(query);
    host_release(host);
}

/* ---- documents ----------------------------------------------------------------------------------------- */

static int put_document(struct store_tx *tx, void *data, struct error *error)
{
    const struct query *query = data;
    return store_document_put(tx, query->instance->section->name, query->key, query->body, query->size,
                              error);
}

static int get_document(struct store_view *view, void *data, struct error *error)
{
    struct query *query = data;
    return store_document_get(view, query->instance->section->name, query->key, &query->found,
                              &query->is_found, error);
}

static void document_done(void *data, const struct error *error)
{
    struct query *query = data;
    if (instance_is_listening(query->instance) && query->document_done)
        query->document_done(query->context, query->is_found ? query->found.data : NULL, query->found.size,
                             error ? error->text : NULL);
    free_query(query);
}

void queries_document_put(struct wz_instance *instance, const char *key, const void *body, size_t size,
                          wz_document_fn done, void *context)
{
    struct query *query = new_query(instance, context);
    query->key = mem_copy_text(key);
    query->body = body ? mem_copy(body, size) : NULL;
    query->size = body ? size : 0;
    query->document_done = done;
    store_write(instance->host->parts.store, put_document, document_done, query);
}

void queries_document_get(struct wz_instance *instance, const char *key, wz_document_fn done, void *context)
{
    struct query *query = new_query(instance, context);
    query->key = mem_copy_text(key);
    query->document_done = done;
    store_read(instance->host->parts.store, get_document, document_done, query);
}

/* ---- events -------------------------------------------------------------------------------------------- */

static void keep_text(struct query *query, const char *text)
{
    query->offsets = mem_resize(query->offsets, query->count + 1, sizeof *query->offsets);
    query->offsets[query->count++] = query->found.size;
    buf_put(&query->found, text, strlen(text) + 1);
}

static int take_event(void *data, const struct store_event_found *event)
{
    struct query *query = data;
    query->events = mem_resize(query->events, query->count + 1, sizeof *query->events);
    query->events[query->count] = (struct wz_stored_event){.position = event->position, .time = event->time};
    keep_text(query, event->raw);
    return 0;
}

static int read_events(struct store_view *view, void *data, struct error *error)
{
    struct query *query = data;
    struct store_event_page page;
    const struct store_event_question question = {.since = INT64_MIN,
                                                  .until = INT64_MIN,
                                                  .from = query->position + 1,
                                                  .ascending = true,
                                                  .limit = query->limit,
                                                  .most_bytes = SIZE_MAX};
    return store_events_find(view, &question, take_event, query, &page, error);
}

static void events_done(void *data, const struct error *error)
{
    struct query *query = data;
    for (size_t i = 0; i < query->count; i++)
        query->events[i].raw = (const char *)query->found.data + query->offsets[i];
    if (instance_is_listening(query->instance))
        query->events_done(query->context, query->events, error ? 0 : query->count,
                           error ? error->text : NULL);
    free_query(query);
}

void queries_events_after(struct wz_instance *instance, uint64_t position, size_t limit, wz_events_fn done,
                          void *context)
{
    struct query *query = new_query(instance, context);
    query->position = position;
    query->limit = limit < MOST_EVENTS ? limit : MOST_EVENTS;
    query->events_done = done;
    store_read(instance->host->parts.store, read_events, events_done, query);
}

/* ---- alerts -------------------------------------------------------------------------------------------- */

static int take_alert(void *data, uint64_t position, const char *body)
{
    struct query *query = data;
    query->alerts = mem_resize(query->alerts, query->count + 1, sizeof *query->alerts);
    query->alerts[query->count] = (struct wz_alert){.position = position};
    keep_text(query, body);
    return 0;
}

static int read_alerts(struct store_view *view, void *data, struct error *error)
{
    struct query *query = data;
    return alerts_log_after(view, query->position, query->limit, take_alert, query, error);
}

static void alerts_done(void *data, const struct error *error)
{
    struct query *query = data;
    for (size_t i = 0; i < query->count; i++)
        query->alerts[i].json = (const char *)query->found.data + query->offsets[i];
    if (instance_is_listening(query->instance))
        query->alerts_done(query->context, query->alerts, error ? 0 : query->count,
                           error ? error->text : NULL);
    free_query(query);
}

void queries_alerts_after(struct wz_instance *instance, uint64_t position, size_t limit, wz_alerts_fn done,
                          void *context)
{
    struct query *query = new_query(instance, context);
    query->position = position;
    query->limit = limit < MOST_ALERTS ? limit : MOST_ALERTS;
    query->alerts_done = done;
    store_read(instance->host->parts.store, read_alerts, alerts_done, query);
}
