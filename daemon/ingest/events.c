/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/events.h"
#include "ingest/check.h"
#include "ingest/internal.h"
#include "ingest/packed_event.h"

#include "base/mem.h"

#include <stdlib.h>

/* So many bytes of events wait for the disk at most; one call is always let in. */
enum { MOST_WAITING = 64 << 20 };

struct wz_parcel {
    const struct ingest *ingest;
    struct buf packed;
    struct event_packer packer; /* until it is handed in */
    size_t count;
    bool is_refused; /* for the event behind the last */
    struct error refusal;
};

/* One call on its way through the store. */
struct events_job {
    struct ingest *ingest;
    struct wz_parcel *parcel;
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
    parcel_free(job->parcel);
    free(job->fates);
    free(job);
}

/* ---- on any thread ------------------------------------------------------------------------------------- */

struct wz_parcel *parcel_make(const struct ingest *ingest)
{
    struct wz_parcel *parcel = mem_alloc(sizeof *parcel);
    parcel->ingest = ingest;
    parcel->packer = (struct event_packer){.key = &ingest->key, .out = &parcel->packed};
    return parcel;
}

int parcel_add(struct wz_parcel *parcel, const struct wz_event *event)
{
    if (parcel->is_refused || check_event(event, &parcel->refusal) != 0) {
        parcel->is_refused = true;
        return -1;
    }
    event_pack(&parcel->packer, event);
    parcel->count++;
    return 0;
}

size_t parcel_size(const struct wz_parcel *parcel)
{
    return parcel->packed.size;
}

void parcel_free(struct wz_parcel *parcel)
{
    event_packer_free(&parcel->packer);
    buf_free(&parcel->packed);
    free(parcel);
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
    struct reader packed = reader_of(job->parcel->packed.data, job->parcel->packed.size);
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

/* What is wrong was seen before; the answer comes in its turn all the same. */
static int answer_refusal(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx;
    const struct events_job *job = data;
    *error = job->refusal;
    return -1;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

/* What is there twice in a transaction that met a full disk is not there at all: then it is the disk's error.
 */
static bool is_refusal(const struct events_job *job, const struct error *error)
{
    return job->is_refused && (job->fates[job->at] == WZ_EVENT_INVALID || error->kind == job->refusal.kind);
}

static enum wz_failure failure_of(const struct events_job *job, const struct error *error)
{
    if (!error)
        return WZ_NO_FAILURE;
    if (is_refusal(job, error))
        return WZ_REFUSED;
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
    ingest->waiting -= parcel_size(job->parcel);
    const struct wz_events_taken taken = {
        .failure = failure_of(job, error),
        .error = !error                   ? NULL
                 : is_refusal(job, error) ? job->refusal.text
                                          : error->text,
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

/* -1: it is not for the store; the job has its refusal. */
static int check_parcel(struct events_job *job)
{
    const struct wz_parcel *parcel = job->parcel;
    struct error error;
    if (parcel->is_refused) {
        job->refusal = parcel->refusal;
        return refuse(job, parcel->count, WZ_EVENT_INVALID, &error);
    }
    if (job->ingest->waiting && job->ingest->waiting + parcel_size(parcel) > MOST_WAITING)
        return error_set(
            &job->refusal, ERROR_TOO_MUCH,
            "more comes in than the disk takes in; nothing of this was kept, send it again later");
    return 0;
}

void ingest_parcel(struct ingest *ingest, struct wz_parcel *parcel, wz_events_taken_fn done, void *data)
{
    struct events_job *job = mem_alloc(sizeof *job);
    *job = (struct events_job){.ingest = ingest,
                               .parcel = parcel,
                               .count = parcel->count + parcel->is_refused,
                               .fates = mem_alloc(parcel->count + 1),
                               .done = done,
                               .data = data};
    const bool is_sound = check_parcel(job) == 0;
    event_packer_free(&parcel->packer);
    if (!is_sound)
        buf_free(&parcel->packed);
    ingest->waiting += parcel_size(parcel);
    if (is_sound)
        store_write_repeatable(ingest->store, append_events, on_appended, job);
    else
        store_write(ingest->store, answer_refusal, on_appended, job);
}

size_t ingest_waiting(const struct ingest *ingest)
{
    return ingest->waiting;
}

void ingest_events(struct ingest *ingest, const struct wz_event *const *events, size_t count,
                   wz_events_taken_fn done, void *data)
{
    struct wz_parcel *parcel = parcel_make(ingest);
    for (size_t i = 0; i < count && parcel_add(parcel, events[i]) == 0;)
        i++;
    ingest_parcel(ingest, parcel, done, data);
}
