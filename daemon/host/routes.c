/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A request that a plugin has not answered yet. */
struct wz_request {
    feed_reply_fn reply;
    void *data;
};

/* Does the route's path stand at the front of this one, up to a '/' or the end? */
static bool covers(const struct route *route, const char *path)
{
    const size_t length = strlen(route->path);
    return strncmp(route->path, path, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The longest path that covers it wins. */
static const struct route *find_route(const struct host *host, const char *method, const char *path)
{
    const struct route *best = NULL;
    for (const struct route *route = host->routes; route; route = route->next)
        if (strcmp(route->method, method) == 0 && covers(route, path) &&
            (!best || strlen(route->path) > strlen(best->path)))
            best = route;
    return best;
}

int routes_add(struct wz_instance *instance, const char *method, const char *path, wz_route_fn handle)
{
    struct host *host = instance->host;
    const char *name = instance->section->name;
    if (path[0] != '/' || strcmp(path, "/") == 0 || strncmp(path, "/v1", 3) == 0) {
        log_error("feed %s: the route %s is not a plugin's to have; /v1 and / belong to wijzerd", name, path);
        return -1;
    }
    for (const struct route *route = host->routes; route; route = route->next)
        if (strcmp(route->method, method) == 0 && strcmp(route->path, path) == 0) {
            log_error("feed %s: the route %s %s is taken by feed %s", name, method, path,
                      route->instance->section->name);
            return -1;
        }
    struct route *route = mem_alloc(sizeof *route);
    *route = (struct route){.next = host->routes,
                            .instance = instance,
                            .method = mem_copy_text(method),
                            .path = mem_copy_text(path),
                            .handle = handle};
    host->routes = route;
    return 0;
}

void routes_remove(struct wz_instance *instance)
{
    for (struct route **link = &instance->host->routes; *link;) {
        struct route *route = *link;
        if (route->instance != instance) {
            link = &route->next;
            continue;
        }
        *link = route->next;
        free(route->method);
        free(route->path);
        free(route);
    }
}

const char *routes_find_path(void *host, const char *method, const char *path)
{
    const struct route *route = find_route(host, method, path);
    return route ? route->path : NULL;
}

void routes_serve(void *host, const struct wz_http *http, feed_reply_fn reply, void *data)
{
    const struct route *route = find_route(host, http->method, http->path);
    if (!route) {
        static const char gone[] = "the plugin that served this has stopped\n";
        reply(data, 503, "text/plain", gone, sizeof gone - 1);
        return;
    }
    struct wz_request *request = mem_alloc(sizeof *request);
    *request = (struct wz_request){.reply = reply, .data = data};
    route->handle(route->instance->state, request, http);
}

void routes_reply(struct wz_request *request, int status, const char *content_type, const void *body,
                  size_t size)
{
    request->reply(request->data, status, content_type, body, size);
    free(request);
}
