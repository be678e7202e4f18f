/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents of a feed, one after the other: through the plugin, perhaps its decoder, and into the log. */
#include "host/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A script that is being saved, or is tried again after a strike, is back within seconds; one that never
 * comes to an end is quarantined after about fifteen. */
enum { WAVE_PATIENCE_MS = 30 * 1000 };

static const char cancelled[] = "it was cancelled; the rows that are in stay in, the others were not read";
static const char never_begun[] = "it was cancelled before it was read";

static void begin_next(struct wz_instance *instance);

static void set_text(char **text, const char *value)
{
    char *copy = mem_copy_text(value);
    free(*text);
    *text = copy;
}

struct file_state file_state_of(const struct stat *status)
{
    return (struct file_state){.size = status->st_size, .changed = status->st_ctim};
}

bool file_state_equal(const struct file_state *left, const struct file_state *right)
{
    return left->size == right->size && left->changed.tv_sec == right->changed.tv_sec &&
           left->changed.tv_nsec == right->changed.tv_nsec;
}

/* ---- what the engine is told -----------------------------------------------------------------------------
 *
 * Told of the beginning is whatever goes into the log of a feed's instrument, before any of it does; of the
 * end by on_recorded, through which each goes, however it ends.
 */

static void tell_begun(struct wz_delivery *delivery)
{
    const struct wz_instance *instance = delivery->instance;
    if (delivery->dry_run || delivery->sought)
        return;
    delivery->held = options_text(&instance->options, "instrument");
    if (delivery->held)
        engine_delivery_began(instance->host->parts.engine, delivery->held);
}

static void tell_ended(struct wz_delivery *delivery, bool whole)
{
    if (delivery->held)
        engine_delivery_ended(delivery->instance->host->parts.engine, delivery->held, whole);
    delivery->held = NULL;
}

/* ---- the end of one ------------------------------------------------------------------------------------ */

static void free_delivery(struct wz_delivery *delivery)
{
    close(delivery->document);
    free(delivery->name);
    free(delivery->path);
    free(delivery->key);
    free(delivery->decoder_error);
    free(delivery);
}

static void count_report(struct wz_instance *instance, const struct wz_delivery *delivery,
                         const struct delivery_report *report)
{
    instance->accepted += report->accepted;
    instance->duplicate += report->duplicate;
    instance->replaced += report->replaced;
    if (delivery->replay)
        return; /* they were rejected before, and it is no new document */
    instance->rejected += report->rejected;
    instance->last_at = clock_now();
    set_text(&instance->last_document, delivery->name);
    set_text(&instance->last_error, report->error);
}

static void log_report(const struct wz_instance *instance, const struct wz_delivery *delivery,
                       const struct delivery_report *report)
{
    char *counts = mem_format("%llu accepted, %llu replaced, %llu there already, %llu rejected",
                              (unsigned long long)report->accepted, (unsigned long long)report->replaced,
                              (unsigned long long)report->duplicate, (unsigned long long)report->rejected);
    const char *dry = report->dry_run    ? "dry run, nothing of it is kept: "
                      : delivery->replay ? "rows of the quarantine again: "
                                         : "";
    if (report->error)
        log_warning("feed %s: %s: %s%s; %s", instance->section->name, delivery->name, dry, counts,
                    report->error);
    else
        log_info("feed %s: %s: %s%s", instance->section->name, delivery->name, dry, counts);
    if (report->missed)
        log_warning("feed %s: %s: %llu rejected rows have no room in the quarantine of the feed; see wijzer "
                    "quarantine list --feed %s",
                    instance->section->name, delivery->name, (unsigned long long)report->missed,
                    instance->section->name);
    free(counts);
}

static void leave_queue(const struct wz_delivery *delivery)
{
    struct wz_delivery **link = &delivery->instance->queue;
    while (*link != delivery)
        link = &(*link)->next;
    *link = delivery->next;
}

/* Everything is committed, or nothing of it was begun. */
static void on_recorded(void *data, const struct delivery_report *report)
{
    struct wz_delivery *delivery = data;
    struct wz_instance *instance = delivery->instance;
    struct host *host = instance->host;
    tell_ended(delivery, !report->error || report->accepted + report->replaced == 0);
    if (!delivery->sought)
        log_report(instance, delivery, report);
    if (!delivery->dry_run && !delivery->sought) {
        count_report(instance, delivery, report);
        totals_save(instance);
    }
    leave_queue(delivery);
    if (delivery->path && !host->stopping && !instance->failure)
        watch_delivered(delivery, report);
    if (delivery->done)
        delivery->done(delivery->done_data, report);
    free_delivery(delivery);
    begin_next(instance);
    host_release(host);
}

/* Whoever has it, plugin or decoder, is done with it. */
static void end_records(struct wz_delivery *delivery, enum error_kind kind, const char *error)
{
    delivery->handed_over = false;
    ingest_finish(delivery->records, kind, error);
}

