/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin can ask of the courier: the table of include/wijzer/plugin.h. */
#include "courier/internal.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/secret.h"

#include <stdlib.h>

static const char *option(struct wz_instance *self, const char *name)
{
    return options_text(&self->options, name);
}

static double option_number(struct wz_instance *self, const char *name)
{
    return options_number(&self->options, name);
}

static int64_t option_integer(struct wz_instance *self, const char *name)
{
    return (int64_t)option_number(self, name);
}

static int option_boolean(struct wz_instance *self, const char *name)
{
    return option_number(self, name) > 0;
}

static void write_log(struct wz_instance *self, int level, const char *text)
{
    const char *name = self->section->name;
    if (level <= WZ_LOG_ERROR)
        log_error("pull %s: %s", name, text);
    else if (level <= WZ_LOG_WARNING)
        log_warning("pull %s: %s", name, text);
    else
        log_info("pull %s: %s", name, text);
}

static void tell_status(const struct courier *courier)
{
    struct buf line = {0};
    for (size_t i = 0; i < courier->count; i++)
        if (courier->instances[i]->status)
            buf_append_format(&line, "%s%s: %s", line.size ? "; " : "", courier->instances[i]->section->name,
                              courier->instances[i]->status);
    buf_put_u8(&line, 0);
    courier->options.status(courier->options.data, (const char *)line.data);
    buf_free(&line);
}

static void set_status(struct wz_instance *self, const char *text)
{
    free(self->status);
    self->status = mem_copy_text(text);
    tell_status(self->courier);
}

static struct wz_timer *timer_start(struct wz_instance *self, uint64_t first_ms, uint64_t repeat_ms,
                                    wz_timer_fn fire)
{
    return timers_start(&self->timers, first_ms, repeat_ms, fire);
}

static void timer_stop(struct wz_instance *self, struct wz_timer *timer)
{
    timers_stop_one(&self->timers, timer);
}

/* To the plugin, as a text that lives with the instance. */
static const char *tell(struct wz_instance *self, const struct error *error)
{
    self->error = *error;
    return self->error.text;
}

static const char *secret(struct wz_instance *self, const char *name, const char **reason)
{
    struct error error;
    free(self->secret);
    self->secret =
        secret_read(self->courier->options.config->directory, options_text(&self->options, name), &error);
    if (!self->secret)
        *reason = tell(self, &error);
    return self->secret;
}

static const char *state(struct wz_instance *self)
{
    struct error error;
    free(self->kept);
    self->kept = NULL;
    if (kept_text_read(self->courier->options.state_dir, self->section->name, &self->kept, &error) != 0)
        log_warning("pull %s: %s; it begins from the start", self->section->name, error.text);
    return self->kept;
}

static int state_put(struct wz_instance *self, const char *text, const char **reason)
{
    struct error error;
    if (kept_text_write(self->courier->options.state_dir, self->section->name, text, &error) == 0)
        return 0;
    *reason = tell(self, &error);
    return -1;
}

/* ---- asking others ---------------------------------------------------------------------------------------
 */

static int check_url(struct wz_instance *self, const char *url, const char **reason)
{
    struct error error;
    if (http_check_url(url, &error) == 0)
        return 0;
    *reason = tell(self, &error);
    return -1;
}

static void http(struct wz_instance *self, const struct wz_http_order *wanted, wz_http_fn done, void *context)
{
    const struct http_order order = {.method = wanted->method,
                                     .url = wanted->url,
                                     .content_type = wanted->content_type,
                                     .body = wanted->body,
                                     .size = wanted->body_size,
                                     .most_bytes = wanted->most_bytes,
                                     .timeout_ms = wanted->timeout_ms};
    http_send(self->courier->http, self, &order, done, context, NULL);
}

const struct wz_courier courier_functions = {
    .abi_version = WZ_ABI_VERSION,
    .struct_size = sizeof courier_functions,
    .option = option,
    .option_integer = option_integer,
    .option_number = option_number,
    .option_boolean = option_boolean,
    .log = write_log,
    .status = set_status,
    .timer_start = timer_start,
    .timer_stop = timer_stop,
    .secret = secret,
    .state = state,
    .state_put = state_put,
    .check_url = check_url,
    .http = http,
    .deliver = courier_deliver,
};
