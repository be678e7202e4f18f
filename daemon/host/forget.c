/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forgetting persons, one after another, each step by step (store/forget.h). What is under way is in the
 * store: this only takes the next step, whatever ended wijzerd before.
 */
#include "store/forget.h"
#include "engine/engine.h"
#include "host/internal.h"
#include "store/audit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/trouble.h"

#include <cjson/cJSON.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 1000, RETRY_TICKS = 5, PATIENCE_TICKS = 60, DAY_MS = 24 * 3600 * 1000 };

/* Somebody who wants to know when it is done. */
struct waiter {
    struct waiter *next;
    uint64_t id; /* of the forgetting */
    unsigned ticks;
    feed_forgotten_fn done;
    void *data;
};

struct forgetter {
    struct host *host;
    uv_timer_t day; /* for what goes for its age */
    unsigned open_timers;
    uv_timer_t tick; /* runs while somebody waits, or a step has failed */
    bool busy, stopping;
    bool more;         /* came while it was busy: what has been read since may be from before */
    unsigned retry_in; /* ticks; 0: nothing has failed */
    struct trouble trouble;
    struct store_forgetting current;
    struct forget_stretch stretch;
    struct search *search; /* NULL: none is under way */
    struct waiter *waiters;
};

/* A request on its way to the store. */
struct beginning {
    struct host *host;
    uint8_t person[PSEUDONYM_SIZE];
    int64_t user;
    uint64_t id;
    feed_forgotten_fn done;
    void *data;
};

static void take_step(struct forgetter *forgetter);

/* ---- those who wait ------------------------------------------------------------------------------------ */

static void on_tick(uv_timer_t *timer);

static void run_clock(struct forgetter *forgetter)
{
    if (!uv_is_active((uv_handle_t *)&forgetter->tick))
        uv_timer_start(&forgetter->tick, on_tick, TICK_MS, TICK_MS);
}

