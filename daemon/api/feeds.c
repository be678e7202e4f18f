/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"
#include "api/routes.h"
#include "ingest/report.h"

#include "base/json.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- GET /v1/feeds ------------------------------------------------------------------------------------- */

static void add_feed(void *data, const struct feed_info *info)
{
    cJSON *json = page_add(data, info->name, true);
    if (!json)
        return;
    cJSON_AddStringToObject(json, "name", info->name);
    cJSON_AddStringToObject(json, "plugin", info->plugin);
    cJSON_AddItemToObject(json, "instrument", json_text_or_null(info->instrument));
    cJSON_AddStringToObject(json, "state", info->state == FEED_ACTIVE ? "active" : "failed");
    cJSON_AddItemToObject(json, "error", json_text_or_null(info->error));
    cJSON_AddItemToObject(json, "watch", json_text_or_null(info->watch));
    cJSON_AddItemToObject(json, "watch_problem", json_text_or_null(info->watch_problem));
    cJSON_AddNumberToObject(json, "accepted", (double)info->accepted);
    cJSON_AddNumberToObject(json, "duplicate", (double)info->duplicate);
    cJSON_AddNumberToObject(json, "replaced", (double)info->replaced);
    cJSON_AddNumberToObject(json, "rejected", (double)info->rejected);
    cJSON_AddNumberToObject(json, "refused", (double)info->refused);
    cJSON_AddItemToObject(json, "refused_at", json_time(info->refused_at));
    cJSON_AddItemToObject(json, "refusal", json_text_or_null(info->refusal));
    cJSON *last = cJSON_AddObjectToObject(json, info->importing ? "importing" : "last");
    cJSON_AddItemToObject(last, "document", json_text_or_null(info->document));
    if (info->importing) {
        cJSON_AddNumberToObject(last, "bytes", (double)info->document_bytes);
        cJSON_AddNumberToObject(last, "bytes_done", (double)info->done_bytes);
        cJSON_AddNumberToObject(last, "rows", (double)info->document_rows);
        cJSON_AddItemToObject(last, "since", json_time(info->since));
        cJSON_AddNumberToObject(last, "waiting", (double)info->waiting);
        if (info->dry_run)
            cJSON_AddTrueToObject(last, "dry_run");
    } else {
        cJSON_AddItemToObject(last, "at", json_time(info->last_at));
        cJSON_AddItemToObject(last, "error", json_text_or_null(info->last_error));
    }
}

static int add_quarantine(struct store_view *view, cJSON *feed, struct error *error)
{
    struct quarantine_figures figures;
    if (store_quarantine_figures(view, json_text(feed, "name"), &figures, error) != 0)
        return -1;
    cJSON_AddNumberToObject(feed, "quarantined", (double)figures.rows);
    cJSON_AddNumberToObject(feed, "quarantine_missed", (double)figures.missed);
    return 0;
}

/* What is in the store of the feeds of a page. */
static int add_quarantines(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct page *page = request->question;
    int result = 0;
    for (cJSON *feed = page->entries ? page->entries->child : NULL; feed && result == 0; feed = feed->next)
        result = add_quarantine(view, feed, error);
    if (result == 0)
        return page_write(page, &request->answer, error);
    page_drop(page);
    return -1;
}

void handle_feeds(struct request *request)
{
    const struct feeds *feeds = request->api->parts.feeds;
    struct page *page = mem_alloc(sizeof *page);
    request->question = page;
    if (!page_read(request, page, "feeds"))
        return;
    feeds->each(feeds->host, add_feed, page);
    request_read(request, add_quarantines);
}

/* ---- POST /v1/feeds/{name} ----------------------------------------------------------------------------- */

/* What a feed and its decoder get can only be read. */
static int make_read_only(struct request *request)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", request->body);
    const int document = open(path, O_RDONLY | O_CLOEXEC);
    if (document < 0)
        return body_refuse(request, errno);
    close(request->body);
    request->body = document;
    return 0;
}

void posted_free(struct posted *posted)
{
    struct posted **link = posted->api ? &posted->api->posted : NULL;
    while (link && *link && *link != posted)
        link = &(*link)->next;
    if (link && *link)
        *link = posted->next;
    free(posted->feed);
    free(posted->name);
    free(posted);
}

