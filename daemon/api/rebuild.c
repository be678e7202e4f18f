/* SPDX-License-Identifier: GPL-3.0-or-later */
/* POST /v1/rebuild/check: changes nothing, but takes long and holds up everybody's results. */
#include "api/internal.h"
#include "api/routes.h"
#include "engine/check.h"

static cJSON *report_of(const struct engine_check *check)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "inputs", (double)check->inputs);
    cJSON_AddNumberToObject(json, "cells", (double)check->cells);
    cJSON_AddNumberToObject(json, "results", (double)check->results);
    cJSON_AddNumberToObject(json, "skipped", (double)check->skipped);
    cJSON_AddNumberToObject(json, "different", (double)check->different);
    cJSON *differences = cJSON_AddArrayToObject(json, "differences");
    for (size_t i = 0; i < CHECK_DIFFERENCES_KEPT && i < check->different; i++)
        cJSON_AddItemToArray(differences, cJSON_CreateString(check->said[i]));
    return json;
}

static void on_checked(void *data, const struct engine_check *check, const struct error *error)
{
    struct posted *posted = data;
    if (posted->request && error)
        request_answer_problem(posted->request, status_of_end(error->kind), NULL, "%s", error->text);
    else if (posted->request)
        request_answer_json(posted->request, 200, report_of(check));
    posted_free(posted);
}

void handle_rebuild_check(struct request *request)
{
    struct error error;
    struct posted *posted = posted_make(request, "", "");
    if (engine_check(request->api->parts.engine, on_checked, posted, &error) != 0) {
        posted_free(posted);
        request_answer_problem(request, 503, NULL, "%s", error.text);
        return;
    }
    request_wait(request);
}
