/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events that plugins hand in and look for. */
#include "ingest/events.h"
#include "host/internal.h"
#include "store/events.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Of one page, whatever a plugin asks for; the next one goes on. */
enum { MOST_EVENTS = 10000, MOST_BYTES = 64 << 20 };

/* ---- in ------------------------------------------------------------------------------------------------ */

struct putting {
    struct wz_instance *instance;
    wz_events_taken_fn done;
    void *context;
};

static void count_events(struct wz_instance *instance, const struct wz_events_taken *taken)
{
    if (taken->failure != WZ_NO_FAILURE)
        return;
    if (taken->count)
        instance->last_at = clock_now();
    for (size_t i = 0; i < taken->count; i++) {
        instance->accepted += taken->fates[i] == WZ_EVENT_TAKEN;
        instance->duplicate += taken->fates[i] == WZ_EVENT_KNOWN;
    }
    totals_save_soon(instance);
}

static void on_taken(void *data, const struct wz_events_taken *taken)
{
    struct putting *putting = data;
    struct wz_instance *instance = putting->instance;
    count_events(instance, taken);
    if (instance_is_listening(instance))
        putting->done(putting->context, taken);
    free(putting);
    aside_go_on(instance->host);
    host_release(instance->host);
}

static struct putting *new_putting(struct wz_instance *instance, wz_events_taken_fn done, void *context)
{
    struct putting *putting = mem_alloc(sizeof *putting);
    *putting = (struct putting){instance, done, context};
    host_hold(instance->host);
    return putting;
}

void events_put(struct wz_instance *instance, const struct wz_event *const *events, size_t count,
                wz_events_taken_fn done, void *context)
{
    ingest_events(instance->host->parts.ingest, events, count, on_taken,
                  new_putting(instance, done, context));
}

struct wz_parcel *events_parcel_begin(struct wz_instance *instance)
{
    return parcel_make(instance->host->parts.ingest);
}

void events_parcel_put(struct wz_instance *instance, struct wz_parcel *parcel, wz_events_taken_fn done,
                       void *context)
{
    ingest_parcel(instance->host->parts.ingest, parcel, on_taken, new_putting(instance, done, context));
}

/* ---- out ----------------------------------------------------------------------------------------------- */

struct wanted {
    uint32_t role;
    char *key;                      /* NULL: a person */
    uint8_t person[PSEUDONYM_SIZE]; /* where key is NULL */
};

/* What is found is copied on the pool's thread: texts and bytes into `bytes`, which moves while it grows, so
 * that until it is whole pointers into it are offsets. */
struct finding {
    struct wz_instance *instance;
    struct store_event_question question;
    uint8_t id[16];
    struct wanted *wanted;
    size_t wanted_count;
    uint64_t *keys;
    struct wz_event_found *events;
    size_t count, capacity;
    struct wz_attachment *attachments;
    size_t attachment_count, attachment_capacity;
    struct buf bytes;
    struct store_event_page page;
    wz_events_found_fn done;
    void *context;
};

static void free_finding(struct finding *finding)
{
    struct host *host = finding->instance->host;
    for (size_t i = 0; i < finding->wanted_count; i++)
        free(finding->wanted[i].key);
    free(finding->wanted);
    free(finding->keys);
    free(finding->events);
    free(finding->attachments);
    buf_free(&finding->bytes);
    free(finding);
    host_release(host);
}

/* Gives the offset. */
static const void *keep(struct finding *finding, const void *bytes, size_t size)
{
    const size_t at = finding->bytes.size;
    buf_put(&finding->bytes, size ? bytes : "", size);
    return (const void *)(uintptr_t)at;
}

static const void *kept(const struct finding *finding, const void *offset)
{
    return finding->bytes.data + (uintptr_t)offset;
}

static void take_attachment(struct finding *finding, const struct store_attachment *given)
{
    if (finding->attachment_count == finding->attachment_capacity) {
        finding->attachment_capacity = finding->attachment_capacity ? 2 * finding->attachment_capacity : 8;
        finding->attachments =
            mem_resize(finding->attachments, finding->attachment_capacity, sizeof *finding->attachments);
    }
    finding->attachments[finding->attachment_count++] = (struct wz_attachment){
        .key = keep(finding, given->key, strlen(given->key) + 1),
        .content_type = keep(finding, given->content_type, strlen(given->content_type) + 1),
        .bytes = keep(finding, given->bytes, given->size),
        .size = given->size};
}