struct posted *posted_make(struct request *request, const char *feed, const char *name)
{
    struct api *api = request->api;
    struct posted *posted = mem_alloc(sizeof *posted);
    *posted = (struct posted){.next = api->posted,
                              .request = request,
                              .api = api,
                              .feed = mem_copy_text(feed),
                              .name = mem_copy_text(name)};
    api->posted = posted;
    return posted;
}

int status_of_end(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INPUT:
        return 422;
    case ERROR_FULL:
        return 507;
    case ERROR_CLOSED:
        return 503;
    case ERROR_CANCELLED:
        return 409;
    default:
        return 500;
    }
}

void request_answer_refusal(struct request *request, const struct error *error)
{
    request_answer_problem(request,
                           error->kind == ERROR_NOT_FOUND ? 404
                           : error->kind == ERROR_INPUT   ? 422
                                                          : 503,
                           NULL, "%s", error->text);
}

static void on_done(void *data, const struct delivery_report *report)
{
    struct posted *posted = data;
    struct request *request = posted->request;
    if (request) {
        cJSON *json = report_json(report, posted->name);
        cJSON_AddStringToObject(json, "feed", posted->feed);
        if (!report->error)
            request_answer_json(request, 200, json);
        else
            request_answer_problem(request, status_of_end(report->error_kind), json, "%s", report->error);
    }
    posted_free(posted);
}

void documents_abandon(struct api *api)
{
    for (struct posted *posted = api->posted; posted; posted = posted->next) {
        struct request *request = posted->request;
        posted->request = NULL;
        posted->api = NULL;
        if (request && posted->goes_on)
            request_answer_problem(request, 503, NULL,
                                   "wijzerd is stopping; it has begun, and goes on by itself after the next "
                                   "start");
        else if (request)
            request_answer_problem(
                request, 503, NULL,
                "wijzerd is stopping; what was committed stays, send the document again later");
    }
    api->posted = NULL;
}

/* NULL: it has none. */
static const char *given_name(const struct request *request)
{
    const char *name = request_parameter(request, "name");
    if (!name)
        name = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "X-Wijzer-Filename");
    return name && *name ? name : NULL;
}

struct feed_search {
    const char *name;
    bool found;
};

static void compare_feed(void *data, const struct feed_info *info)
{
    struct feed_search *search = data;
    search->found |= strcmp(info->name, search->name) == 0;
}

bool feeds_have(const struct api *api, const char *name)
{
    const struct feeds *feeds = api->parts.feeds;
    struct feed_search search = {.name = name};
    feeds->each(feeds->host, compare_feed, &search);
    return search.found;
}

static void refuse_nothing(struct request *request)
{
    if (feeds_have(request->api, request->segments[0]))
        request_answer_problem(request, 400, NULL, "there is no document in the body");
    else
        request_answer_problem(request, 404, NULL, "there is no feed '%s'; see GET /v1/feeds",
                               request->segments[0]);
}

void handle_document(struct request *request)
{
    struct api *api = request->api;
    const struct feeds *feeds = api->parts.feeds;
    struct error error;
    bool dry_run;
    if (!request_flag(request, "dry_run", &dry_run))
        return;
    if (request->body < 0) {
        refuse_nothing(request);
        return;
    }
    if (make_read_only(request) != 0)
        return;
    trouble_is_over(&api->uploads, "uploads can be kept again");
    const char *name = given_name(request);
    struct posted *posted = posted_make(request, request->segments[0], name ? name : "upload");
    const struct feed_document document = {.name = posted->name,
                                           .descriptor = request->body,
                                           .is_named = name && strcmp(name, "-") != 0,
                                           .dry_run = dry_run,
                                           .key = request_parameter(request, "key"),
                                           .user = access_user(request)};
    if (feeds->receive(feeds->host, posted->feed, &document, on_done, posted, &error) != 0) {
        posted_free(posted);
        request_answer_refusal(request, &error);
        return;
    }
    request->body = -1; /* the host's now */
    request->told = true;
    request_wait(request);
}

/* ---- DELETE /v1/feeds/{name}/import -------------------------------------------------------------------- */

void handle_cancel(struct request *request)
{
    const struct feeds *feeds = request->api->parts.feeds;
    const char *name;
    struct error error;
    if (feeds->cancel(feeds->host, request->segments[0], request_parameter(request, "key"), &name, &error) !=
        0) {
        request_answer_refusal(request, &error);
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "feed", request->segments[0]);
    cJSON_AddStringToObject(json, "cancelled", name);
    request_answer_json(request, 200, json);
}
