/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_lrs.h"

#include "base/mem.h"
#include "json/json.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

/* The host's handle of an instance is the fake itself. */
static struct lrs *lrs_of(struct wz_instance *self)
{
    return (struct lrs *)self;
}

/* ---- people -------------------------------------------------------------------------------------------- */

static void pseudonym_of(const char *person, char digits[WZ_PSEUDONYM_DIGITS + 1])
{
    uint8_t hash[WZ_PSEUDONYM_DIGITS / 2];
    if (person[0] == WZ_PERSON_MARK[0]) {
        memcpy(digits, person + 1, WZ_PSEUDONYM_DIGITS);
        digits[WZ_PSEUDONYM_DIGITS] = '\0';
        return;
    }
    crypto_generichash(hash, sizeof hash, (const uint8_t *)person, strlen(person), NULL, 0);
    sodium_bin2hex(digits, WZ_PSEUDONYM_DIGITS + 1, hash, sizeof hash);
}

/* A text with pseudonyms in place of its marks. */
static char *without_marks(const char *text, const struct wz_event *event)
{
    struct buf out = {0};
    for (; *text; text++) {
        if (*text != WZ_PERSON_MARK[0]) {
            buf_put_u8(&out, (uint8_t)*text);
            continue;
        }
        char *end, digits[WZ_PSEUDONYM_DIGITS + 1];
        const unsigned long index = strtoul(text + 1, &end, 10);
        assert_int_equal(*end, WZ_PERSON_MARK[0]);
        assert_true(index < event->people_count);
        pseudonym_of(event->people[index], digits);
        buf_append_text(&out, digits);
        text = end;
    }
    buf_put_u8(&out, '\0');
    return (char *)out.data;
}

/* ---- events are put ------------------------------------------------------------------------------------ */

static struct lrs_event *find_id(struct lrs *lrs, const uint8_t id[16])
{
    for (size_t i = 0; i < lrs->count; i++)
        if (memcmp(lrs->events[i].id, id, 16) == 0)
            return &lrs->events[i];
    return NULL;
}

static struct lrs_event copy_of(const struct wz_event *event)
{
    struct lrs_event kept = {.voids = event->voids != 0,
                             .has_target = event->target != NULL,
                             .time = event->time,
                             .raw = without_marks(event->raw, event),
                             .content = without_marks(event->content ? event->content : event->raw, event),
                             .references = mem_alloc((event->reference_count + 1) * sizeof *kept.references),
                             .reference_count = event->reference_count,
                             .attachments =
                                 mem_alloc((event->attachment_count + 1) * sizeof *kept.attachments),
                             .attachment_count = event->attachment_count};
    memcpy(kept.id, event->id, 16);
    if (event->target)
        memcpy(kept.target, event->target, 16);
    for (size_t i = 0; i < event->reference_count; i++) {
        const struct wz_reference *from = &event->references[i];
        char digits[WZ_PSEUDONYM_DIGITS + 1];
        if (!from->key)
            pseudonym_of(event->people[from->person], digits);
        kept.references[i] = (struct lrs_reference){from->role, from->key ? mem_copy_text(from->key) : NULL,
                                                    from->key ? NULL : mem_copy_text(digits)};
    }
    for (size_t i = 0; i < event->attachment_count; i++) {
        const struct wz_attachment *from = &event->attachments[i];
        kept.attachments[i] =
            (struct wz_attachment){mem_copy_text(from->key), mem_copy_text(from->content_type),
                                   mem_copy(from->bytes, from->size), from->size};
    }
    return kept;
}

static void free_event(struct lrs_event *event)
{
    for (size_t i = 0; i < event->reference_count; i++) {
        free(event->references[i].key);
        free(event->references[i].person);
    }
    for (size_t i = 0; i < event->attachment_count; i++) {
        free((char *)event->attachments[i].key);
        free((char *)event->attachments[i].content_type);
        free((void *)event->attachments[i].bytes);
    }
    free(event->references);
    free(event->attachments);
    free(event->raw);
    free(event->content);
}

/* An event of a parcel, as it will be kept. */
struct wz_parcel {
    struct lrs *lrs;
    struct lrs_event *events;
    size_t count, size;
};

static struct wz_parcel *parcel_begin(struct wz_instance *self)
{
    struct wz_parcel *parcel = mem_alloc(sizeof *parcel);
    parcel->lrs = lrs_of(self);
    return parcel;
}

static int parcel_add(struct wz_parcel *parcel, const struct wz_event *event)
{
    parcel->events = mem_resize(parcel->events, parcel->count + 1, sizeof *parcel->events);
    parcel->events[parcel->count++] = copy_of(event);
    parcel->size += strlen(event->raw) + event->reference_count * sizeof(uint64_t);
    for (size_t i = 0; i < event->people_count; i++)
        parcel->size += strlen(event->people[i]);
    for (size_t i = 0; i < event->attachment_count; i++)
        parcel->size += event->attachments[i].size;
    return 0;
}

