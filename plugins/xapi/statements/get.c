/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements/statements.h"

#include "base/map.h"
#include "base/mem.h"
#include "http/http_date.h"
#include "http/multipart.h"
#include "statements/query.h"
#include "xapi.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_query(void *state)
{
    query_free(state);
    free(state);
}

/* ---- the answer ---------------------------------------------------------------------------------------- */

static int put_statement(const struct xapi_request *request, const struct wz_event_found *found,
                         struct buf *out)
{
    const struct statement_query *query = request->state;
    return statement_put_found(found, query->format, xapi_header(request, "accept-language"),
                               request->version, out);
}

/* A StatementResult (xAPI 1.0.3, Data 2.5). */
static int put_page(const struct xapi_request *request, const struct wz_events_page *page, struct buf *out)
{
    buf_append_text(out, "{\"statements\":[");
    for (size_t i = 0; i < page->count; i++) {
        if (i)
            buf_put_u8(out, ',');
        if (put_statement(request, page->events[i], out))
            return -1;
    }
    buf_append_text(out, "],\"more\":");
    struct buf more = {0};
    if (page->next)
        query_put_more(request, page->next, &more);
    json_put_quoted(more.size ? (const char *)more.data : "", more.size, out);
    buf_free(&more);
    buf_put_u8(out, '}');
    return 0;
}

/* Appends the attachments of the page, each once however many statements have it. */
static void put_attachments(const char *boundary, const struct wz_events_page *page, struct buf *out)
{
    struct map seen = {0};
    for (size_t i = 0; i < page->count; i++)
        for (size_t j = 0; j < page->events[i]->attachment_count; j++) {
            const struct wz_attachment *one = &page->events[i]->attachments[j];
            if (map_find_text(&seen, one->key))
                continue;
            map_add_text(&seen, one->key, 0);
            multipart_put(boundary, one->content_type, one->key, one->bytes, one->size, out);
        }
    map_free(&seen);
}

static void answer_with_attachments(struct xapi_request *request, const struct wz_events_page *page,
                                    const struct buf *statements)
{
    char boundary[MULTIPART_BOUNDARY_SIZE], type[100];
    struct buf body = {0};
    multipart_boundary(boundary);
    snprintf(type, sizeof type, "multipart/mixed; boundary=%s", boundary);
    multipart_put(boundary, "application/json", NULL, statements->data, statements->size, &body);
    put_attachments(boundary, page, &body);
    multipart_put_end(boundary, &body);
    xapi_answer(request, 200, type, body.data, body.size);
    buf_free(&body);
}

static void answer(struct xapi_request *request, const struct wz_events_page *page)
{
    const struct statement_query *query = request->state;
    struct buf statements = {0};
    const int damaged = query->is_single ? put_statement(request, page->events[0], &statements)
                                         : put_page(request, page, &statements);
    if (damaged)
        xapi_refuse(request, 500, "what was kept of a statement is damaged; restore a backup");
    else if (query->question.with_attachments)
        answer_with_attachments(request, page, &statements);
    else
        xapi_answer(request, 200, "application/json", statements.data, statements.size);
    buf_free(&statements);
}

/* ---- what was found ------------------------------------------------------------------------------------ */

static void answer_single(struct xapi_request *request, const struct wz_events_page *page)
{
    const struct statement_query *query = request->state;
    const bool is_there = page->count && (page->events[0]->voided != 0) == query->wants_voided;
    if (!is_there) {
        xapi_refuse(request, 404,
                    query->wants_voided ? "there is no voided statement with this id"
                                        : "there is no statement with this id, or it was voided; ask for "
                                          "voidedStatementId then");
        return;
    }
    char date[HTTP_DATE_SIZE];
    http_date_write(page->events[0]->stored, date);
    xapi_reply_header(request, "Last-Modified", date);
    answer(request, page);
}

static void on_found(void *context, const struct wz_events_page *page, const char *error)
{
    struct xapi_request *request = context;
    const struct statement_query *query = request->state;
    if (!page) {
        xapi_refuse_failure(request, WZ_FAILED, error);
        return;
    }
    statements_say_through(request, page->through);
    if (query->is_single)
        answer_single(request, page);
    else
        answer(request, page);
}

void statements_get(struct xapi_request *request)
{
    static const char *const known[] = {
        "statementId",        "voidedStatementId", "agent",  "verb",  "activity", "registration",
        "related_activities", "related_agents",    "since",  "until", "limit",    "format",
        "attachments",        "ascending",         "cursor", NULL};
    struct error error;
    if (xapi_refuse_unknown(request, known))
        return;
    struct statement_query *query = mem_alloc(sizeof *query);
    request->state = query;
    request->free_state = free_query;
    if (query_read(query, request, &error))
        xapi_refuse(request, 400, "%s", error.text);
    else
        request->xapi->host->events_find(request->xapi->self, &query->question, on_found, request);
}
