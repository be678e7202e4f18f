/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/host.h"
#include "host/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- the end ------------------------------------------------------------------------------------------- */

static void free_instance(struct wz_instance *instance)
{
    options_free(&instance->options);
    credentials_free(instance->credentials);
    routes_forget_headers(instance);
    free(instance->watch_path);
    free(instance->failure);
    free(instance->last_document);
    free(instance->last_error);
    free(instance->refusals.last);
    free(instance);
}

static void free_host(struct host *host)
{
    for (size_t i = 0; i < host->instance_count; i++)
        free_instance(host->instances[i]);
    for (size_t i = 0; i < host->plugin_count; i++)
        plugin_unload(&host->plugins[i]);
    free(host->instances);
    free(host->plugins);
    free(host->decoder_path);
    free(host);
}

static void hold(void *host)
{
    host_hold(host);
}

static void release(void *host)
{
    host_release(host);
}

void host_hold(struct host *host)
{
    host->open++;
}

void host_release(struct host *host)
{
    if (--host->open > 0)
        return;
    void (*closed)(void *data) = host->closed;
    void *data = host->closed_data;
    free_host(host);
    closed(data);
}

static void attention_closed(uv_handle_t *handle)
{
    host_release(handle->data);
}

void host_attend(struct host *host)
{
    if (!host->stopping)
        uv_async_send(&host->attention);
}

/* ---- instances ----------------------------------------------------------------------------------------- */

void instance_end(struct wz_instance *instance)
{
    const struct wz_plugin *descriptor = instance->plugin->descriptor;
    if (instance->awaits_deinit && descriptor->deinit)
        descriptor->deinit(instance->state);
    instance->awaits_deinit = false;
    routes_abandon(instance); /* the plugin cannot answer any more */
    totals_stop(instance);
}

void instance_stop(struct wz_instance *instance)
{
    const struct wz_plugin *descriptor = instance->plugin->descriptor;
    watch_stop(instance);
    timers_stop(&instance->timers); /* a start that failed half-way may have left some */
    routes_remove(instance);
    if (instance->stage == STARTED) {
        if (descriptor->stop)
            descriptor->stop(instance->state);
        deliveries_stop(instance,
                        instance->failure ? instance->failure : "wijzerd is stopping; send it again");
    }
    instance->awaits_deinit |= instance->stage == STARTED || instance->stage == INITIALISED;
    instance->stage = STOPPED;
    if (!aside_stop(instance))
        instance_end(instance);
}

/* The plugin is on the stack now; it is taken down when it has returned. */
void instance_fail(struct wz_instance *instance, const char *reason)
{
    if (instance->failure)
        return;
    instance->failure = mem_copy_text(reason);
    instance->failing = true;
    log_error("feed %s: failed and was stopped: %s", instance->section->name, reason);
    host_attend(instance->host);
}

static void on_attention(uv_async_t *async)
{
    struct host *host = async->data;
    for (size_t i = 0; i < host->instance_count && !host->stopping; i++) {
        struct wz_instance *instance = host->instances[i];
        deliveries_end_cancelled(instance);
        if (!instance->failing)
            continue;
        instance->failing = false;
        instance_stop(instance);
    }
}

static int init_instance(struct wz_instance *instance, struct error *error)
{
    const char *reason = NULL;
    if (instance->plugin->descriptor->init(&host_functions, instance, &instance->state, &reason) != 0)
        return error_set(error, ERROR_FAILED, "%s:%d: [feed %s]: %s", instance->section->file,
                         instance->section->line, instance->section->name,
                         reason ? reason : "the plugin did not say why it cannot start");
    instance->stage = INITIALISED;
    return 0;
}

static int start_instance(struct wz_instance *instance, struct error *error)
{
    const struct wz_plugin *descriptor = instance->plugin->descriptor;
    const char *reason = NULL;
    if (descriptor->start && descriptor->start(instance->state, &reason) != 0)
        return error_set(error, ERROR_FAILED, "%s:%d: [feed %s]: %s", instance->section->file,
                         instance->section->line, instance->section->name,
                         reason ? reason : "the plugin did not say why it cannot start");
    instance->stage = STARTED;
    if (routes_check(instance, error) != 0)
        return -1;
    totals_load(instance);
    if (!instance->watch_path || watch_start(instance, error) == 0)
        return 0;
    return error_at(error, "%s:%d: [feed %s]: watch", instance->section->file, instance->section->line,
                    instance->section->name);
}

/* Keys of a feed that are not its plugin's. */
static const char *const own_keys[] = {"plugin", "watch",       "keep", "min_group_size",
                                       "key",    "secret_file", NULL};

/* ---- loading ------------------------------------------------------------------------------------------- */

