/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin can ask of the host: the table of include/wijzer/plugin.h. */
#include "host/abi.h"
#include "host/internal.h"
#include "ingest/events.h"

#include "base/log.h"

#include <stddef.h>

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
        log_error("feed %s: %s", name, text);
    else if (level <= WZ_LOG_WARNING)
        log_warning("feed %s: %s", name, text);
    else
        log_info("feed %s: %s", name, text);
}

static const char *instrument(struct wz_instance *self, const char *id)
{
    const struct instrument_declaration *declaration = scripts_instrument(self->host->parts.scripts, id);
    return declaration ? declaration->json : NULL;
}

static void emit(struct wz_instance *self, struct wz_delivery *delivery, const struct wz_record *record)
{
    struct wz_record copy;
    if (delivery->cancelled)
        return;
    delivery->rows++;
    ingest_record(delivery->records, abi_record(self->plugin->descriptor, record, &copy));
}

static void report_problem(struct wz_instance *self, struct wz_delivery *delivery,
                           const struct wz_problem *problem)
{
    struct wz_problem copy;
    if (delivery->cancelled)
        return;
    delivery->rows++;
    ingest_problem(delivery->records, abi_problem(self->plugin->descriptor, problem, &copy));
}

static void finish(struct wz_instance *self, struct wz_delivery *delivery, const char *error)
{
    (void)self;
    delivery_finish(delivery, error);
}

static void decode(struct wz_instance *self, struct wz_delivery *delivery, const char *job)
{
    (void)self;
    delivery_decode(delivery, job);
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

static void alerts_watch(struct wz_instance *self, wz_alerts_grew_fn grew)
{
    self->alerts_grew = grew;
}

const struct wz_host host_functions = {
    .abi_version = WZ_ABI_VERSION,
    .struct_size = sizeof host_functions,
    .option = option,
    .option_integer = option_integer,
    .option_number = option_number,
    .option_boolean = option_boolean,
    .log = write_log,
    .fail = instance_fail,
    .instrument = instrument,
    .emit = emit,
    .problem = report_problem,
    .finish = finish,
    .decode = decode,
    .timer_start = timer_start,
    .timer_stop = timer_stop,
    .route = routes_add,
    .reply = routes_reply,
    .document_put = queries_document_put,
    .document_get = queries_document_get,
    .events_after = queries_events_after,
    .alerts_watch = alerts_watch,
    .alerts_after = queries_alerts_after,
    .serve = routes_serve,
    .serve_openly = routes_serve_openly,
    .respond = routes_respond,
    .events_put = events_put,
    .events_find = events_find,
    .resource_get = resources_get,
    .resource_put = resources_put,
    .resource_names = resources_names,
    .answer_header = routes_answer_header,
    .aside = aside_add,
    .parcel_begin = events_parcel_begin,
    .parcel_add = parcel_add,
    .parcel_size = parcel_size,
    .parcel_put = events_parcel_put,
    .parcel_drop = parcel_free,
};
