/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Documents: state, and the profiles of activities and agents (xAPI 1.0.3,
 * Communication 2.2, 2.3, 2.6, 2.7, 3.1).
 *
 * What changes a document reads it, decides, and writes with the version that it has read as the one
 * expected; where somebody else was in between, it begins again.
 */
#include "documents/content.h"
#include "documents/key.h"
#include "http/answer.h"
#include "http/aside.h"
#include "http/etag.h"
#include "xapi.h"
#include "json/json.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Of those who change one document at the same moment, one gets through each time. */
enum { MOST_TRIES = 50 };

/* The document that a POST is merged into. */
struct earlier {
    char *content_type; /* NULL: there is none */
    struct buf body;
    uint64_t version;
};

/* The state of a request. */
struct pending {
    struct document_key key;
    struct earlier earlier;
    struct buf merged;
    struct error error; /* ERROR_NONE: what was sent can be merged */
    unsigned tries;
};

static void free_pending(void *state)
{
    struct pending *pending = state;
    document_key_free(&pending->key);
    free(pending->earlier.content_type);
    buf_free(&pending->earlier.body);
    buf_free(&pending->merged);
    free(pending);
}

static struct pending *pending_of(struct xapi_request *request)
{
    return request->state;
}

static void refuse_unread(struct xapi_request *request, const char *error)
{
    xapi_refuse_failure(request, WZ_FAILED, error);
}

/* ---- GET ----------------------------------------------------------------------------------------------- */

static void got_document(void *context, const struct wz_resource *resource, const char *error)
{
    struct xapi_request *request = context;
    if (error) {
        refuse_unread(request, error);
        return;
    }
    if (!resource) {
        xapi_refuse(request, 404, "there is no document with this %s", pending_of(request)->key.kind->id);
        return;
    }
    /* A document may be a page. Opened in a browser it must not act for whoever looks at it. */
    xapi_reply_header(request, "Content-Security-Policy", "sandbox; default-src 'none'");
    xapi_reply_header(request, "X-Content-Type-Options", "nosniff");
    answer_found(request, resource->content_type, resource->body, resource->size, resource->updated);
}

static void got_ids(void *context, const char *const *names, size_t count, int64_t updated, const char *error)
{
    struct xapi_request *request = context;
    if (error) {
        refuse_unread(request, error);
        return;
    }
    struct buf list = {0};
    buf_put_u8(&list, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_put_u8(&list, ',');
        json_put_quoted(names[i], strlen(names[i]), &list);
    }
    buf_put_u8(&list, ']');
    answer_found(request, "application/json", list.data, list.size, updated);
    buf_free(&list);
}

static void get(struct xapi_request *request)
{
    const struct xapi *xapi = request->xapi;
    const struct document_key *asked = &pending_of(request)->key;
    const struct wz_resource_key key = document_key_of(asked);
    if (asked->id)
        xapi->host->resource_get(xapi->self, &key, got_document, request);
    else
        xapi->host->resource_names(xapi->self, &key, asked->since, got_ids, request);
}

/* ---- what changes one document ------------------------------------------------------------------------- */

static void begin_change(struct xapi_request *request);

static void changed(void *context, int done, enum wz_failure failure, const char *error)
{
    struct xapi_request *request = context;
    if (failure != WZ_NO_FAILURE) {
        xapi_refuse_failure(request, failure, error);
        return;
    }
    if (done) {
        xapi_answer(request, 204, NULL, NULL, 0);
        return;
    }
    if (++pending_of(request)->tries < MOST_TRIES) {
        begin_change(request);
        return;
    }
    xapi_refuse(request, 409, "others keep changing this document at the same time; try again in a moment");
}

/* `resource` NULL: nothing is left. */
static void change(struct xapi_request *request, const struct wz_resource *resource, uint64_t expected)
{
    const struct wz_resource_key key = document_key_of(&pending_of(request)->key);
    request->xapi->host->resource_put(request->xapi->self, &key, resource, expected, changed, request);
}

