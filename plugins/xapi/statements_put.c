/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements.h"

#include "attachments.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "forms.h"
#include "json.h"
#include "multipart.h"
#include "statement.h"
#include "xapi.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what waits for the store -------------------------------------------------------------------------- */

/* The ids of the statements of a request, in their order. */
struct handed_in {
    char (*ids)[37];
    size_t count;
};

static void free_handed_in(void *state)
{
    struct handed_in *handed_in = state;
    free(handed_in->ids);
    free(handed_in);
}

static void answer_ids(struct xapi_request *request)
{
    const struct handed_in *handed_in = request->state;
    struct buf body = {0};
    buf_append_text(&body, "[");
    for (size_t i = 0; i < handed_in->count; i++)
        buf_append_format(&body, "%s\"%s\"", i ? "," : "", handed_in->ids[i]);
    buf_append_text(&body, "]");
    xapi_answer(request, 200, "application/json", body.data, body.size);
    buf_free(&body);
}

/* The first that is at fault; none of the request was taken. */
static void refuse_at(struct xapi_request *request, const struct wz_events_taken *taken)
{
    const struct handed_in *handed_in = request->state;
    const bool is_known = taken->at < handed_in->count && taken->at < taken->count;
    if (is_known && taken->fates[taken->at] == WZ_EVENT_CONFLICT)
        xapi_refuse(request, 409,
                    "statement %zu of %zu: there is another statement with the id %s, and statements never "
                    "change; give this one an id of its own",
                    taken->at + 1, handed_in->count, handed_in->ids[taken->at]);
    else if (is_known)
        xapi_refuse(request, 400, "statement %zu of %zu cannot be kept: %s", taken->at + 1, handed_in->count,
                    taken->error ? taken->error : "something in it is too long");
    else
        xapi_refuse_failure(request, WZ_REFUSED, taken->error);
}

static void on_taken(void *context, const struct wz_events_taken *taken)
{
    struct xapi_request *request = context;
    if (taken->failure == WZ_REFUSED)
        refuse_at(request, taken);
    else if (taken->failure != WZ_NO_FAILURE)
        xapi_refuse_failure(request, taken->failure, taken->error);
    else if (request->method == XAPI_PUT)
        xapi_answer(request, 204, NULL, NULL, 0);
    else
        answer_ids(request);
}

/* ---- what came ----------------------------------------------------------------------------------------- */

/* All that is needed until the statements are handed in. */
struct storing {
    struct xapi_request *request;
    struct multipart multipart;
    struct attachments attachments;
    struct json json;
    struct map ids; /* those that the statements have so far */
    struct statement_event *events;
    struct attachment_list *lists;
    const struct wz_event **handed; /* `events`, as the host takes them */
    char (*id_texts)[37];
    size_t count, room;
    size_t bytes;       /* of the texts of all events so far */
    struct error error; /* ERROR_TOO_MUCH: it is well formed and too large */
};

static void storing_free(struct storing *storing)
{
    for (size_t i = 0; i < storing->room; i++) {
        statement_event_free(&storing->events[i]);
        attachment_list_free(&storing->lists[i]);
    }
    free(storing->events);
    free(storing->lists);
    free((void *)storing->handed);
    free(storing->id_texts);
    map_free(&storing->ids);
    json_free(&storing->json);
    attachments_free(&storing->attachments);
    multipart_free(&storing->multipart);
}

/* xAPI has all of it in UTF-8, so any other charset is a mistake. */
static bool is_json(const char *content_type)
{
    char *charset = media_type_parameter(content_type, "charset");
    const bool is_utf8 = !charset || strcasecmp(charset, "utf-8") == 0;
    free(charset);
    return is_utf8 && media_type_is(content_type, "application/json");
}

static int read_parts(struct storing *storing, const char *content_type, const char **text, size_t *size)
{
    const struct xapi_request *request = storing->request;
    struct multipart *multipart = &storing->multipart;
    if (multipart_read(multipart, content_type, request->body, request->body_size, &storing->error))
        return -1;
    const struct multipart_part *first = &multipart->parts[0];
    if (!first->content_type || !is_json(first->content_type))
        return error_set(&storing->error, ERROR_INPUT,
                         "part 1: its Content-Type is not application/json; the statements come first");
    *text = (const char *)first->bytes;
    *size = first->size;
    return attachments_take(&storing->attachments, multipart->parts + 1, multipart->count - 1,
                            &storing->error);
}

/* Reads the JSON of the statements, and takes in what came along with it. */
static int read_body(struct storing *storing)
{
    const struct xapi_request *request = storing->request;
    const char *content_type = xapi_header(request, "content-type");
    const char *text = request->body;
    size_t size = request->body_size;
    if (content_type && media_type_is(content_type, "multipart/mixed")) {
        if (read_parts(storing, content_type, &text, &size))
            return -1;
    } else if (!content_type || !is_json(content_type)) {
        return error_set(&storing->error, ERROR_INPUT,
                         "the Content-Type is %s; statements are application/json (in UTF-8), or "
                         "multipart/mixed where attachments come along",
                         content_type ? "another one" : "missing");
    }
    if (!size)
        return error_set(&storing->error, ERROR_INPUT, "there are no statements in the body");
    return json_read(&storing->json, text, size, &storing->error);
}

/* ---- one statement ------------------------------------------------------------------------------------- */

/* RFC 4122, 4.4. */
static void make_id(uint8_t id[16])
{
    randombytes_buf(id, 16);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x40);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