/* Answers those who wait for a forgetting (0: for any) for at least so long. */
static void answer(struct forgetter *forgetter, uint64_t id, unsigned ticks,
                   const struct forget_report *report)
{
    for (struct waiter **link = &forgetter->waiters; *link;) {
        struct waiter *waiter = *link;
        if ((id && waiter->id != id) || waiter->ticks < ticks) {
            link = &waiter->next;
            continue;
        }
        *link = waiter->next;
        waiter->done(waiter->data, report);
        free(waiter);
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct forgetter *forgetter = timer->data;
    const struct forget_report goes_on = {.goes_on = true};
    for (struct waiter *waiter = forgetter->waiters; waiter; waiter = waiter->next)
        waiter->ticks++;
    answer(forgetter, 0, PATIENCE_TICKS, &goes_on);
    if (forgetter->retry_in && --forgetter->retry_in == 0)
        take_step(forgetter);
    if (!forgetter->waiters && !forgetter->retry_in)
        uv_timer_stop(timer);
}

/* ---- the end of a step --------------------------------------------------------------------------------- */

static void free_forgetter(struct forgetter *forgetter)
{
    struct host *host = forgetter->host;
    sodium_memzero(&forgetter->current, sizeof forgetter->current);
    trouble_free(&forgetter->trouble);
    free(forgetter->stretch.entries);
    free(forgetter);
    host_release(host);
}

static void timer_closed(uv_handle_t *handle)
{
    struct forgetter *forgetter = handle->data;
    if (--forgetter->open_timers == 0)
        free_forgetter(forgetter);
}

/* Nothing calls back any more but the clock. */
static void close_if_idle(struct forgetter *forgetter)
{
    if (!forgetter->stopping || forgetter->busy)
        return;
    uv_close((uv_handle_t *)&forgetter->tick, timer_closed);
    uv_close((uv_handle_t *)&forgetter->day, timer_closed);
}

static void step_done(struct forgetter *forgetter)
{
    forgetter->busy = false;
    if (forgetter->stopping)
        close_if_idle(forgetter);
    else
        take_step(forgetter);
}

static void on_step(void *data, const struct error *error)
{
    struct forgetter *forgetter = data;
    if (!error || forgetter->stopping) {
        if (!error)
            trouble_is_over(&forgetter->trouble, "forgetting goes on");
        step_done(forgetter);
        return;
    }
    trouble_begins(&forgetter->trouble, "a person who is to be forgotten is not yet, and it is tried again",
                   error->text);
    forgetter->busy = false;
    forgetter->retry_in = RETRY_TICKS;
    run_clock(forgetter);
}

/* ---- documents ----------------------------------------------------------------------------------------- */

static int end_files(struct store_tx *tx, void *data, struct error *error)
{
    const struct forgetter *forgetter = data;
    return store_forget_files_done(tx, &forgetter->current, error);
}

static void on_searched(void *data, uint64_t removed, uint64_t unreadable)
{
    struct forgetter *forgetter = data;
    forgetter->search = NULL;
    forgetter->current.files = removed;
    forgetter->current.unreadable = unreadable;
    store_write(forgetter->host->parts.store, end_files, on_step, forgetter);
}

static void begin_search(struct forgetter *forgetter)
{
    const struct store_forgetting *current = &forgetter->current;
    forgetter->search =
        current->for_age
            ? search_begin_old(forgetter->host, current->feed, current->older, on_searched, forgetter)
            : search_begin(forgetter->host, current->person, on_searched, forgetter);
}

/* ---- the log ------------------------------------------------------------------------------------------- */

static int read_log(struct store_view *view, void *data, struct error *error)
{
    struct forgetter *forgetter = data;
    struct forget_stretch *stretch = &forgetter->stretch;
    stretch->count = 0;
    stretch->responses = stretch->events = 0;
    return store_forget_read(view, &forgetter->current, stretch, error);
}

static int note_entries(struct store_tx *tx, void *data, struct error *error)
{
    const struct forgetter *forgetter = data;
    return store_forget_note(tx, &forgetter->current, &forgetter->stretch, error);
}

static void on_log_read(void *data, const struct error *error)
{
    struct forgetter *forgetter = data;
    if (error)
        on_step(forgetter, error);
    else
        store_write(forgetter->host->parts.store, note_entries, on_step, forgetter);
}

/* ---- removing ------------------------------------------------------------------------------------------ */

static bool is_nothing(const struct store_forgetting *forgotten)
{
    return forgotten->responses + forgotten->events + forgotten->resources + forgotten->quarantined +
               forgotten->files + forgotten->unreadable ==
           0;
}

/* That there was nothing is told of a person, not of every day. */
static int tell(struct store_tx *tx, const struct store_forgetting *forgotten, struct error *error)
{
    if (forgotten->for_age && is_nothing(forgotten))
        return 0;
    cJSON *facts = cJSON_CreateObject();
    if (forgotten->for_age)
        cJSON_AddStringToObject(facts, "feed", forgotten->feed);
    cJSON_AddNumberToObject(facts, "responses", (double)forgotten->responses);
    cJSON_AddNumberToObject(facts, "events", (double)forgotten->events);
    cJSON_AddNumberToObject(facts, "resources", (double)forgotten->resources);
    cJSON_AddNumberToObject(facts, "quarantined", (double)forgotten->quarantined);
    cJSON_AddNumberToObject(facts, "files", (double)forgotten->files);
    cJSON_AddNumberToObject(facts, "unreadable", (double)forgotten->unreadable);
    char *text = cJSON_PrintUnformatted(facts);
    cJSON_Delete(facts);
    const struct store_audit entry = {.at = clock_now(),
                                      .user = forgotten->user,
                                      .what = forgotten->for_age ? "expire" : "forget",
                                      .facts = text ? text : "{}"};
    const int result = store_audit_append(tx, &entry, error);
    free(text);
    return result;
}

static int purge(struct store_tx *tx, void *data, struct error *error)
{
    struct forgetter *forgetter = data;
    return store_forget_purge(tx, &forgetter->current, error) == 0 ? tell(tx, &forgetter->current, error)
                                                                   : -1;
}

static void scrub(struct forgetter *forgetter);

/* The pseudonym is still known here, so it can be looked for; after a restart it is not. */
static void on_purged(void *data, const struct error *error)
{
    struct forgetter *forgetter = data;
    if (error || forgetter->stopping)
        on_step(forgetter, error);
    else
        scrub(forgetter);
}

static int end_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct forgetter *forgetter = data;
    return store_forget_done(tx, forgetter->current.id, error);
}

static void on_all_done(void *data, const struct error *error)
{
    struct forgetter *forgetter = data;
    const struct store_forgetting *forgotten = &forgetter->current;
    const struct forget_report report = {.responses = forgotten->responses,
                                         .events = forgotten->events,
                                         .resources = forgotten->resources,
                                         .quarantined = forgotten->quarantined,
                                         .files = forgotten->files,
                                         .unreadable = forgotten->unreadable};
    if (!error && !(forgotten->for_age && is_nothing(forgotten)))
        log_info("%s: %llu responses, %llu events, %llu resources, %llu rows of the quarantine, %llu files",
                 forgotten->for_age ? "what is older than a feed keeps was removed"
                                    : "a person was forgotten",
                 (unsigned long long)report.responses, (unsigned long long)report.events,
                 (unsigned long long)report.resources, (unsigned long long)report.quarantined,
                 (unsigned long long)report.files);
    if (!error)
        answer(forgetter, forgotten->id, 0, &report);
    on_step(forgetter, error);
}

static void on_scrubbed(void *data, const struct error *error)
{
    struct forgetter *forgetter = data;
    if (error)
        on_step(forgetter, error);
    else
        store_write(forgetter->host->parts.store, end_all, on_all_done, forgetter);
}

