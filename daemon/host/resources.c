/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resources of plugins. They belong to the plugin, so that its instances share them. */
#include "store/resources.h"
#include "host/internal.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 16384, MOST_NAMES = 100000, MOST_NAME_BYTES = 64 << 20 };

/* One may be as large as a request: so many are read at a time, and others wait. */
enum { MOST_READ = 2 };

/* A question or a change on its way to the store and back. */
struct resource_call {
    struct resource_call *next; /* in line, to be read */
    struct wz_instance *instance;
    char *collection, *scope, *part, *name;
    bool has_person;
    uint8_t person[PSEUDONYM_SIZE];
    struct error refusal; /* kind ERROR_NONE: none */

    /* Of a change. */
    char *content_type;
    void *body; /* NULL: it is removed */
    size_t size;
    uint64_t expected;
    bool changed;

    /* What is found: a body, or names with a NUL each. */
    struct buf found;
    bool is_found;
    int64_t updated, since;
    uint64_t version;
    size_t count;

    union {
        wz_resource_fn got;
        wz_resource_changed_fn changed;
        wz_resource_names_fn listed;
    } done;
    void *context;
};

static int check_text(const char *text, const char *what, struct error *error)
{
    const size_t length = text ? strnlen(text, LONGEST_TEXT + 1) : 0;
    if (length > LONGEST_TEXT)
        return error_set(error, ERROR_INPUT, "the %s is longer than %d bytes", what, LONGEST_TEXT);
    if (text && !utf8_valid(text, length))
        return error_set(error, ERROR_INPUT, "the %s is not UTF-8", what);
    return 0;
}

static int check_key(const struct wz_resource_key *key, struct error *error)
{
    if (!key->collection)
        return error_set(error, ERROR_INPUT, "the collection is missing");
    if (check_text(key->collection, "collection", error) != 0 ||
        check_text(key->person, "person", error) != 0 || check_text(key->scope, "scope", error) != 0 ||
        check_text(key->part, "part", error) != 0)
        return -1;
    return check_text(key->name, "name", error);
}

static struct resource_call *new_call(struct wz_instance *instance, const struct wz_resource_key *key,
                                      void *context)
{
    struct resource_call *call = mem_alloc(sizeof *call);
    call->instance = instance;
    call->context = context;
    host_hold(instance->host);
    if (check_key(key, &call->refusal) != 0)
        return call;
    call->collection = mem_copy_text(key->collection);
    call->scope = mem_copy_text(key->scope);
    call->part = mem_copy_text(key->part);
    call->name = mem_copy_text(key->name);
    call->has_person = key->person != NULL;
    if (key->person)
        ingest_pseudonym(instance->host->parts.ingest, key->person, call->person);
    return call;
}

static void free_call(struct resource_call *call)
{
    struct host *host = call->instance->host;
    free(call->collection);
    free(call->scope);
    free(call->part);
    free(call->name);
    free(call->content_type);
    free(call->body);
    buf_free(&call->found);
    free(call);
    host_release(host);
}

static int refuse(const struct resource_call *call, struct error *error)
{
    *error = call->refusal;
    return -1;
}

static struct store_resource_key key_of(const struct resource_call *call, uint32_t person)
{
    return (struct store_resource_key){.owner = call->instance->plugin->descriptor->name,
                                       .collection = call->collection,
                                       .person = person,
                                       .scope = call->scope,
                                       .part = call->part,
                                       .name = call->name};
}

/* *person is 0 where the key has none. false in *known: the key has one who never came in. */
static int find_person(struct store_view *view, const struct resource_call *call, uint32_t *person,
                       bool *known, struct error *error)
{
    *person = 0;
    if (call->has_person &&
        store_subject_find(view, STORE_ACTOR, call->person, sizeof call->person, person, error) != 0)
        return -1;
    *known = !call->has_person || *person;
    return 0;
}

/* ---- one ----------------------------------------------------------------------------------------------- */

static void take_resource(void *data, const struct store_resource *resource)
{
    struct resource_call *call = data;
    call->is_found = true;
    call->content_type = mem_copy_text(resource->content_type);
    buf_put(&call->found, resource->size ? resource->body : "", resource->size);
    buf_put_u8(&call->found, 0);
    call->size = resource->size;
    call->updated = resource->updated;
    call->version = resource->version;
}

static int get_resource(struct store_view *view, void *data, struct error *error)
{
    struct resource_call *call = data;
    uint32_t person;
    bool known;
    if (call->refusal.kind != ERROR_NONE)
        return refuse(call, error);
    if (find_person(view, call, &person, &known, error) != 0)
        return -1;
    if (!known)
        return 0;
    const struct store_resource_key key = key_of(call, person);
    return store_resource_get(view, &key, take_resource, call, error);
}

static void read_next(struct host *host);

static void on_got(void *data, const struct error *error)
{
    struct resource_call *call = data;
    struct host *host = call->instance->host;
    const struct wz_resource resource = {.content_type = call->content_type,
                                         .body = call->found.data,
                                         .size = call->size,
                                         .updated = call->updated,
                                         .version = call->version};
    if (instance_is_listening(call->instance))
        call->done.got(call->context, call->is_found && !error ? &resource : NULL,
                       error ? error->text : NULL);
    host->reads.running--;
    read_next(host);
    free_call(call); /* the last that held the host, perhaps */
}