/* The id that a PUT names, which the statement's own has to be. */
static int put_id(struct storing *storing, bool has_own, uint8_t id[16])
{
    const char *text = xapi_parameter(storing->request, "statementId");
    uint8_t named[16];
    if (!form_read_uuid(text, strlen(text), named))
        return error_set(&storing->error, ERROR_INPUT, "the parameter statementId is no UUID (RFC 4122)");
    if (has_own && memcmp(named, id, sizeof named) != 0)
        return error_set(
            &storing->error, ERROR_INPUT,
            "id: it is not the parameter statementId; leave one of them out, or make them the same");
    memcpy(id, named, sizeof named);
    return 0;
}

static int find_id(struct storing *storing, uint32_t statement, uint8_t id[16])
{
    const uint32_t member = json_member(&storing->json, statement, "id");
    if (member) {
        struct buf text = {0};
        json_put_text(&storing->json, member, &text);
        const bool is_uuid = form_read_uuid((const char *)text.data, text.size, id);
        buf_free(&text);
        if (!is_uuid)
            return error_set(&storing->error, ERROR_INPUT, "id: a UUID (RFC 4122) is wanted");
    }
    if (storing->request->method == XAPI_PUT)
        return put_id(storing, member != 0, id);
    if (!member)
        make_id(id);
    if (map_find(&storing->ids, id, 16))
        return error_set(&storing->error, ERROR_INPUT,
                         "id: another statement of this request has it; give each its own");
    map_add(&storing->ids, id, 16, 0);
    return 0;
}

/* Makes the next event. */
static int take_statement(struct storing *storing, uint32_t statement, int64_t now)
{
    const struct xapi *xapi = storing->request->xapi;
    const enum xapi_version version = storing->request->version;
    struct statement_event *event = &storing->events[storing->count];
    struct attachment_list *list = &storing->lists[storing->count];
    uint8_t id[16];
    if (storing->json.values[statement].size > STATEMENT_LARGEST)
        return error_set(&storing->error, ERROR_TOO_MUCH,
                         "it is larger than %d MiB; send what is large as an attachment",
                         STATEMENT_LARGEST >> 20);
    if (statement_check(&storing->json, statement, version, &storing->error) ||
        find_id(storing, statement, id) ||
        attachments_of(&storing->attachments, xapi, &storing->json, statement, version, list,
                       &storing->error) ||
        statement_to_event(xapi, &storing->json, statement, id, now, event, &storing->error))
        return -1;
    storing->bytes += event->texts.size + event->raw.size + event->content.size +
                      event->event.reference_count * REFERENCE_BYTES;
    if (storing->bytes > STATEMENTS_MOST_BYTES)
        return error_set(
            &storing->error, ERROR_TOO_MUCH,
            "what the statements up to here name and say is more than can be kept at a time; send fewer in "
            "one request");
    event->event.attachments = list->list;
    event->event.attachment_count = list->count;
    storing->handed[storing->count] = &event->event;
    form_write_uuid(id, storing->id_texts[storing->count]);
    storing->count++;
    return 0;
}

static void make_room(struct storing *storing, size_t count)
{
    storing->events = mem_alloc((count + 1) * sizeof *storing->events);
    storing->lists = mem_alloc((count + 1) * sizeof *storing->lists);
    storing->handed = mem_alloc((count + 1) * sizeof(struct wz_event *));
    storing->id_texts = mem_alloc((count + 1) * sizeof *storing->id_texts);
    storing->room = count;
}

/* Makes events of all statements. */
static int take_statements(struct storing *storing)
{
    const struct json *json = &storing->json;
    const bool is_array = json_is(json, 0, JSON_ARRAY);
    const size_t count = is_array ? json->values[0].count : 1;
    const int64_t now = clock_now();
    if (is_array && storing->request->method == XAPI_PUT)
        return error_set(&storing->error, ERROR_INPUT,
                         "a PUT stores one statement, no array; send several with POST");
    if (count > STATEMENTS_MOST)
        return error_set(&storing->error, ERROR_TOO_MUCH,
                         "there are %zu statements; send at most %d in one request", count,
                         (int)STATEMENTS_MOST);
    make_room(storing, count);
    for (uint32_t at = is_array ? json_first(json, 0) : 0; storing->count < count; at = json->values[at].next)
        if (take_statement(storing, at, now))
            return is_array ? error_at(&storing->error, "statement %zu of %zu", storing->count + 1, count)
                            : -1;
    return attachments_check_all_wanted(&storing->attachments, &storing->error);
}

/* From here on the request is the store's: it may be answered before this returns. */
static void hand_in(struct storing *storing)
{
    struct xapi_request *request = storing->request;
    struct handed_in *handed_in = mem_alloc(sizeof *handed_in);
    *handed_in = (struct handed_in){storing->id_texts, storing->count};
    storing->id_texts = NULL;
    request->state = handed_in;
    request->free_state = free_handed_in;
    if (handed_in->count)
        request->xapi->host->events_put(request->xapi->self, storing->handed, handed_in->count, on_taken,
                                        request);
    else
        answer_ids(request);
}

void statements_put(struct xapi_request *request)
{
    static const char *const none[] = {NULL};
    static const char *const of_put[] = {"statementId", NULL};
    const bool is_put = request->method == XAPI_PUT;
    if (xapi_refuse_unknown(request, is_put ? of_put : none))
        return;
    if (is_put && !xapi_parameter(request, "statementId")) {
        xapi_refuse(request, 400,
                    "the parameter statementId is missing; a PUT names the statement, a POST need not");
        return;
    }
    struct storing storing = {.request = request};
    if (read_body(&storing) || take_statements(&storing))
        xapi_refuse(request, storing.error.kind == ERROR_TOO_MUCH ? 413 : 400, "%s", storing.error.text);
    else
        hand_in(&storing);
    storing_free(&storing);
}
