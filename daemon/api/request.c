/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/request.h"
#include "api/internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ------------------------------------------------------------------------------------------- */

void request_answer(struct request *request, int status, const char *type)
{
    request->status = status;
    request->type = type;
    request->answered = true;
    audit_answered(request);
    request_go_on(request);
}

void request_answer_json(struct request *request, int status, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    buf_clear(&request->answer);
    buf_append_text(&request->answer, text ? text : "null");
    free(text);
    request_answer(request, status, "application/json");
}

static const char *title_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 409:
        return "Conflict";
    case 405:
        return "Method Not Allowed";
    case 413:
        return "Content Too Large";
    case 422:
        return "Unprocessable Content";
    case 503:
        return "Service Unavailable";
    case 507:
        return "Insufficient Storage";
    default:
        return "Internal Server Error";
    }
}

void request_answer_problem(struct request *request, int status, cJSON *members, const char *format, ...)
{
    char detail[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    utf8_mend(detail); /* it may quote what was sent, and be cut */
    utf8_mend(request->path);
    cJSON *json = members ? members : cJSON_CreateObject();
    cJSON_AddStringToObject(json, "type", "about:blank");
    cJSON_AddStringToObject(json, "title", title_of(status));
    cJSON_AddNumberToObject(json, "status", status);
    cJSON_AddStringToObject(json, "detail", detail);
    cJSON_AddStringToObject(json, "instance", request->path);
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    buf_clear(&request->answer);
    buf_append_text(&request->answer, text ? text : "{}");
    free(text);
    request_answer(request, status, "application/problem+json");
}

/* ---- waiting ------------------------------------------------------------------------------------------- */

void request_wait(struct request *request)
{
    request->suspended = true;
    request->api->suspended++;
    MHD_suspend_connection(request->connection);
}

void request_go_on(struct request *request)
{
    struct api *api = request->api;
    if (!request->suspended)
        return;
    request->suspended = false;
    api->suspended--;
    MHD_resume_connection(request->connection);
    listener_wake(request->listener);
}

static void on_done(void *data, const struct error *error)
{
    struct request *request = data;
    if (!error)
        request_answer(request, 200, request->type);
    else if (error->kind == ERROR_NOT_FOUND)
        request_answer_problem(request, 404, NULL, "%s", error->text);
    else if (error->kind == ERROR_INPUT)
        request_answer_problem(request, 400, NULL, "%s", error->text);
    else
        request_answer_problem(request,
                               error->kind == ERROR_CLOSED ? 503
                               : error->kind == ERROR_FULL ? 507
                                                           : 500,
                               NULL, "%s", error->text);
}

void request_read(struct request *request, store_read_fn job)
{
    request->type = "application/json";
    request_wait(request);
    store_read(request->api->parts.store, job, on_done, request);
}

void request_write(struct request *request, store_write_fn job)
{
    request->type = "application/json";
    request_wait(request);
    store_write(request->api->parts.store, job, on_done, request);
}

const char *request_parameter(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool request_flag(struct request *request, const char *name, bool *flag)
{
    const char *given = request_parameter(request, name);
    *flag = given && strcmp(given, "1") == 0;
    if (given && !*flag && strcmp(given, "0") != 0)
        request_answer_problem(request, 400, NULL, "%s=%.40s: 1 or 0 is wanted", name, given);
    return !request->answered;
}
