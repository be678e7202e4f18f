/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/events.h"
#include "ingest/check.h"
#include "ingest/internal.h"
#include "ingest/packed_event.h"

#include "base/mem.h"

#include <stdlib.h>

/* So many bytes of events wait for the disk at most; one call is always let in. */
enum { MOST_WAITING = 64 << 20 };

/* One call on its way through the store. */
struct events_job {
    struct ingest *ingest;
    struct buf packed;
    size_t count;
    uint8_t *fates; /* enum wz_event_fate */
    bool is_refused;
    size_t at; /* of the one that is at fault */
    struct error refusal;
    wz_events_taken_fn done;
    void *data;
};

static void free_job(struct events_job *job)
{
    buf_free(&job->packed);
    free(job->fates);
    free(job);
}

/* ---- on the store's thread ----------------------------------------------------------------------------- */

static int refuse(struct events_job *job, size_t at, enum wz_event_fate fate, struct error *error)
{
    job->is_refused = true;
    job->at = at;
    job->fates[at] = (uint8_t)fate;
    *error = job->refusal;
    return -1;
}

static int append_each(struct store_tx *tx, struct events_job *job, struct event_unpacker *unpacker,
                       struct error *error)
{
    struct reader packed = reader_of(job->packed.data, job->packed.size);
    for (size_t i = 0; i < job->count; i++) {
        enum store_outcome outcome;
        uint64_t position;
        if (event_append_packed(tx, unpacker, &packed, &outcome, &position, error) != 0)
            return -1;
        if (outcome == STORE_CONFLICT) {
            error_set(&job->refusal, ERROR_INPUT, "there is another event of this id, with another content");
            return refuse(job, i, WZ_EVENT_CONFLICT, error);
        }
        job->fates[i] = outcome == STORE_DUPLICATE ? WZ_EVENT_KNOWN : WZ_EVENT_TAKEN;
    }
    return 0;
}

static int append_events(struct store_tx *tx, void *data, struct error *error)
{
    struct events_job *job = data;
    struct event_unpacker unpacker = {0};
    job->is_refused = false; /* it may be that this runs again */
    const int result = append_each(tx, job, &unpacker, error);
    event_unpacker_free(&unpacker);
    return result;
}

/* What is wrong was seen on the loop; the answer comes in its turn all the same. */
static int answer_refusal(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx;
    const struct events_job *job = data;
    *error = job->refusal;
    return -1;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static enum wz_failure failure_of(const struct events_job *job, const struct error *error)
{
    if (job->is_refused)
        return WZ_REFUSED;
    if (!error)
        return WZ_NO_FAILURE;
    switch (error->kind) {
    case ERROR_FULL:
        return WZ_FULL;
    case ERROR_TOO_MUCH:
        return WZ_BUSY;
    case ERROR_CLOSED:
        return WZ_STOPPING;
    default:
        return WZ_FAILED;
    }
}

static bool are_any_new(const struct events_job *job)
{
    for (size_t i = 0; i < job->count; i++)
        if (job->fates[i] == WZ_EVENT_TAKEN)
            return true;
    return false;
}

static void on_appended(void *data, const struct error *error)
{
    struct events_job *job = data;
    struct ingest *ingest = job->ingest;
    ingest->waiting -= job->packed.size;
    const struct wz_events_taken taken = {
        .failure = failure_of(job, error),
        .error = job->is_refused ? job->refusal.text
                 : error         ? error->text
                                 : NULL,
        .at = job->at,
        .fates = job->fates,
        .count = job->count,
    };
    const bool grew = taken.failure == WZ_NO_FAILURE && are_any_new(job);
    job->done(job->data, &taken);
    if (grew && ingest->grew)
        ingest->grew(ingest->grew_data);
    free_job(job);
}

/* Checks and packs all of them. -1: the job has its refusal. */
static int pack_each(struct events_job *job, const struct wz_event *const *events)
{
    struct error error;
    for (size_t i = 0; i < job->count; i++) {
        if (check_event(events[i], &job->refusal) != 0)
            return refuse(job, i, WZ_EVENT_INVALID, &error);
        event_pack(&job->packed, &job->ingest->key, events[i]);
    }
    return 0;
}

void ingest_events(struct ingest *ingest, const struct wz_event *const *events, size_t count,
                   wz_events_taken_fn done, void *data)
{
    struct events_job *job = mem_alloc(sizeof *job);
    *job = (struct events_job){
        .ingest = ingest, .count = count, .fates = mem_alloc(count + 1), .done = done, .data = data};
    bool is_sound = false;
    if (pack_each(job, events) != 0) {
        buf_free(&job->packed);
    } else if (ingest->waiting && ingest->waiting + job->packed.size > MOST_WAITING) {
        error_set(&job->refusal, ERROR_TOO_MUCH,
                  "more comes in than the disk takes in; nothing of this was kept, send it again later");
        buf_free(&job->packed);
    } else {
        is_sound = true;
    }
    ingest->waiting += job->packed.size;
    if (is_sound)
        store_write_repeatable(ingest->store, append_events, on_appended, job);
    else
        store_write(ingest->store, answer_refusal, on_appended, job);
}
