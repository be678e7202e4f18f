/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents for wijzerd's feeds, as `wijzer import` gives them. */
#include "courier/internal.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <stdlib.h>

enum { LONGEST_REPORT = 4 << 20 };

struct delivery {
    wz_receipt_fn done;
    void *context;
};

static uint64_t count_of(const cJSON *report, const char *key)
{
    double count = 0;
    json_number(report, key, &count);
    return (uint64_t)count;
}

/* "row 3, column ai_1: what", to be freed; NULL: there is no problem. */
static char *first_problem(const cJSON *report)
{
    const cJSON *problem = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(report, "problems"), 0);
    const char *text = json_text(problem, "problem"), *column = json_text(problem, "column");
    double row = 0;
    if (!text)
        return NULL;
    json_number(problem, "row", &row);
    return column ? mem_format("row %.0f, column %s: %s", row, column, text)
                  : mem_format("row %.0f: %s", row, text);
}

static void tell_receipt(const struct delivery *delivery, const cJSON *report)
{
    char *problem = first_problem(report);
    const struct wz_receipt receipt = {.accepted = count_of(report, "accepted"),
                                       .duplicate = count_of(report, "duplicate"),
                                       .replaced = count_of(report, "replaced"),
                                       .rejected = count_of(report, "rejected"),
                                       .problem = problem};
    delivery->done(delivery->context, &receipt, NULL);
    free(problem);
}

static void tell_refusal(const struct delivery *delivery, int status, const cJSON *report)
{
    const char *detail = json_text(report, "detail");
    char *reason = detail ? mem_format("wijzerd refused it: %s", detail)
                          : mem_format("wijzerd answered with status %d", status);
    delivery->done(delivery->context, NULL, reason);
    free(reason);
}

static void on_report(void *data, const struct wz_http_answer *answer, const char *error)
{
    const struct delivery *delivery = data;
    if (!answer) {
        char *reason = mem_format("wijzerd cannot be reached: %s", error);
        delivery->done(delivery->context, NULL, reason);
        free(reason);
        return;
    }
    cJSON *report = cJSON_ParseWithLength(answer->body, answer->body_size);
    if (answer->status == 200 && report)
        tell_receipt(delivery, report);
    else
        tell_refusal(delivery, answer->status, report);
    cJSON_Delete(report);
}

static char *address(const char *feed, const char *name)
{
    char *escaped_feed = curl_easy_escape(NULL, feed, 0), *escaped = curl_easy_escape(NULL, name, 0);
    char *url = mem_format("http://wijzer/v1/feeds/%s?name=%s", escaped_feed, escaped);
    curl_free(escaped_feed);
    curl_free(escaped);
    return url;
}

void courier_deliver(struct wz_instance *instance, const char *name, const void *body, size_t size,
                     wz_receipt_fn done, void *context)
{
    struct delivery *delivery = mem_alloc(sizeof *delivery);
    *delivery = (struct delivery){done, context};
    char *url = address(config_key(instance->section, "feed")->value, name);
    const struct http_order order = {.method = "POST",
                                     .url = url,
                                     .socket = instance->courier->options.config->socket,
                                     .content_type = "application/octet-stream",
                                     .body = body,
                                     .size = size,
                                     .most_bytes = LONGEST_REPORT};
    http_send(instance->courier->http, instance, &order, on_report, delivery, free);
    free(url);
}