/* Plugins and decoders end a document for its own faults, unless they are stopped. */
static enum error_kind kind_of_end(const struct wz_delivery *delivery)
{
    const struct wz_instance *instance = delivery->instance;
    if (delivery->cancelled)
        return ERROR_CANCELLED;
    const bool may_pass = instance->failure || instance->host->stopping || delivery->lacks_script;
    return may_pass ? ERROR_CLOSED : ERROR_INPUT;
}

void delivery_finish(struct wz_delivery *delivery, const char *error)
{
    if (delivery->handed_over && !delivery->decoder && !delivery->waves)
        end_records(delivery, kind_of_end(delivery), delivery->cancelled ? cancelled : error);
}

/* ---- waves that the script makes ----------------------------------------------------------------------- */

static void pass_record(void *data, const struct wz_record *record)
{
    struct wz_delivery *delivery = data;
    ingest_record(delivery->records, record);
}

static void pass_problem(void *data, const struct wz_problem *problem)
{
    struct wz_delivery *delivery = data;
    ingest_problem(delivery->records, problem);
}

static void waves_closed(void *data)
{
    host_release(data);
}

static void close_waves(struct wz_delivery *delivery)
{
    struct waves *waves = delivery->waves;
    delivery->waves = NULL;
    if (waves)
        waves_close(waves, waves_closed, delivery->instance->host);
}

static void on_resume(void *data);

static void on_waves_made(void *data)
{
    struct wz_delivery *delivery = data;
    if (delivery->decoder) {
        on_resume(delivery);
    } else if (waves_are_empty(delivery->waves)) {
        close_waves(delivery);
        end_records(delivery, kind_of_end(delivery), delivery->decoder_error);
    }
}

static void on_waves_failed(void *data, const char *why)
{
    struct wz_delivery *delivery = data;
    close_waves(delivery);
    delivery->lacks_script = true;
    if (delivery->decoder)
        decoder_stop(delivery->decoder, why);
    else
        end_records(delivery, kind_of_end(delivery), why);
}

static void open_waves(struct wz_delivery *delivery)
{
    struct host *host = delivery->instance->host;
    const struct waves_callbacks callbacks = {.record = pass_record,
                                              .problem = pass_problem,
                                              .made = on_waves_made,
                                              .failed = on_waves_failed,
                                              .data = delivery};
    delivery->waves = waves_open(host->parts.loop, host->parts.scripts, WAVE_PATIENCE_MS, &callbacks);
    host_hold(host);
}

/* ---- through the decoder ------------------------------------------------------------------------------- */

static void on_record(void *data, const struct wz_record *record)
{
    struct wz_delivery *delivery = data;
    delivery->rows++;
    if (!delivery->waves && !delivery->sought && record->kind == WZ_RESPONSE && !record->as.response.wave)
        open_waves(delivery);
    if (delivery->waves)
        waves_take_record(delivery->waves, record);
    else
        ingest_record(delivery->records, record);
}

static void on_problem(void *data, const struct wz_problem *problem)
{
    struct wz_delivery *delivery = data;
    delivery->rows++;
    if (delivery->waves)
        waves_take_problem(delivery->waves, problem);
    else
        ingest_problem(delivery->records, problem);
}

static void on_progress(void *data, uint64_t bytes)
{
    struct wz_delivery *delivery = data;
    delivery->done_bytes = bytes;
}

static void on_note(void *data, const char *key, const char *text)
{
    struct wz_delivery *delivery = data;
    ingest_note(delivery->records, key, text);
}

static void on_hint(void *data, const char *text)
{
    struct wz_delivery *delivery = data;
    ingest_hint(delivery->records, text);
}

static bool is_congested(void *data)
{
    struct wz_delivery *delivery = data;
    if (delivery->waves && waves_are_full(delivery->waves))
        return true;
    if (!ingest_congested(delivery->records))
        return false;
    ingest_on_resume(delivery->records, on_resume, delivery);
    return true;
}

/* There may be room again: there are two places where records can pile up. */
static void on_resume(void *data)
{
    struct wz_delivery *delivery = data;
    if (delivery->decoder && !is_congested(delivery))
        decoder_resume(delivery->decoder);
}

static void on_decoded(void *data, const char *error)
{
    struct wz_delivery *delivery = data;
    delivery->decoder = NULL;
    if (delivery->waves && !waves_are_empty(delivery->waves)) {
        delivery->decoder_error = mem_copy_text(error);
        waves_end(delivery->waves);
        return;
    }
    close_waves(delivery);
    end_records(delivery, kind_of_end(delivery), error);
}

void delivery_decode(struct wz_delivery *delivery, const char *job)
{
    const struct wz_instance *instance = delivery->instance;
    const struct host *host = instance->host;
    const struct decoder_callbacks callbacks = {.record = on_record,
                                                .problem = on_problem,
                                                .progress = on_progress,
                                                .note = on_note,
                                                .hint = on_hint,
                                                .congested = is_congested,
                                                .ended = on_decoded,
                                                .data = delivery};
    struct error error;
    if (!delivery->handed_over || delivery->decoder || delivery->waves)
        return;
    if (delivery->cancelled) { /* while the plugin had it */
        end_records(delivery, ERROR_CANCELLED, cancelled);
        return;
    }
    if (decoder_start(&delivery->decoder, host->parts.loop, host->decoder_path, instance->plugin->path,
                      delivery->document, job, &callbacks, &error) != 0)
        end_records(delivery, error.kind, error.text);
}