/* The plugin of a name, loaded once for all its instances. */
static const struct plugin *get_plugin(struct host *host, const char *name, struct error *error)
{
    for (size_t i = 0; i < host->plugin_count; i++)
        if (strcmp(host->plugins[i].descriptor->name, name) == 0)
            return &host->plugins[i];
    struct plugin *plugin = &host->plugins[host->plugin_count];
    if (plugin_load(plugin, host->parts.config->plugins, name, error) != 0)
        return NULL;
    host->plugin_count++;
    if (strcmp(plugin->descriptor->name, name) == 0)
        return plugin;
    error_set(error, ERROR_INPUT, "%s: calls itself '%s'", plugin->path, plugin->descriptor->name);
    return NULL;
}

static int read_watch(struct wz_instance *instance, struct error *error)
{
    const struct config_key *watch = config_key(instance->section, "watch");
    if (!watch)
        return 0;
    if (!instance->plugin->descriptor->receive)
        return error_set(error, ERROR_INPUT,
                         "%s:%d: plugin '%s' takes no files, so there is nothing to watch", watch->file,
                         watch->line, instance->plugin->descriptor->name);
    instance->watch_path = watch->value[0] == '/'
                               ? mem_copy_text(watch->value)
                               : mem_format("%s/%s", instance->host->parts.config->directory, watch->value);
    return 0;
}

static int load_instance(struct host *host, const struct config_section *section, struct error *error)
{
    const struct config_key *key = config_key(section, "plugin");
    const struct plugin *plugin = get_plugin(host, key->value, error);
    if (!plugin)
        return error_at(error, "%s:%d: [feed %s]", key->file, key->line, section->name);
    if (!plugin->descriptor->init)
        return error_set(error, ERROR_INPUT,
                         "%s:%d: [feed %s]: plugin '%s' is for wijzer-courier; put it into a [pull NAME]",
                         key->file, key->line, section->name, key->value);
    struct wz_instance *instance = mem_alloc(sizeof *instance);
    *instance = (struct wz_instance){.host = host, .section = section, .plugin = plugin};
    instance->timers = (struct timers){host->parts.loop, &instance->state, hold, release, host, NULL};
    host->instances[host->instance_count++] = instance;
    if (options_read(&instance->options, plugin->descriptor, section, host->parts.config->directory, own_keys,
                     error) != 0)
        return -1;
    if (read_watch(instance, error) != 0 || retention_read(instance, error) != 0)
        return -1;
    if (minimum_read(instance, error) != 0)
        return -1;
    return logins_read(instance, error);
}

/* However they are written; one that is not there yet is known by its name alone. */
static bool is_same_folder(const char *one, const char *other)
{
    char *real_one = realpath(one, NULL), *real_other = realpath(other, NULL);
    const bool same = strcmp(real_one ? real_one : one, real_other ? real_other : other) == 0;
    free(real_one);
    free(real_other);
    return same;
}

/* Each would take the other's files away. */
static int check_watches(const struct host *host, struct error *error)
{
    for (size_t i = 0; i < host->instance_count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct wz_instance *one = host->instances[k], *other = host->instances[i];
            if (one->watch_path && other->watch_path && is_same_folder(one->watch_path, other->watch_path))
                return error_set(error, ERROR_INPUT,
                                 "%s:%d: [feed %s]: [feed %s] watches %s too; a folder is for one feed",
                                 other->section->file, other->section->line, other->section->name,
                                 one->section->name, other->watch_path);
        }
    return 0;
}

static int load_all(struct host *host, struct error *error)
{
    const struct config *config = host->parts.config;
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i].kind == CONFIG_FEED && load_instance(host, &config->sections[i], error) != 0)
            return -1;
    return check_watches(host, error) == 0 ? retention_check(host, error) : -1;
}

static struct feeds make_feeds(struct host *host);

int host_load(struct host **out, const struct host_parts *parts, struct error *error)
{
    struct host *host = mem_alloc(sizeof *host);
    host->parts = *parts;
    host->decoder_path = mem_copy_text(parts->decoder_path);
    host->feeds = make_feeds(host);
    /* At most one of each a section; pointers into them stay good. */
    host->plugins = mem_alloc(parts->config->section_count * sizeof *host->plugins);
    host->instances = mem_alloc(parts->config->section_count * sizeof(struct wz_instance *));
    if (load_all(host, error) != 0) {
        free_host(host);
        return -1;
    }
    if (parts->engine)
        minimum_hand_over(host);
    uv_async_init(parts->loop, &host->attention, on_attention);
    host->attention.data = host;
    host_hold(host);
    *out = host;
    return 0;
}

int host_init(struct host *host, struct error *error)
{
    for (size_t i = 0; i < host->instance_count; i++)
        if (init_instance(host->instances[i], error) != 0)
            return -1;
    return 0;
}

int host_start(struct host *host, struct error *error)
{
    for (size_t i = 0; i < host->instance_count; i++)
        if (start_instance(host->instances[i], error) != 0)
            return -1;
    forgetter_start(host);
    return 0;
}

