/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statements/statements.h"

#include "base/clock.h"
#include "check/forms.h"
#include "xapi.h"

/* How long what the store said of its state is called recent, in milliseconds. */
enum { THROUGH_AGE = 1000 };

void statements_say_through(struct xapi_request *request, int64_t through)
{
    struct xapi *xapi = request->xapi;
    char text[FORM_TIME_SIZE];
    if (through > xapi->through)
        xapi->through = through;
    xapi->through_at = clock_ticks();
    form_write_timestamp(xapi->through, text);
    xapi_reply_header(request, STATEMENTS_THROUGH, text);
}

static void handle(struct xapi_request *request)
{
    const bool reads = request->method == XAPI_GET || request->method == XAPI_HEAD;
    if (reads)
        statements_get(request);
    else
        statements_put(request);
}

static void on_through(void *context, const struct wz_events_page *page, const char *error)
{
    struct xapi_request *request = context;
    if (page) {
        statements_say_through(request, page->through);
        handle(request);
    } else {
        xapi_refuse_failure(request, WZ_FAILED, error);
    }
}

/* Every answer says up to when it is known that nothing is missing, also one that asks the store nothing
 * else. */
void xapi_statements(struct xapi_request *request)
{
    struct xapi *xapi = request->xapi;
    char text[FORM_TIME_SIZE];
    const bool is_recent = xapi->through_at && clock_ticks() - xapi->through_at < THROUGH_AGE;
    if (!is_recent) {
        const struct wz_events_question question = {.since = WZ_NO_TIME, .until = WZ_NO_TIME};
        xapi->host->events_find(xapi->self, &question, on_through, request);
        return;
    }
    form_write_timestamp(xapi->through, text);
    xapi_reply_header(request, STATEMENTS_THROUGH, text);
    handle(request);
}
