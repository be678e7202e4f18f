/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements/take.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "check/forms.h"
#include "http/multipart.h"
#include "statement/attachments.h"
#include "statement/statement.h"
#include "statements/statements.h"
#include "xapi.h"
#include "json/json.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what came ----------------------------------------------------------------------------------------- */

/* All that is needed until the last statement has been taken. */
struct taking {
    const struct xapi_request *request;
    struct multipart multipart;
    struct attachments attachments;
    struct json json;
    struct map ids; /* those that the statements have so far */
    /* Of one statement after the other. */
    struct statement_event event;
    struct attachment_list list;
    size_t at;       /* the statement */
    bool is_refused; /* by the host */
    struct statements_taken *taken;
};

static void taking_free(struct taking *taking)
{
    statement_event_free(&taking->event);
    attachment_list_free(&taking->list);
    map_free(&taking->ids);
    json_free(&taking->json);
    attachments_free(&taking->attachments);
    multipart_free(&taking->multipart);
}

/* xAPI has all of it in UTF-8, so any other charset is a mistake. */
static bool is_json(const char *content_type)
{
    char *charset = media_type_parameter(content_type, "charset");
    const bool is_utf8 = !charset || strcasecmp(charset, "utf-8") == 0;
    free(charset);
    return is_utf8 && media_type_is(content_type, "application/json");
}

static int read_parts(struct taking *taking, const char *content_type, const char **text, size_t *size)
{
    const struct xapi_request *request = taking->request;
    struct multipart *multipart = &taking->multipart;
    if (multipart_read(multipart, content_type, request->body, request->body_size, &taking->taken->error))
        return -1;
    const struct multipart_part *first = &multipart->parts[0];
    if (!first->content_type || !is_json(first->content_type))
        return error_set(&taking->taken->error, ERROR_INPUT,
                         "part 1: its Content-Type is not application/json; the statements come first");
    *text = (const char *)first->bytes;
    *size = first->size;
    return attachments_take(&taking->attachments, multipart->parts + 1, multipart->count - 1,
                            &taking->taken->error);
}