static size_t parcel_size(const struct wz_parcel *parcel)
{
    return parcel->size;
}

static void parcel_drop(struct wz_parcel *parcel)
{
    for (size_t i = 0; i < parcel->count; i++)
        free_event(&parcel->events[i]);
    free(parcel->events);
    free(parcel);
}

static void keep(struct lrs *lrs, struct lrs_event *event)
{
    lrs->events = mem_resize(lrs->events, lrs->count + 1, sizeof *lrs->events);
    lrs->events[lrs->count] = *event;
    lrs->events[lrs->count++].stored = lrs->clock++;
    *event = (struct lrs_event){.voids = false};
}

static void parcel_put(struct wz_instance *self, struct wz_parcel *parcel, wz_events_taken_fn done,
                       void *context)
{
    struct lrs *lrs = lrs_of(self);
    const size_t count = parcel->count;
    uint8_t *fates = mem_alloc(count + 1);
    struct wz_events_taken taken = {.failure = lrs->failure, .fates = fates, .count = count};
    lrs->puts++;
    for (size_t i = 0; i < count && !taken.failure; i++) {
        const struct lrs_event *there = find_id(lrs, parcel->events[i].id);
        fates[i] = WZ_EVENT_TAKEN;
        if (there && strcmp(there->content, parcel->events[i].content) == 0) {
            fates[i] = WZ_EVENT_KNOWN;
        } else if (there) {
            fates[i] = WZ_EVENT_CONFLICT;
            taken.failure = WZ_REFUSED;
            taken.at = i;
        }
    }
    for (size_t i = 0; i < count && !taken.failure; i++)
        if (fates[i] == WZ_EVENT_TAKEN)
            keep(lrs, &parcel->events[i]);
    parcel_drop(parcel);
    done(context, &taken);
    free(fates);
}

/* ---- what is put aside --------------------------------------------------------------------------------- */

/* Runs when the request has been handed over, as on a thread; see lrs_send_with. */
static void aside(struct wz_instance *self, wz_aside_fn run, wz_aside_done_fn done, void *context)
{
    struct lrs *lrs = lrs_of(self);
    assert_null(lrs->run);
    lrs->run = run;
    lrs->done = done;
    lrs->context = context;
    lrs->asides++;
}

static void do_what_is_aside(struct lrs *lrs)
{
    while (lrs->run) {
        const wz_aside_fn run = lrs->run;
        lrs->run = NULL;
        if (!lrs->stops)
            run(lrs->context);
        lrs->done(lrs->context, lrs->stops);
    }
}

/* ---- events are found ---------------------------------------------------------------------------------- */

static bool is_voided(const struct lrs *lrs, const struct lrs_event *event)
{
    for (size_t i = 0; i < lrs->count; i++)
        if (lrs->events[i].voids && memcmp(lrs->events[i].target, event->id, 16) == 0)
            return true;
    return false;
}

static bool has(const struct lrs_event *event, const struct wz_wanted *wanted)
{
    char digits[WZ_PSEUDONYM_DIGITS + 1] = "";
    if (!wanted->key)
        pseudonym_of(wanted->person, digits);
    for (size_t i = 0; i < event->reference_count; i++) {
        const struct lrs_reference *one = &event->references[i];
        if (one->role == wanted->role && (wanted->key ? one->key && strcmp(one->key, wanted->key) == 0
                                                      : one->person && strcmp(one->person, digits) == 0))
            return true;
    }
    return false;
}

static bool matches(const struct lrs *lrs, const struct lrs_event *event,
                    const struct wz_events_question *question)
{
    if (question->id)
        return memcmp(event->id, question->id, 16) == 0;
    if (is_voided(lrs, event) || (question->since != WZ_NO_TIME && event->stored <= question->since) ||
        (question->until != WZ_NO_TIME && event->stored > question->until))
        return false;
    for (size_t i = 0; i < question->wanted_count; i++)
        if (!has(event, &question->wanted[i]))
            return false;
    return true;
}

static struct wz_event_found found_of(const struct lrs *lrs, size_t index, bool with_attachments)
{
    const struct lrs_event *event = &lrs->events[index];
    struct wz_event_found found = {.position = index + 1,
                                   .time = event->time,
                                   .stored = event->stored,
                                   .voided = is_voided(lrs, event),
                                   .raw = event->raw,
                                   .raw_size = strlen(event->raw),
                                   .attachments = with_attachments ? event->attachments : NULL,
                                   .attachment_count = with_attachments ? event->attachment_count : 0};
    memcpy(found.id, event->id, 16);
    return found;
}

