/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A request that a plugin has not answered yet. */
struct wz_request {
    struct wz_request *next;
    struct wz_instance *instance;
    feed_reply_fn reply;
    void *data;
};

/* ---- which --------------------------------------------------------------------------------------------- */

/* Does the route's path stand at the front of this one, up to a '/' or the end? */
static bool covers(const struct route *route, const char *path)
{
    const size_t length = strlen(route->path);
    return strncmp(route->path, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool takes(const struct route *route, const char *method)
{
    return !route->method || strcmp(route->method, method) == 0;
}

/* The longest path that covers it wins. Several feeds may serve the same. */
static const struct route *find_route(const struct host *host, const char *method, const char *path,
                                      const char *feed)
{
    const struct route *best = NULL;
    for (const struct route *route = host->routes; route; route = route->next)
        if (takes(route, method) && covers(route, path) &&
            (!feed || strcmp(route->instance->section->name, feed) == 0) &&
            (!best || strlen(route->path) > strlen(best->path)))
            best = route;
    return best;
}

static bool reads(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

void routes_find_for(void *host, const struct feed_caller *caller, struct feed_route *found)
{
    const struct route *route = find_route(host, caller->method, caller->path, NULL);
    *found = (struct feed_route){.access = FEED_NO_ROUTE};
    if (!route)
        return;
    found->path = route->path;
    found->headers = route->method ? NULL : route->instance->answer_headers;
    if (route->method) {
        found->access = FEED_OPEN;
    } else if (caller->is_preflight || (route->is_open && reads(caller->method))) {
        found->access = FEED_GRANTED;
        found->feed = route->instance->section->name;
    } else {
        logins_find(host, route->path, caller->authorization, found);
    }
}

/* ---- coming and going ---------------------------------------------------------------------------------- */

static bool is_free(const struct wz_instance *instance, const char *method, const char *path)
{
    const char *name = instance->section->name;
    if (path[0] != '/' || strcmp(path, "/") == 0 || strncmp(path, "/v1", 3) == 0) {
        log_error("feed %s: the route %s is not a plugin's to have; /v1 and / belong to wijzerd", name, path);
        return false;
    }
    for (const struct route *route = instance->host->routes; route; route = route->next) {
        const bool both_serve = !method && !route->method && route->instance != instance &&
                                route->instance->plugin == instance->plugin;
        if (strcmp(route->path, path) != 0 || both_serve || (method && !takes(route, method)))
            continue;
        log_error("feed %s: the route %s%s%s is taken by feed %s", name, method ? method : "",
                  method ? " " : "", path, route->instance->section->name);
        return false;
    }
    return true;
}

static int add(struct wz_instance *instance, const char *method, const char *path, bool is_open,
               wz_route_fn handle)
{
    struct host *host = instance->host;
    if (!is_free(instance, method, path))
        return -1;
    struct route *route = mem_alloc(sizeof *route);
    *route = (struct route){.next = host->routes,
                            .instance = instance,
                            .method = mem_copy_text(method),
                            .path = mem_copy_text(path),
                            .is_open = is_open,
                            .handle = handle};
    host->routes = route;
    return 0;
}

int routes_add(struct wz_instance *instance, const char *method, const char *path, wz_route_fn handle)
{
    return add(instance, method, path, false, handle);
}

int routes_serve(struct wz_instance *instance, const char *path, wz_route_fn handle)
{
    const struct config_section *section = instance->section;
    if (instance->credentials)
        return add(instance, NULL, path, false, handle);
    log_error("%s:%d: [feed %s]: %s is served to whoever has a key and a secret; add `key` and `secret_file`",
              section->file, section->line, section->name, path);
    return -1;
}

int routes_serve_openly(struct wz_instance *instance, const char *path, wz_route_fn handle)
{
    return add(instance, NULL, path, true, handle);
}

int routes_answer_header(struct wz_instance *instance, const char *name, const char *value)
{
    struct wz_header *const headers = instance->answer_headers;
    size_t at = 0;
    while (at < WZ_ANSWER_HEADERS && headers[at].name && strcasecmp(headers[at].name, name) != 0)
        at++;
    if (at == WZ_ANSWER_HEADERS || strpbrk(name, "\r\n") || strpbrk(value, "\r\n"))
        return -1;
    if (!headers[at].name)
        headers[at].name = mem_copy_text(name);
    free((char *)headers[at].value);
    headers[at].value = mem_copy_text(value);
    return 0;
}

void routes_forget_headers(struct wz_instance *instance)
{
    for (size_t i = 0; i < WZ_ANSWER_HEADERS; i++) {
        free((char *)instance->answer_headers[i].name);
        free((char *)instance->answer_headers[i].value);
    }
}

int routes_check(const struct wz_instance *instance, struct error *error)
{
    const struct config_key *key = config_key(instance->section, "key");
    for (const struct route *route = instance->host->routes; route; route = route->next)
        if (route->instance == instance && !route->method && !route->is_open)
            return 0;
    return key ? error_set(error, ERROR_INPUT,
                           "%s:%d: [feed %s]: plugin '%s' serves nothing that a key would be for; remove "
                           "`key` and `secret_file`",
                           key->file, key->line, instance->section->name, instance->plugin->descriptor->name)
               : 0;
}

void routes_remove(struct wz_instance *instance)
{
    for (struct route **link = &instance->host->routes; *link;) {
        struct route *route = *link;
        const bool stays = !route->method && !instance->host->stopping;
        if (route->instance != instance || stays) {
            link = &route->next;
            continue;
        }
        *link = route->next;
        free(route->method);
        free(route->path);
        free(route);
    }
}

/* ---- what is refused ---- */

void instance_refused(struct wz_instance *instance, const char *reason)
{
    struct refusals *refusals = &instance->refusals;
    refusals->count++;
    refusals->last_at = clock_now();
    char *last = mem_copy_text(reason);
    free(refusals->last);
    refusals->last = last;
    totals_save_soon(instance);
}

/* ---- requests ------------------------------------------------------------------------------------------ */

static void reply_that_it_has_stopped(feed_reply_fn reply, void *data)
{
    static const char gone[] = "the feed that served this has stopped; the log of wijzerd says why\n";
    static const struct wz_header type = {"Content-Type", "text/plain"};
    reply(
        data,
        &(struct wz_http_reply){
            .status = 503, .headers = &type, .header_count = 1, .body = gone, .body_size = sizeof gone - 1});
}

void routes_request(void *data, const char *feed, const struct wz_http *http, feed_reply_fn reply,
                    void *reply_data)
{
    struct host *host = data;
    const struct route *route = find_route(host, http->method, http->path, feed);
    if (!route || route->instance->failure || route->instance->stage == STOPPED) {
        reply_that_it_has_stopped(reply, reply_data);
        return;
    }
    struct wz_request *request = mem_alloc(sizeof *request);
    *request = (struct wz_request){
        .next = host->requests, .instance = route->instance, .reply = reply, .data = reply_data};
    host->requests = request;
    route->handle(route->instance->state, request, http);
}

static void request_end(struct wz_request *request)
{
    struct wz_request **link = &request->instance->host->requests;
    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
    free(request);
}

void routes_respond(struct wz_request *request, const struct wz_http_reply *reply)
{
    if (reply->refusal)
        instance_refused(request->instance, reply->refusal);
    request->reply(request->data, reply);
    request_end(request);
}

void routes_reply(struct wz_request *request, int status, const char *content_type, const void *body,
                  size_t size)
{
    const struct wz_header type = {"Content-Type", content_type ? content_type : "application/octet-stream"};
    routes_respond(
        request, &(struct wz_http_reply){
                     .status = status, .headers = &type, .header_count = 1, .body = body, .body_size = size});
}

void routes_abandon(struct wz_instance *instance)
{
    for (struct wz_request *request = instance->host->requests, *next; request; request = next) {
        next = request->next;
        if (request->instance != instance)
            continue;
        reply_that_it_has_stopped(request->reply, request->data);
        request_end(request);
    }
}