/* Reads the JSON of the statements, and takes in what came along with it. */
static int read_body(struct taking *taking)
{
    const struct xapi_request *request = taking->request;
    const char *content_type = xapi_header(request, "content-type");
    const char *text = request->body;
    size_t size = request->body_size;
    if (content_type && media_type_is(content_type, "multipart/mixed")) {
        if (read_parts(taking, content_type, &text, &size))
            return -1;
    } else if (!content_type || !is_json(content_type)) {
        return error_set(&taking->taken->error, ERROR_INPUT,
                         "the Content-Type is %s; statements are application/json (in UTF-8), or "
                         "multipart/mixed where attachments come along",
                         content_type ? "another one" : "missing");
    }
    if (!size)
        return error_set(&taking->taken->error, ERROR_INPUT, "there are no statements in the body");
    return json_read(&taking->json, text, size, &taking->taken->error);
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
static int put_id(struct taking *taking, bool has_own, uint8_t id[16])
{
    const char *text = xapi_parameter(taking->request, "statementId");
    uint8_t named[16];
    if (!form_read_uuid(text, strlen(text), named))
        return error_set(&taking->taken->error, ERROR_INPUT,
                         "the parameter statementId is no UUID (RFC 4122)");
    if (has_own && memcmp(named, id, sizeof named) != 0)
        return error_set(
            &taking->taken->error, ERROR_INPUT,
            "id: it is not the parameter statementId; leave one of them out, or make them the same");
    memcpy(id, named, sizeof named);
    return 0;
}

static int find_id(struct taking *taking, uint32_t statement, uint8_t id[16])
{
    const uint32_t member = json_member(&taking->json, statement, "id");
    if (member) {
        struct buf scratch = {0};
        const struct json_text text = json_text_of(&taking->json, member, &scratch);
        const bool is_uuid = form_read_uuid(text.at, text.size, id);
        buf_free(&scratch);
        if (!is_uuid)
            return error_set(&taking->taken->error, ERROR_INPUT, "id: a UUID (RFC 4122) is wanted");
    }
    if (taking->request->method == XAPI_PUT)
        return put_id(taking, member != 0, id);
    if (!member)
        make_id(id);
    if (map_find(&taking->ids, id, 16))
        return error_set(&taking->taken->error, ERROR_INPUT,
                         "id: another statement of this request has it; give each its own");
    map_add(&taking->ids, id, 16, 0);
    return 0;
}

/* Of one that is as it should be. */
static int make_event(struct taking *taking, uint32_t statement, int64_t now, uint8_t id[16])
{
    const struct xapi *xapi = taking->request->xapi;
    const enum xapi_version version = taking->request->version;
    struct error *error = &taking->taken->error;
    if (taking->json.values[statement].size > STATEMENT_LARGEST)
        return error_set(error, ERROR_TOO_MUCH,
                         "it is larger than %d MiB; send what is large as an attachment",
                         STATEMENT_LARGEST >> 20);
    if (statement_check(&taking->json, statement, version, error) || find_id(taking, statement, id) ||
        attachments_of(&taking->attachments, xapi, &taking->json, statement, version, &taking->list, error))
        return -1;
    statement_to_event(xapi, &taking->json, statement, id, now, &taking->event);
    return 0;
}

/* Packs the next statement. */
static int take_statement(struct taking *taking, uint32_t statement, int64_t now)
{
    const struct wz_host *host = taking->request->xapi->host;
    struct statements_taken *taken = taking->taken;
    struct wz_event *event = &taking->event.event;
    uint8_t id[16];
    if (make_event(taking, statement, now, id))
        return -1;
    event->attachments = taking->list.list;
    event->attachment_count = taking->list.count;
    form_write_uuid(id, taken->ids[taking->at]);
    taking->is_refused = host->parcel_add(taken->parcel, event) != 0;
    attachment_list_free(&taking->list);
    if (host->parcel_size(taken->parcel) > STATEMENTS_MOST_BYTES)
        return error_set(
            &taken->error, ERROR_TOO_MUCH,
            "what the statements up to here name and say is more than can be kept at a time; send fewer in "
            "one request");
    return 0;
}

/* All of them; or up to one that the host cannot keep, for then it keeps none. */
static int take_each(struct taking *taking, uint32_t first)
{
    const struct json *json = &taking->json;
    const int64_t now = clock_now();
    for (uint32_t statement = first; taking->at < taking->taken->count; taking->at++) {
        if (take_statement(taking, statement, now))
            return -1;
        if (taking->is_refused)
            return 0;
        statement = json->values[statement].next;
    }
    return attachments_check_all_wanted(&taking->attachments, &taking->taken->error);
}

static int take_statements(struct taking *taking)
{
    const struct json *json = &taking->json;
    struct statements_taken *taken = taking->taken;
    const bool is_array = json_is(json, 0, JSON_ARRAY);
    const size_t count = is_array ? json->values[0].count : 1;
    if (is_array && taking->request->method == XAPI_PUT)
        return error_set(&taken->error, ERROR_INPUT,
                         "a PUT stores one statement, no array; send several with POST");
    if (count > STATEMENTS_MOST)
        return error_set(&taken->error, ERROR_TOO_MUCH,
                         "there are %zu statements; send at most %d in one request", count,
                         (int)STATEMENTS_MOST);
    taken->count = count;
    taken->ids = mem_alloc((count + 1) * sizeof *taken->ids);
    taken->parcel = taking->request->xapi->host->parcel_begin(taking->request->xapi->self);
    if (take_each(taking, is_array ? json_first(json, 0) : 0) == 0)
        return 0;
    return is_array && taking->at < count
               ? error_at(&taken->error, "statement %zu of %zu", taking->at + 1, count)
               : -1;
}

void statements_take(const struct xapi_request *request, struct statements_taken *taken)
{
    struct taking taking = {.request = request, .taken = taken};
    *taken = (struct statements_taken){.error.kind = ERROR_NONE};
    if (read_body(&taking) == 0 && take_statements(&taking) == 0)
        taken->error.kind = ERROR_NONE;
    taking_free(&taking);
}

void statements_taken_free(const struct xapi_request *request, struct statements_taken *taken)
{
    if (taken->parcel)
        request->xapi->host->parcel_drop(taken->parcel);
    free(taken->ids);
    *taken = (struct statements_taken){.error.kind = ERROR_NONE};
}
