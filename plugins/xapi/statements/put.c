/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements/statements.h"

#include "base/mem.h"
#include "http/aside.h"
#include "statements/take.h"
#include "xapi.h"

#include <stdlib.h>

/* ---- the state of a request ---------------------------------------------------------------------------- */

struct storing {
    struct xapi_request *request;
    struct statements_taken taken;
};

static void free_storing(void *state)
{
    struct storing *storing = state;
    statements_taken_free(storing->request, &storing->taken);
    free(storing);
}

static struct statements_taken *taken_of(struct xapi_request *request)
{
    struct storing *storing = request->state;
    return &storing->taken;
}

/* ---- what the store says ------------------------------------------------------------------------------- */

static void answer_ids(struct xapi_request *request)
{
    const struct statements_taken *statements = taken_of(request);
    struct buf body = {0};
    buf_reserve(&body, statements->count * sizeof "\"00000000-0000-0000-0000-000000000000\"," + sizeof "[]");
    buf_append_text(&body, "[");
    for (size_t i = 0; i < statements->count; i++) {
        buf_append_text(&body, i ? ",\"" : "\"");
        buf_append_text(&body, statements->ids[i]);
        buf_append_text(&body, "\"");
    }
    buf_append_text(&body, "]");
    xapi_answer(request, 200, "application/json", body.data, body.size);
    buf_free(&body);
}

/* The first that is at fault; none of the request was taken. */
static void refuse_at(struct xapi_request *request, const struct wz_events_taken *taken)
{
    const struct statements_taken *statements = taken_of(request);
    const bool is_known = taken->at < statements->count && taken->at < taken->count;
    if (is_known && taken->fates[taken->at] == WZ_EVENT_CONFLICT)
        xapi_refuse(request, 409,
                    "statement %zu of %zu: there is another statement with the id %s, and statements never "
                    "change; give this one an id of its own",
                    taken->at + 1, statements->count, statements->ids[taken->at]);
    else if (is_known)
        xapi_refuse(request, 400, "statement %zu of %zu cannot be kept: %s", taken->at + 1, statements->count,
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

/* ---- from end to end ----------------------------------------------------------------------------------- */

static void take(struct xapi_request *request)
{
    statements_take(request, taken_of(request));
}

/* From here on the request is the store's: it may be answered before this returns. */
static void hand_in(struct xapi_request *request)
{
    const struct xapi *xapi = request->xapi;
    struct statements_taken *taken = taken_of(request);
    struct wz_parcel *parcel = taken->parcel;
    if (taken->error.kind != ERROR_NONE) {
        xapi_refuse(request, taken->error.kind == ERROR_TOO_MUCH ? 413 : 400, "%s", taken->error.text);
    } else if (!taken->count) {
        answer_ids(request);
    } else {
        taken->parcel = NULL;
        xapi->host->parcel_put(xapi->self, parcel, on_taken, request);
    }
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
    struct storing *storing = mem_alloc(sizeof *storing);
    storing->request = request;
    request->state = storing;
    request->free_state = free_storing;
    xapi_aside(request, request->body_size, take, hand_in);
}