static void scrub(struct forgetter *forgetter)
{
    const struct store_forgetting *current = &forgetter->current;
    const enum store_scrub how = current->for_age                                  ? SCRUB_LOG
                                 : sodium_is_zero(current->person, PSEUDONYM_SIZE) ? SCRUB_ALL
                                                                                   : SCRUB_FOUND;
    store_scrub(forgetter->host->parts.store, how, current->person, on_scrubbed, forgetter);
}

/* ---- step by step -------------------------------------------------------------------------------------- */

static int read_first(struct store_view *view, void *data, struct error *error)
{
    struct forgetter *forgetter = data;
    bool found;
    return store_forget_first(view, &forgetter->current, &found, error);
}

static void on_first_read(void *data, const struct error *error)
{
    struct forgetter *forgetter = data;
    const struct host_parts *parts = &forgetter->host->parts;
    if (error || forgetter->stopping) {
        on_step(forgetter, error);
        return;
    }
    switch (forgetter->current.stage) {
    case FORGET_FILES:
        begin_search(forgetter);
        return;
    case FORGET_LOG:
        store_read(parts->store, read_log, on_log_read, forgetter);
        return;
    case FORGET_PURGE:
        engine_purge(parts->engine, forgetter->current.through, purge, on_purged, forgetter);
        return;
    case FORGET_SCRUB:
        scrub(forgetter);
        return;
    }
    forgetter->busy = false; /* there is none */
    if (forgetter->more)
        take_step(forgetter);
}

static void take_step(struct forgetter *forgetter)
{
    forgetter->more = forgetter->busy;
    if (forgetter->busy || forgetter->stopping || forgetter->retry_in)
        return;
    forgetter->busy = true;
    store_read(forgetter->host->parts.store, read_first, on_first_read, forgetter);
}

/* ---- from outside -------------------------------------------------------------------------------------- */

static int begin(struct store_tx *tx, void *data, struct error *error)
{
    struct beginning *beginning = data;
    return store_forget_begin(tx, beginning->person, beginning->user, &beginning->id, error);
}

static void refuse(const struct beginning *beginning, const struct error *error)
{
    const struct forget_report report = {.error = error->text, .error_kind = error->kind};
    beginning->done(beginning->data, &report);
}

static void wait_for_end(struct forgetter *forgetter, const struct beginning *beginning)
{
    struct waiter *waiter = mem_alloc(sizeof *waiter);
    *waiter = (struct waiter){
        .next = forgetter->waiters, .id = beginning->id, .done = beginning->done, .data = beginning->data};
    forgetter->waiters = waiter;
    run_clock(forgetter);
    engine_wake(forgetter->host->parts.engine);
    take_step(forgetter);
}

static void on_begun(void *data, const struct error *error)
{
    struct beginning *beginning = data;
    struct host *host = beginning->host;
    const struct forget_report goes_on = {.goes_on = true};
    if (error)
        refuse(beginning, error);
    else if (host->forgetter)
        wait_for_end(host->forgetter, beginning);
    else
        beginning->done(beginning->data, &goes_on);
    sodium_memzero(beginning, sizeof *beginning);
    free(beginning);
    host_release(host);
}

void forgetter_forget(void *data, const char *identifier, int64_t user, feed_forgotten_fn done,
                      void *done_data)
{
    struct host *host = data;
    struct beginning *beginning = mem_alloc(sizeof *beginning);
    *beginning = (struct beginning){.host = host, .user = user, .done = done, .data = done_data};
    ingest_pseudonym(host->parts.ingest, identifier, beginning->person);
    host_hold(host);
    store_write(host->parts.store, begin, on_begun, beginning);
}

void forgetter_look(struct host *host)
{
    if (host->forgetter)
        take_step(host->forgetter);
}

static void on_day(uv_timer_t *timer)
{
    const struct forgetter *forgetter = timer->data;
    retention_begin(forgetter->host);
}

void forgetter_start(struct host *host)
{
    struct forgetter *forgetter = mem_alloc(sizeof *forgetter);
    forgetter->host = host;
    uv_timer_init(host->parts.loop, &forgetter->tick);
    uv_timer_init(host->parts.loop, &forgetter->day);
    forgetter->open_timers = 2;
    forgetter->tick.data = forgetter->day.data = forgetter;
    host->forgetter = forgetter;
    host_hold(host);
    take_step(forgetter);
    uv_timer_start(&forgetter->day, on_day, 0, DAY_MS);
}

void forgetter_stop(struct host *host)
{
    struct forgetter *forgetter = host->forgetter;
    const struct forget_report goes_on = {.goes_on = true};
    if (!forgetter)
        return;
    host->forgetter = NULL;
    forgetter->stopping = true;
    answer(forgetter, 0, 0, &goes_on);
    if (forgetter->search) {
        search_abandon(forgetter->search);
        forgetter->search = NULL;
        forgetter->busy = false;
    }
    if (engine_purge_abandon(host->parts.engine))
        forgetter->busy = false;
    close_if_idle(forgetter);
}
