/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activities as statements describe them (xAPI 1.0.3, Communication 2.5). */
#include "http/answer.h"
#include "resources/typed_parameters.h"
#include "statement/activity_definition.h"
#include "statement/statement.h"

#include <string.h>

/* What is older than that is passed over: whoever describes an activity does so each time. */
enum { MOST_STATEMENTS = 100, MOST_BYTES = 1 << 20 };

static void found(void *context, const struct wz_events_page *page, const char *error)
{
    struct xapi_request *request = context;
    if (error) {
        xapi_refuse_failure(request, WZ_FAILED, error);
        return;
    }
    const char *id = xapi_parameter(request, "activityId");
    struct activity_definition definition = {0};
    for (size_t i = 0; i < page->count; i++)
        activity_definition_add(&definition, id, page->events[i]->raw, page->events[i]->raw_size);
    struct buf activity = {0};
    buf_append_text(&activity, "{\"objectType\":\"Activity\",\"id\":");
    json_put_quoted(id, strlen(id), &activity);
    if (definition.text.size) {
        buf_append_text(&activity, ",\"definition\":");
        buf_put(&activity, definition.text.data, definition.text.size);
    }
    buf_put_u8(&activity, '}');
    activity_definition_free(&definition);
    answer_found(request, "application/json", activity.data, activity.size, WZ_NO_TIME);
    buf_free(&activity);
}

void xapi_activities(struct xapi_request *request)
{
    static const char *const known[] = {"activityId", NULL};
    if (xapi_refuse_unknown(request, known))
        return;
    const char *id;
    struct error error;
    if (parameter_iri(request, "activityId", &id, &error)) {
        xapi_refuse(request, 400, "%s", error.text);
        return;
    }
    const struct wz_wanted wanted = {.role = ROLE_ACTIVITY, .key = id};
    const struct wz_events_question question = {
        .wanted = &wanted,
        .wanted_count = 1,
        .since = WZ_NO_TIME,
        .until = WZ_NO_TIME,
        .limit = MOST_STATEMENTS,
        .most_bytes = MOST_BYTES,
    };
    request->xapi->host->events_find(request->xapi->self, &question, found, request);
}