static void read_next(struct host *host)
{
    struct resource_reads *reads = &host->reads;
    while (reads->first && reads->running < MOST_READ) {
        struct resource_call *call = reads->first;
        reads->first = call->next;
        reads->running++;
        store_read(host->parts.store, get_resource, on_got, call);
    }
}

void resources_get(struct wz_instance *instance, const struct wz_resource_key *key, wz_resource_fn done,
                   void *context)
{
    struct resource_call *call = new_call(instance, key, context), **end = &instance->host->reads.first;
    call->done.got = done;
    while (*end)
        end = &(*end)->next;
    *end = call;
    read_next(instance->host);
}

/* ---- changes ------------------------------------------------------------------------------------------- */

static int put_resource(struct store_tx *tx, struct resource_call *call, const uint64_t *expected,
                        struct error *error)
{
    uint32_t person = 0;
    if (call->has_person &&
        store_subject_intern(tx, STORE_ACTOR, call->person, sizeof call->person, &person, error) != 0)
        return -1;
    const struct store_resource_key key = key_of(call, person);
    const struct store_resource resource = {
        .content_type = call->content_type, .body = call->body, .size = call->size, .updated = clock_now()};
    return store_resource_put(tx, &key, &resource, expected, &call->changed, error);
}

static int remove_resource(struct store_tx *tx, struct resource_call *call, const uint64_t *expected,
                           struct error *error)
{
    uint32_t person;
    bool known;
    if (find_person(store_tx_view(tx), call, &person, &known, error) != 0)
        return -1;
    call->changed = !expected;
    if (!known)
        return 0;
    const struct store_resource_key key = key_of(call, person);
    return store_resource_remove(tx, &key, expected, &call->changed, error);
}

static int change_resource(struct store_tx *tx, void *data, struct error *error)
{
    struct resource_call *call = data;
    const uint64_t *expected = call->expected == WZ_ANY_VERSION ? NULL : &call->expected;
    if (call->refusal.kind != ERROR_NONE)
        return refuse(call, error);
    return call->body ? put_resource(tx, call, expected, error) : remove_resource(tx, call, expected, error);
}

static enum wz_failure failure_of(const struct error *error)
{
    switch (error ? error->kind : ERROR_NONE) {
    case ERROR_NONE:
        return WZ_NO_FAILURE;
    case ERROR_INPUT:
        return WZ_REFUSED;
    case ERROR_FULL:
        return WZ_FULL;
    case ERROR_CLOSED:
        return WZ_STOPPING;
    default:
        return WZ_FAILED;
    }
}

static void on_changed(void *data, const struct error *error)
{
    struct resource_call *call = data;
    if (instance_is_listening(call->instance))
        call->done.changed(call->context, !error && call->changed, failure_of(error),
                           error ? error->text : NULL);
    free_call(call);
}

static void copy_resource(struct resource_call *call, const struct wz_resource *resource)
{
    if (!resource->content_type) {
        error_set(&call->refusal, ERROR_INPUT, "the content type is missing");
        return;
    }
    if (check_text(resource->content_type, "content type", &call->refusal) != 0)
        return;
    call->content_type = mem_copy_text(resource->content_type);
    call->body = resource->size ? mem_copy(resource->body, resource->size) : mem_alloc(1);
    call->size = resource->size;
}

void resources_put(struct wz_instance *instance, const struct wz_resource_key *key,
                   const struct wz_resource *resource, uint64_t expected, wz_resource_changed_fn done,
                   void *context)
{
    struct resource_call *call = new_call(instance, key, context);
    call->done.changed = done;
    call->expected = expected;
    if (resource && call->refusal.kind == ERROR_NONE)
        copy_resource(call, resource);
    store_write(instance->host->parts.store, change_resource, on_changed, call);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static int take_name(void *data, const char *name, int64_t updated)
{
    struct resource_call *call = data;
    buf_put(&call->found, name, strlen(name) + 1);
    call->count++;
    call->updated = updated > call->updated ? updated : call->updated;
    return call->count >= MOST_NAMES || call->found.size >= MOST_NAME_BYTES;
}

static int list_names(struct store_view *view, void *data, struct error *error)
{
    struct resource_call *call = data;
    uint32_t person;
    bool known;
    if (call->refusal.kind != ERROR_NONE)
        return refuse(call, error);
    if (find_person(view, call, &person, &known, error) != 0)
        return -1;
    if (!known)
        return 0;
    const struct store_resource_key key = key_of(call, person);
    return store_resource_names(view, &key, call->since, take_name, call, error);
}

static void on_listed(void *data, const struct error *error)
{
    struct resource_call *call = data;
    const size_t count = error ? 0 : call->count;
    const char **names = mem_alloc((count + 1) * sizeof *names);
    const char *next = (const char *)call->found.data;
    for (size_t i = 0; i < count; i++, next += strlen(next) + 1)
        names[i] = next;
    if (instance_is_listening(call->instance))
        call->done.listed(call->context, names, count, error ? WZ_NO_TIME : call->updated,
                          error ? error->text : NULL);
    free(names);
    free_call(call);
}

void resources_names(struct wz_instance *instance, const struct wz_resource_key *key, int64_t since,
                     wz_resource_names_fn done, void *context)
{
    struct resource_call *call = new_call(instance, key, context);
    call->done.listed = done;
    call->updated = WZ_NO_TIME;
    call->since = since;
    store_read(instance->host->parts.store, list_names, on_listed, call);
}