static struct wz_resource sent_document(const struct xapi_request *request)
{
    const char *type = xapi_header(request, "content-type");
    return (struct wz_resource){
        /* RFC 9110, section 8.3: what is not told may be taken for bytes. */
        .content_type = type ? type : "application/octet-stream",
        .body = request->body ? request->body : "",
        .size = request->body_size,
    };
}

static void refuse_content(struct xapi_request *request, const struct error *error)
{
    xapi_refuse(request, error->kind == ERROR_TOO_MUCH ? 413 : 400, "%s", error->text);
}

/* A PUT that could overwrite what its sender has never seen. true: it was answered. */
static bool refuse_blind_put(struct xapi_request *request, const struct wz_resource *there)
{
    const struct document_kind *kind = pending_of(request)->key.kind;
    if (xapi_header(request, "if-match") || xapi_header(request, "if-none-match"))
        return false;
    if (!kind->needs_precondition && request->version == XAPI_1_0_3)
        return false;
    if (there) {
        xapi_refuse(request, 409,
                    "there is a document here already; GET it, look at its current state, and send the PUT "
                    "again with its ETag in the header If-Match");
        return true;
    }
    if (request->version == XAPI_1_0_3) {
        xapi_refuse(request, 400,
                    "a PUT of a profile needs the header If-Match with the ETag of the document that it "
                    "replaces, or If-None-Match: * where there is none yet");
        return true;
    }
    return false;
}

static void put_over(struct xapi_request *request, const struct wz_resource *there)
{
    if (refuse_blind_put(request, there))
        return;
    const struct wz_resource sent = sent_document(request);
    change(request, &sent, there ? there->version : 0);
}

/* JSON has to be an object even where nothing is there yet: the next POST could not be merged into it. */
static int check_first(struct pending *pending, const struct wz_resource *sent)
{
    if (!document_type_is_json(sent->content_type))
        return 0;
    return document_check_object("the document that was sent", sent->content_type, sent->body, sent->size,
                                 &pending->error);
}

static int merge(struct pending *pending, const struct wz_resource *sent)
{
    const struct earlier *earlier = &pending->earlier;
    const struct wz_resource there = {
        .content_type = earlier->content_type, .body = earlier->body.data, .size = earlier->body.size};
    return document_merge(&there, sent, &pending->merged, &pending->error);
}

/* Aside. */
static void merge_sent(struct xapi_request *request)
{
    struct pending *pending = pending_of(request);
    const struct wz_resource sent = sent_document(request);
    const bool is_first = !pending->earlier.content_type;
    buf_clear(&pending->merged);
    if ((is_first ? check_first(pending, &sent) : merge(pending, &sent)) == 0)
        pending->error.kind = ERROR_NONE;
}

static void post_merged(struct xapi_request *request)
{
    const struct pending *pending = pending_of(request);
    struct wz_resource whole = sent_document(request);
    if (pending->error.kind != ERROR_NONE) {
        refuse_content(request, &pending->error);
        return;
    }
    if (pending->earlier.content_type) {
        whole.body = pending->merged.data;
        whole.size = pending->merged.size;
    }
    change(request, &whole, pending->earlier.version);
}

/* What is there lives only for the call. More of it is not merged than LARGEST_MERGED, and need not be kept
 * to see that. */
static void keep_earlier(struct earlier *earlier, const struct wz_resource *there)
{
    const size_t most = (size_t)LARGEST_MERGED + 1;
    buf_clear(&earlier->body);
    free(earlier->content_type);
    earlier->content_type = there ? mem_copy_text(there->content_type) : NULL;
    earlier->version = there ? there->version : 0;
    if (there)
        buf_put(&earlier->body, there->size ? there->body : "", there->size < most ? there->size : most);
}

static void post_over(struct xapi_request *request, const struct wz_resource *there)
{
    struct earlier *earlier = &pending_of(request)->earlier;
    keep_earlier(earlier, there);
    xapi_aside(request, request->body_size + earlier->body.size, merge_sent, post_merged);
}

static void delete_over(struct xapi_request *request, const struct wz_resource *there)
{
    if (there)
        change(request, NULL, there->version);
    else
        xapi_answer(request, 204, NULL, NULL, 0);
}

