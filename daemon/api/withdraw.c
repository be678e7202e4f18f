/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/feeds/{name}/withdraw: the identifier comes in the body, for addresses end up in logs. */
#include "api/internal.h"
#include "api/routes.h"

#include "base/json.h"

static cJSON *withdrawal_json(const struct withdrawal_report *report, const char *feed)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "feed", feed);
    cJSON_AddNumberToObject(json, "withdrawn", report->was_there);
    cJSON_AddItemToObject(json, "position", json_integer((int64_t)report->position));
    cJSON *quarantined = cJSON_AddArrayToObject(json, "quarantined");
    for (size_t i = 0; i < report->quarantined.count; i++)
        cJSON_AddItemToArray(quarantined, json_integer((int64_t)report->quarantined.ids[i]));
    return json;
}

static void on_withdrawn(void *data, const struct withdrawal_report *report, const struct error *error)
{
    struct posted *posted = data;
    struct request *request = posted->request;
    if (request)
        request->told = !error && report->was_there;
    if (request && error && error->kind == ERROR_NOT_FOUND)
        request_answer_problem(request, 404, NULL, "%s", error->text);
    else if (request && error)
        request_answer_problem(request, status_of_end(error->kind), NULL, "%s", error->text);
    else if (request && !report->was_there)
        request_answer_problem(request, 404, withdrawal_json(report, posted->feed),
                               "there is no response of this respondent in this wave; nothing was changed");
    else if (request)
        request_answer_json(request, 200, withdrawal_json(report, posted->feed));
    posted_free(posted);
}

static void withdraw_response(struct request *request, const struct feed_withdrawal *withdrawal)
{
    const struct feeds *feeds = request->api->parts.feeds;
    struct posted *posted = posted_make(request, request->segments[0], "");
    struct error error;
    if (feeds->withdraw(feeds->host, posted->feed, withdrawal, on_withdrawn, posted, &error) == 0) {
        request_wait(request);
        return;
    }
    posted_free(posted);
    request_answer_refusal(request, &error);
}

void handle_withdraw(struct request *request)
{
    const struct buf *body = &request->memory_body;
    cJSON *json = cJSON_ParseWithLength((const char *)body->data, body->size);
    const struct feed_withdrawal withdrawal = {.wave = json_text(json, "wave"),
                                               .respondent = json_text(json, "respondent"),
                                               .user = access_user(request)};
    if (withdrawal.wave && withdrawal.respondent)
        withdraw_response(request, &withdrawal);
    else
        request_answer_problem(request, 400, NULL,
                               "the body is not {\"wave\": \"...\", \"respondent\": \"...\"} as JSON");
    cJSON_Delete(json);
}