/* ---- the queue ----------------------------------------------------------------------------------------- */

/* It may have waited in the queue for long. */
static void note_state(struct wz_delivery *delivery)
{
    struct stat status = {0};
    fstat(delivery->document, &status);
    delivery->as_read = file_state_of(&status);
    delivery->size = (uint64_t)status.st_size;
    delivery->since = clock_now();
}

static void begin_next(struct wz_instance *instance)
{
    struct wz_delivery *delivery = instance->queue;
    if (!delivery || delivery->records)
        return;
    const struct delivery_source source = {.feed = instance->section->name,
                                           .document = delivery->name,
                                           .is_named = delivery->is_named,
                                           .dry_run = delivery->dry_run,
                                           .replay = delivery->replay,
                                           .user = delivery->user,
                                           .sought = delivery->sought};
    delivery->records = ingest_begin(instance->host->parts.ingest, &source, on_recorded, delivery);
    delivery->handed_over = true;
    if (delivery->cancelled) {
        end_records(delivery, ERROR_CANCELLED, never_begun);
        return;
    }
    if (instance->stage != STARTED || instance->failure || instance->host->stopping) {
        end_records(delivery, ERROR_CLOSED,
                    instance->failure ? instance->failure : "wijzerd is stopping; send it again");
        return;
    }
    note_state(delivery);
    tell_begun(delivery);
    const struct wz_document document = {
        .delivery = delivery, .name = delivery->name, .size = delivery->size};
    instance->plugin->descriptor->receive(instance->state, &document);
}

void deliveries_add(struct wz_instance *instance, const struct feed_document *document, const char *path,
                    feed_done_fn done, void *data)
{
    struct wz_delivery *delivery = mem_alloc(sizeof *delivery);
    *delivery = (struct wz_delivery){.instance = instance,
                                     .name = mem_copy_text(document->name),
                                     .path = mem_copy_text(path),
                                     .document = document->descriptor,
                                     .key = mem_copy_text(document->key),
                                     .is_named = document->is_named,
                                     .dry_run = document->dry_run,
                                     .replay = document->replay,
                                     .user = document->user,
                                     .sought = document->sought,
                                     .done = done,
                                     .done_data = data};
    struct wz_delivery **link = &instance->queue;
    while (*link)
        link = &(*link)->next;
    *link = delivery;
    host_hold(instance->host);
    begin_next(instance);
}

/* Ends one that is under way; false: it is being committed already. */
static bool cancel_first(struct wz_delivery *delivery)
{
    if (!delivery->handed_over)
        return false;
    const bool is_plugins = !delivery->decoder && !delivery->waves;
    delivery->cancelled = true;
    close_waves(delivery);
    if (delivery->decoder)
        decoder_stop(delivery->decoder, cancelled);
    else if (!is_plugins) /* its decoder is done, and the plugin was done before */
        end_records(delivery, ERROR_CANCELLED, cancelled);
    return true;
}

static struct wz_delivery *find_delivery(const struct wz_instance *instance, const char *key)
{
    struct wz_delivery *delivery = instance->queue;
    while (key && delivery && !(delivery->key && strcmp(delivery->key, key) == 0))
        delivery = delivery->next;
    return delivery;
}

/* Whoever waits for one that was never begun is told later: he may be on the stack now. */
const char *deliveries_cancel(struct wz_instance *instance, const char *key)
{
    struct wz_delivery *delivery = find_delivery(instance, key);
    if (!delivery)
        return NULL;
    if (delivery->cancelled)
        return delivery->name;
    if (delivery->records)
        return cancel_first(delivery) ? delivery->name : NULL;
    delivery->cancelled = true;
    host_attend(instance->host);
    return delivery->name;
}

static struct wz_delivery *find_never_begun(const struct wz_instance *instance)
{
    struct wz_delivery *delivery = instance->queue;
    while (delivery && (!delivery->cancelled || delivery->records))
        delivery = delivery->next;
    return delivery;
}

void deliveries_end_cancelled(struct wz_instance *instance)
{
    struct wz_delivery *delivery;
    while ((delivery = find_never_begun(instance))) {
        const struct delivery_report report = {
            .error = never_begun, .error_kind = ERROR_CANCELLED, .dry_run = delivery->dry_run};
        on_recorded(delivery, &report);
    }
}

void deliveries_stop(struct wz_instance *instance, const char *reason)
{
    struct wz_delivery *delivery = instance->queue;
    if (!delivery || !delivery->handed_over)
        return;
    close_waves(delivery);
    if (delivery->decoder)
        decoder_stop(delivery->decoder, reason);
    else
        end_records(delivery, ERROR_CLOSED, reason);
}