void host_stop(struct host *host, void (*closed)(void *data), void *data)
{
    host->stopping = true;
    host->closed = closed;
    host->closed_data = data;
    forgetter_stop(host);
    for (size_t i = host->instance_count; i > 0; i--)
        instance_stop(host->instances[i - 1]);
    uv_close((uv_handle_t *)&host->attention, attention_closed);
}

/* ---- for the api --------------------------------------------------------------------------------------- */

static void describe_feed(const struct wz_instance *instance, struct feed_info *info)
{
    const struct wz_delivery *delivery = instance->queue;
    *info = (struct feed_info){.name = instance->section->name,
                               .plugin = instance->plugin->descriptor->name,
                               .instrument = options_text(&instance->options, "instrument"),
                               .state = instance->failure ? FEED_FAILED : FEED_ACTIVE,
                               .error = instance->failure,
                               .watch = instance->watch_path,
                               .watch_problem = watch_problem(instance),
                               .accepted = instance->accepted,
                               .duplicate = instance->duplicate,
                               .replaced = instance->replaced,
                               .rejected = instance->rejected,
                               .importing = delivery != NULL,
                               .document = delivery ? delivery->name : instance->last_document,
                               .last_at = instance->last_at,
                               .last_error = instance->last_error,
                               .refused = instance->refusals.count,
                               .refused_at = instance->refusals.last_at,
                               .refusal = instance->refusals.last};
    if (delivery) {
        info->document_bytes = delivery->size;
        info->done_bytes = delivery->done_bytes;
        info->document_rows = delivery->rows;
        info->dry_run = delivery->dry_run;
        info->since = delivery->since;
        for (const struct wz_delivery *next = delivery->next; next; next = next->next)
            info->waiting++;
    }
}

static void each_feed(void *data, feed_visit_fn visit, void *visit_data)
{
    const struct host *host = data;
    for (size_t i = 0; i < host->instance_count; i++) {
        struct feed_info info;
        describe_feed(host->instances[i], &info);
        visit(visit_data, &info);
    }
}

/* NULL: it takes no documents now; the error says why. */
static struct wz_instance *find_taker(const struct host *host, const char *feed, struct error *error)
{
    struct wz_instance *instance = NULL;
    for (size_t i = 0; i < host->instance_count && !instance; i++)
        if (strcmp(host->instances[i]->section->name, feed) == 0)
            instance = host->instances[i];
    if (!instance)
        error_set(error, ERROR_NOT_FOUND, "there is no feed '%s'; see GET /v1/feeds", feed);
    else if (!instance->plugin->descriptor->receive)
        error_set(error, ERROR_INPUT, "feed '%s' takes no documents", feed);
    else if (instance->failure || instance->stage != STARTED)
        error_set(error, ERROR_FAILED, "feed '%s' has failed: %s", feed,
                  instance->failure ? instance->failure : "it is stopped");
    else
        return instance;
    return NULL;
}

static int receive(void *data, const char *feed, const struct feed_document *document, feed_done_fn done,
                   void *done_data, struct error *error)
{
    struct wz_instance *instance = find_taker(data, feed, error);
    if (!instance)
        return -1;
    deliveries_add(instance, document, NULL, done, done_data);
    return 0;
}

static int cancel(void *data, const char *feed, const char *key, const char **name, struct error *error)
{
    struct wz_instance *instance = find_taker(data, feed, error);
    if (!instance)
        return -1;
    *name = deliveries_cancel(instance, key);
    return *name ? 0
                 : error_set(error, ERROR_NOT_FOUND, "feed '%s' is reading no document%s", feed,
                             key ? " that was sent with this key" : " that can be cancelled");
}

static int replay(void *data, const struct quarantine_choice *choice, int64_t user, feed_replayed_fn done,
                  void *done_data, struct error *error)
{
    struct wz_instance *instance = find_taker(data, choice->feed, error);
    if (!instance)
        return -1;
    replay_begin(instance, choice, user, done, done_data);
    return 0;
}

static int withdraw_from(void *data, const char *feed, const struct feed_withdrawal *withdrawal,
                         ingest_withdrawn_fn done, void *done_data, struct error *error)
{
    struct wz_instance *instance = find_taker(data, feed, error);
    return instance ? withdraw(instance, withdrawal, done, done_data, error) : -1;
}

static struct feeds make_feeds(struct host *host)
{
    return (struct feeds){.host = host,
                          .each = each_feed,
                          .receive = receive,
                          .cancel = cancel,
                          .replay = replay,
                          .withdraw = withdraw_from,
                          .forget = forgetter_forget,
                          .find_route = routes_find_for,
                          .request = routes_request};
}

void host_alerts_grew(struct host *host)
{
    for (size_t i = 0; i < host->instance_count; i++) {
        const struct wz_instance *instance = host->instances[i];
        if (instance->alerts_grew && instance->stage == STARTED && !instance->failing)
            instance->alerts_grew(instance->state);
    }
}

const struct feeds *host_feeds(struct host *host)
{
    return &host->feeds;
}