static void events_find(struct wz_instance *self, const struct wz_events_question *question,
                        wz_events_found_fn done, void *context)
{
    struct lrs *lrs = lrs_of(self);
    struct wz_event_found *found = mem_alloc((question->limit + 1) * sizeof *found);
    const struct wz_event_found **pointers = mem_alloc((question->limit + 1) * sizeof *pointers);
    struct wz_events_page page = {.events = pointers, .through = lrs->clock};
    lrs->finds++;
    assert_true(!question->limit || question->most_bytes);
    /* Positions are 1 to count; `from` is where to begin. */
    size_t at = question->from ? question->from : question->ascending ? 1 : lrs->count;
    for (; question->limit && at >= 1 && at <= lrs->count; at += question->ascending ? 1 : (size_t)-1) {
        if (!matches(lrs, &lrs->events[at - 1], question))
            continue;
        if (page.count == question->limit) {
            page.next = at;
            break;
        }
        found[page.count] = found_of(lrs, at - 1, question->with_attachments);
        pointers[page.count] = &found[page.count];
        page.count++;
    }
    done(context, lrs->fails_to_find ? NULL : &page, lrs->fails_to_find ? "the disk cannot be read" : NULL);
    free(found);
    free((void *)pointers);
}

/* ---- requests ------------------------------------------------------------------------------------------ */

static void respond(struct wz_request *request, const struct wz_http_reply *http)
{
    struct fake_answer *reply = &((struct lrs *)request)->reply;
    fake_answer_take(reply, http);
    fake_check_json(reply, "application/json");
}

const struct fake_answer *lrs_send_with(struct lrs *lrs, const char *method, const char *target,
                                        const struct wz_header *headers, size_t header_count,
                                        const void *body, size_t size)
{
    fake_answer_drop(&lrs->reply);
    fake_request(&lrs->xapi, (struct wz_request *)lrs, method, target, headers, header_count, body, size);
    do_what_is_aside(lrs);
    assert_int_not_equal(lrs->reply.status, 0);
    return &lrs->reply;
}

const struct fake_answer *lrs_send(struct lrs *lrs, const char *method, const char *target, const char *type,
                                   const void *body, size_t size)
{
    struct wz_header headers[2];
    size_t count = 0;
    if (lrs->version)
        headers[count++] = (struct wz_header){"X-Experience-API-Version", lrs->version};
    if (type)
        headers[count++] = (struct wz_header){"Content-Type", type};
    return lrs_send_with(lrs, method, target, headers, count, body, size);
}

const struct fake_answer *lrs_json(struct lrs *lrs, const char *method, const char *target, const char *body)
{
    return lrs_send(lrs, method, target, body ? "application/json" : NULL, body, body ? strlen(body) : 0);
}

const char *lrs_body(const struct lrs *lrs)
{
    return lrs->reply.body;
}

const char *lrs_header(const struct lrs *lrs, const char *name)
{
    return fake_header(&lrs->reply, name);
}

void lrs_expect(const struct lrs *lrs, int status)
{
    if (lrs->reply.status != status)
        fail_msg("%d, not %d: %s", lrs->reply.status, status, lrs_body(lrs));
}

size_t lrs_found(const struct lrs *lrs)
{
    struct json json = {0};
    struct error error;
    lrs_expect(lrs, 200);
    assert_int_equal(json_read(&json, lrs_body(lrs), lrs->reply.size, &error), 0);
    const size_t count = json.values[json_member(&json, 0, "statements")].count;
    json_free(&json);
    return count;
}

/* ---- its life ------------------------------------------------------------------------------------------ */

void lrs_begin(struct lrs *lrs, bool keeps_identities)
{
    assert_true(sodium_init() >= 0);
    *lrs = (struct lrs){.version = "1.0.3", .clock = 1700000000000};
    lrs->host = (struct wz_host){.abi_version = WZ_ABI_VERSION,
                                 .struct_size = sizeof lrs->host,
                                 .respond = respond,
                                 .answer_header = fake_answer_header,
                                 .aside = aside,
                                 .parcel_begin = parcel_begin,
                                 .parcel_add = parcel_add,
                                 .parcel_size = parcel_size,
                                 .parcel_put = parcel_put,
                                 .parcel_drop = parcel_drop,
                                 .events_find = events_find};
    lrs->xapi = (struct xapi){.host = &lrs->host,
                              .self = (struct wz_instance *)lrs,
                              .path = "/xapi",
                              .keeps_identities = keeps_identities,
                              .authority = "{\"objectType\":\"Agent\",\"account\":{\"homePage\":\"https://"
                                           "wijzer.invalid/feed\",\"name\":\"lms\"}}",
                              .authority_person = "https://wijzer.invalid/feed lms"};
}

void lrs_end(struct lrs *lrs)
{
    for (size_t i = 0; i < lrs->count; i++)
        free_event(&lrs->events[i]);
    free(lrs->events);
    fake_answer_drop(&lrs->reply);
}
