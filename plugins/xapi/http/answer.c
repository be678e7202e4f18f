/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/answer.h"

#include "http/etag.h"
#include "http/http_date.h"

void answer_precondition_malformed(struct xapi_request *request)
{
    xapi_refuse(request, 400,
                "If-Match and If-None-Match hold * or entity tags, each between double quotes as a GET gives "
                "it in ETag, with commas between them");
}

static void add_last_modified(struct xapi_request *request, int64_t updated)
{
    char text[HTTP_DATE_SIZE];
    http_date_write(updated, text);
    xapi_reply_header(request, "Last-Modified", text);
}

void answer_found(struct xapi_request *request, const char *content_type, const void *body, size_t size,
                  int64_t updated)
{
    char etag[ETAG_ROOM];
    etag_of(body, size, etag);
    const enum precondition precondition =
        etag_precondition(xapi_header(request, "if-match"), xapi_header(request, "if-none-match"), etag);
    if (precondition == PRECONDITION_MALFORMED) {
        answer_precondition_malformed(request);
        return;
    }
    xapi_reply_header(request, "ETag", etag);
    if (updated != WZ_NO_TIME)
        add_last_modified(request, updated);
    switch (precondition) {
    case PRECONDITION_CHANGED:
        xapi_refuse(request, 412, "what is here is not what If-Match names; get it without that header");
        return;
    case PRECONDITION_THERE:
        xapi_answer(request, 304, NULL, body, size);
        return;
    default:
        xapi_answer(request, 200, content_type, body, size);
    }
}
