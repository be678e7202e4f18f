/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/forget. Who is meant stands in the body: a URL may be written down on its way. */
#include "api/internal.h"
#include "api/routes.h"

#include "base/json.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ACCEPTED = 202 };

static cJSON *report_of(const struct forget_report *report)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddBoolToObject(json, "done", !report->goes_on);
    if (report->goes_on)
        return json;
    cJSON_AddNumberToObject(json, "responses", (double)report->responses);
    cJSON_AddNumberToObject(json, "events", (double)report->events);
    cJSON_AddNumberToObject(json, "resources", (double)report->resources);
    cJSON_AddNumberToObject(json, "quarantined", (double)report->quarantined);
    cJSON_AddNumberToObject(json, "files", (double)report->files);
    cJSON_AddNumberToObject(json, "unreadable", (double)report->unreadable);
    return json;
}

static void on_forgotten(void *data, const struct forget_report *report)
{
    struct posted *posted = data;
    if (posted->request) {
        if (report->error)
            request_answer_problem(posted->request, status_of_end(report->error_kind), NULL, "%s",
                                   report->error);
        else
            request_answer_json(posted->request, report->goes_on ? ACCEPTED : 200, report_of(report));
    }
    posted_free(posted);
}

/* NULL: it was answered with what is wrong. */
static char *read_identifier(struct request *request)
{
    struct buf *body = &request->memory_body;
    cJSON *json = cJSON_ParseWithLength((const char *)body->data, body->size);
    const char *id = json_text(json, "id");
    char *identifier = id && *id && cJSON_GetArraySize(json) == 1 ? mem_copy_text(id) : NULL;
    cJSON_Delete(json);
    if (!identifier)
        request_answer_problem(request, 400, NULL,
                               "the body says who is to be forgotten, and nothing else: {\"id\": \"...\"}, "
                               "with the identifier as the feed has it");
    return identifier;
}

void handle_forget(struct request *request)
{
    const struct feeds *feeds = request->api->parts.feeds;
    char *identifier = read_identifier(request);
    if (!identifier)
        return;
    request->told = true;
    struct posted *posted = posted_make(request, "", "");
    posted->goes_on = true;
    feeds->forget(feeds->host, identifier, access_user(request), on_forgotten, posted);
    sodium_memzero(identifier, strlen(identifier));
    free(identifier);
    request_wait(request);
}