/* true: the preconditions do not hold, and it was answered. */
static bool refuse_by_precondition(struct xapi_request *request, const struct wz_resource *there)
{
    const char *if_match = xapi_header(request, "if-match"),
               *if_none_match = xapi_header(request, "if-none-match");
    if (!if_match && !if_none_match)
        return false;
    char etag[ETAG_ROOM];
    if (there)
        etag_of(there->body, there->size, etag);
    switch (etag_precondition(if_match, if_none_match, there ? etag : NULL)) {
    case PRECONDITION_HOLDS:
        return false;
    case PRECONDITION_MALFORMED:
        answer_precondition_malformed(request);
        return true;
    case PRECONDITION_CHANGED:
        xapi_refuse(request, 412,
                    "the document is not the one that If-Match names; GET it, look at its current state, and "
                    "send this again with its ETag in If-Match");
        return true;
    case PRECONDITION_THERE:
        xapi_refuse(request, 412,
                    "there is a document here, which If-None-Match rules out; GET it, look at its current "
                    "state, and send this again with its ETag in If-Match");
        return true;
    }
    return false;
}

static void read_before_change(void *context, const struct wz_resource *there, const char *error)
{
    struct xapi_request *request = context;
    if (error)
        refuse_unread(request, error);
    else if (refuse_by_precondition(request, there))
        return;
    else if (request->method == XAPI_PUT)
        put_over(request, there);
    else if (request->method == XAPI_POST)
        post_over(request, there);
    else
        delete_over(request, there);
}

static void begin_change(struct xapi_request *request)
{
    const struct wz_resource_key key = document_key_of(&pending_of(request)->key);
    request->xapi->host->resource_get(request->xapi->self, &key, read_before_change, request);
}

/* ---- DELETE of many ------------------------------------------------------------------------------------ */

static void removed_all(void *context, int done, enum wz_failure failure, const char *error)
{
    (void)done;
    struct xapi_request *request = context;
    if (failure != WZ_NO_FAILURE)
        xapi_refuse_failure(request, failure, error);
    else
        xapi_answer(request, 204, NULL, NULL, 0);
}

static void delete_many(struct xapi_request *request)
{
    const struct document_key *asked = &pending_of(request)->key;
    if (xapi_header(request, "if-match") || xapi_header(request, "if-none-match")) {
        xapi_refuse(request, 400,
                    "If-Match and If-None-Match are about one document; name it with the parameter %s",
                    asked->kind->id);
        return;
    }
    const struct wz_resource_key key = document_key_of(asked);
    request->xapi->host->resource_put(request->xapi->self, &key, NULL, WZ_ANY_VERSION, removed_all, request);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

/* true: it was answered. */
static bool refuse_parameters(struct xapi_request *request, const struct document_kind *kind)
{
    if (xapi_refuse_unknown(request, kind->parameters))
        return true;
    if (request->method == XAPI_GET || request->method == XAPI_HEAD || !xapi_parameter(request, "since"))
        return false;
    xapi_refuse(request, 400, "the parameter since belongs to a GET; leave it out");
    return true;
}

static bool refuse_type(struct xapi_request *request)
{
    const char *type = xapi_header(request, "content-type");
    if ((request->method != XAPI_PUT && request->method != XAPI_POST) || !type ||
        document_type_is_sound(type))
        return false;
    xapi_refuse(request, 400,
                "the header Content-Type is no media type of at most %d bytes, as text/plain; charset=utf-8 "
                "is one",
                LONGEST_DOCUMENT_TYPE);
    return true;
}

static void begin(struct xapi_request *request)
{
    if (request->method == XAPI_GET || request->method == XAPI_HEAD)
        get(request);
    else if (pending_of(request)->key.id)
        begin_change(request);
    else
        delete_many(request);
}

void xapi_documents(struct xapi_request *request)
{
    const struct document_kind *kind = document_kind_at(request->path);
    if (refuse_parameters(request, kind) || refuse_type(request))
        return;
    struct pending *pending = mem_alloc(sizeof *pending);
    request->state = pending;
    request->free_state = free_pending;
    struct error error;
    if (document_key_read(request, kind, &pending->key, &error))
        xapi_refuse(request, 400, "%s", error.text);
    else
        begin(request);
}