static int take_event(void *data, const struct store_event_found *given)
{
    struct finding *finding = data;
    if (finding->count == finding->capacity) {
        finding->capacity = finding->capacity ? 2 * finding->capacity : 16;
        finding->events = mem_resize(finding->events, finding->capacity, sizeof *finding->events);
    }
    struct wz_event_found *event = &finding->events[finding->count++];
    *event = (struct wz_event_found){.position = given->position,
                                     .time = given->time,
                                     .stored = given->stored,
                                     .voided = given->voided,
                                     .raw = keep(finding, given->raw, given->raw_size),
                                     .raw_size = given->raw_size,
                                     .attachment_count = given->attachment_count};
    buf_put_u8(&finding->bytes, 0);
    memcpy(event->id, given->id, sizeof event->id);
    for (size_t i = 0; i < given->attachment_count; i++)
        take_attachment(finding, &given->attachments[i]);
    return 0;
}

static void point_into_bytes(struct finding *finding)
{
    size_t next = 0;
    for (size_t i = 0; i < finding->attachment_count; i++) {
        struct wz_attachment *attachment = &finding->attachments[i];
        attachment->key = kept(finding, attachment->key);
        attachment->content_type = kept(finding, attachment->content_type);
        attachment->bytes = kept(finding, attachment->bytes);
    }
    for (size_t i = 0; i < finding->count; i++) {
        struct wz_event_found *event = &finding->events[i];
        event->raw = kept(finding, event->raw);
        event->attachments = event->attachment_count ? finding->attachments + next : NULL;
        next += event->attachment_count;
    }
}

/* *known says whether there may be any: of somebody who never came in there is none. */
static int find_keys(struct store_view *view, struct finding *finding, bool *known, struct error *error)
{
    *known = true;
    for (size_t i = 0; i < finding->wanted_count; i++) {
        const struct wanted *wanted = &finding->wanted[i];
        uint32_t subject = 0;
        if (wanted->key) {
            finding->keys[i] = store_event_key(wanted->role, wanted->key);
            continue;
        }
        if (store_subject_find(view, STORE_ACTOR, wanted->person, sizeof wanted->person, &subject, error) !=
            0)
            return -1;
        finding->keys[i] = store_event_key_of_person(wanted->role, subject);
        *known &= subject != 0;
    }
    return 0;
}

static int find_events(struct store_view *view, void *data, struct error *error)
{
    struct finding *finding = data;
    bool known;
    if (find_keys(view, finding, &known, error) != 0)
        return -1;
    if (!known) /* only up to when that is so */
        finding->question.limit = finding->question.key_count = 0;
    if (store_events_find(view, &finding->question, take_event, finding, &finding->page, error) != 0)
        return -1;
    point_into_bytes(finding);
    return 0;
}

static void tell(struct finding *finding, const struct error *error)
{
    if (error) {
        finding->done(finding->context, NULL, error->text);
        return;
    }
    const struct wz_event_found **events = mem_alloc((finding->count + 1) * sizeof *events);
    for (size_t i = 0; i < finding->count; i++)
        events[i] = &finding->events[i];
    const struct wz_events_page page = {.events = events,
                                        .count = finding->count,
                                        .next = finding->page.next,
                                        .through = finding->page.through};
    finding->done(finding->context, &page, NULL);
    free(events);
}

static void on_found(void *data, const struct error *error)
{
    struct finding *finding = data;
    if (instance_is_listening(finding->instance))
        tell(finding, error);
    free_finding(finding);
}

static void copy_wanted(struct finding *finding, const struct wz_events_question *given)
{
    const struct ingest *ingest = finding->instance->host->parts.ingest;
    finding->wanted_count = given->wanted_count;
    finding->wanted = mem_alloc((given->wanted_count + 1) * sizeof *finding->wanted);
    finding->keys = mem_alloc((given->wanted_count + 1) * sizeof *finding->keys);
    for (size_t i = 0; i < given->wanted_count; i++) {
        const struct wz_wanted *one = &given->wanted[i];
        struct wanted *wanted = &finding->wanted[i];
        wanted->role = one->role;
        wanted->key = mem_copy_text(one->key);
        if (!one->key)
            ingest_pseudonym(ingest, one->person, wanted->person);
    }
}

void events_find(struct wz_instance *instance, const struct wz_events_question *question,
                 wz_events_found_fn done, void *context)
{
    struct finding *finding = mem_alloc(sizeof *finding);
    *finding = (struct finding){.instance = instance, .done = done, .context = context};
    host_hold(instance->host);
    if (!question->id)
        copy_wanted(finding, question);
    else
        memcpy(finding->id, question->id, sizeof finding->id);
    finding->question = (struct store_event_question){
        .id = question->id ? finding->id : NULL,
        .keys = finding->keys,
        .key_count = finding->wanted_count,
        .since = question->since,
        .until = question->until,
        .from = question->from,
        .ascending = question->ascending != 0,
        .with_attachments = question->with_attachments != 0,
        .limit = question->limit < MOST_EVENTS ? question->limit : MOST_EVENTS,
        .most_bytes = question->most_bytes < MOST_BYTES ? question->most_bytes : MOST_BYTES};
    store_read(instance->host->parts.store, find_events, on_found, finding);
}
