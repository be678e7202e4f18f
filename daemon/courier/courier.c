/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "courier/courier.h"
#include "courier/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Keys of a [pull NAME] that are not its plugin's. */
static const char *const own_keys[] = {"plugin", "feed", NULL};

/* ---- the end ---------------------------------------------------------------------------------------------
 */

static void free_instance(struct wz_instance *instance)
{
    options_free(&instance->options);
    plugin_unload(&instance->plugin);
    if (instance->secret)
        memset(instance->secret, 0, strlen(instance->secret));
    free(instance->secret);
    free(instance->kept);
    free(instance->status);
    free(instance);
}

static void free_courier(struct courier *courier)
{
    for (size_t i = 0; i < courier->count; i++)
        free_instance(courier->instances[i]);
    free(courier->instances);
    free(courier);
}

static void hold(void *data)
{
    struct courier *courier = data;
    courier->open++;
}

static void release(void *data)
{
    struct courier *courier = data;
    if (--courier->open > 0)
        return;
    void (*closed)(void *data) = courier->closed;
    void *closed_data = courier->closed_data;
    free_courier(courier);
    closed(closed_data);
}

static void stop_instance(struct wz_instance *instance)
{
    const struct wz_plugin *plugin = instance->plugin.descriptor;
    timers_stop(&instance->timers);
    http_drop(instance->courier->http, instance);
    if (!instance->initialised)
        return;
    if (plugin->stop)
        plugin->stop(instance->state);
    if (plugin->deinit)
        plugin->deinit(instance->state);
    instance->initialised = false;
}

void courier_stop(struct courier *courier, void (*closed)(void *data), void *data)
{
    courier->stopping = true;
    courier->closed = closed;
    courier->closed_data = data;
    for (size_t i = courier->count; i > 0; i--)
        stop_instance(courier->instances[i - 1]);
    http_stop(courier->http, release, courier);
}

/* ---- loading ---------------------------------------------------------------------------------------------
 */

static int load_instance(struct courier *courier, const struct config_section *section, struct error *error)
{
    const struct config *config = courier->options.config;
    const struct config_key *key = config_key(section, "plugin");
    struct wz_instance *instance = mem_alloc(sizeof *instance);
    *instance = (struct wz_instance){.courier = courier, .section = section};
    instance->timers = (struct timers){courier->options.loop, &instance->state, hold, release, courier, NULL};
    courier->instances[courier->count++] = instance;
    if (plugin_load(&instance->plugin, config->plugins, key->value, error) != 0)
        return error_at(error, "%s:%d: [pull %s]", key->file, key->line, section->name);
    if (!plugin_courier_init(instance->plugin.descriptor))
        return error_set(error, ERROR_INPUT,
                         "%s:%d: [pull %s]: plugin '%s' fetches nothing; it is for a [feed NAME]", key->file,
                         key->line, section->name, key->value);
    return options_read(&instance->options, instance->plugin.descriptor, section, config->directory, own_keys,
                        error);
}

static struct courier *load(const struct courier_options *options, struct error *error)
{
    const struct config *config = options->config;
    struct courier *courier = mem_alloc(sizeof *courier);
    *courier = (struct courier){.options = *options};
    courier->instances = mem_alloc(config->section_count * sizeof(struct wz_instance *));
    for (size_t i = 0; i < config->section_count; i++) {
        if (config->sections[i].kind == CONFIG_PULL &&
            load_instance(courier, &config->sections[i], error) != 0) {
            free_courier(courier);
            return NULL;
        }
    }
    return courier;
}

int courier_check(const struct config *config, struct error *error)
{
    const struct courier_options options = {.config = config};
    struct courier *courier = load(&options, error);
    if (!courier)
        return -1;
    free_courier(courier);
    return 0;
}

/* ---- starting --------------------------------------------------------------------------------------------
 */

static int init_instance(struct wz_instance *instance, struct error *error)
{
    const struct config_section *section = instance->section;
    const char *reason = NULL;
    if (plugin_courier_init(instance->plugin.descriptor)(&courier_functions, instance, &instance->state,
                                                         &reason) != 0)
        return error_set(error, ERROR_INPUT, "%s:%d: [pull %s]: %s", section->file, section->line,
                         section->name, reason ? reason : "the plugin did not say why it cannot start");
    instance->initialised = true;
    return 0;
}

static int init_all(struct courier *courier, struct error *error)
{
    for (size_t i = 0; i < courier->count; i++)
        if (init_instance(courier->instances[i], error) != 0)
            return -1;
    return 0;
}

static void nothing_left(void *data)
{
    (void)data;
}

int courier_start(struct courier **out, const struct courier_options *options, struct error *error)
{
    struct courier *courier = load(options, error);
    if (!courier)
        return -1;
    courier->http = http_start(options->loop);
    hold(courier);
    if (init_all(courier, error) != 0) {
        courier_stop(courier, nothing_left, NULL);
        return -1;
    }
    courier_look_now(courier);
    *out = courier;
    return 0;
}

size_t courier_count(const struct courier *courier)
{
    return courier->count;
}

void courier_look_now(struct courier *courier)
{
    for (size_t i = 0; i < courier->count && !courier->stopping; i++) {
        struct wz_instance *instance = courier->instances[i];
        const struct wz_plugin *plugin = instance->plugin.descriptor;
        const char *reason = NULL;
        if (plugin->start && plugin->start(instance->state, &reason) != 0)
            log_error("pull %s: %s", instance->section->name, reason ? reason : "it cannot look now");
    }
}
