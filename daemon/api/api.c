/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/api.h"
#include "api/internal.h"
#include "api/routes.h"
#include "api/socket.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_SECONDS = 60, CONNECTION_MEMORY = 64 * 1024, ETAG_BYTES = 16 };

/* ---- sending ------------------------------------------------------------------------------------------- */

/* The ETag is a digest of the body: equal answers are equal, whatever became of the store meanwhile. */
static void make_etag(const struct request *request, char etag[2 * ETAG_BYTES + 3])
{
    unsigned char digest[ETAG_BYTES];
    crypto_generichash(digest, sizeof digest, request->answer.data, request->answer.size, NULL, 0);
    etag[0] = '"';
    sodium_bin2hex(etag + 1, 2 * ETAG_BYTES + 1, digest, sizeof digest);
    memcpy(etag + 1 + 2 * ETAG_BYTES, "\"", 2);
}

/* RFC 9110, section 13.1.2: a list of tags, or *; a weak one is as good here. */
static bool matches(const char *if_none_match, const char *etag)
{
    return if_none_match && (strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag));
}

static enum MHD_Result send_answer(struct request *request)
{
    char etag[2 * ETAG_BYTES + 3];
    const bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    const bool tagged = request->status == 200 && reads;
    bool unchanged = false;
    if (tagged) {
        make_etag(request, etag);
        unchanged =
            matches(MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "If-None-Match"), etag);
    }
    struct MHD_Response *response =
        unchanged ? MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT)
                  : MHD_create_response_from_buffer(request->answer.size, request->answer.data,
                                                    MHD_RESPMEM_MUST_COPY);
    if (tagged)
        MHD_add_response_header(response, "ETag", etag);
    if (request->allow)
        MHD_add_response_header(response, "Allow", request->allow);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    if (!unchanged)
        MHD_add_response_header(response, "Content-Type", request->type);
    const enum MHD_Result queued =
        MHD_queue_response(request->connection, unchanged ? 304 : (unsigned)request->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* ---- receiving ----------------------------------------------------------------------------------------- */

/* The first that MHD says of a request: all of its target, of which the handler below gets only the path. */
static void *on_target(void *data, const char *target, struct MHD_Connection *connection)
{
    struct request *request = mem_alloc(sizeof *request);
    const char *query = strchr(target, '?');
    *request = (struct request){
        .api = data, .connection = connection, .query = mem_copy_text(query ? query + 1 : ""), .body = -1};
    return request;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)data;
    (void)connection;
    (void)code;
    struct request *request = *state;
    if (!request)
        return;
    if (request->body >= 0)
        close(request->body);
    buf_free(&request->answer);
    free(request->question);
    free(request->plugin_type);
    free(request->plugin_route);
    buf_free(&request->memory_body);
    free(request->query);
    for (size_t i = 0; i < MOST_SEGMENTS; i++)
        free(request->segments[i]);
    free(request->allow);
    free(request->method);
    free(request->path);
    free(request);
    *state = NULL;
}

static enum MHD_Result check_parameter(void *data, enum MHD_ValueKind kind, const char *key,
                                       const char *value)
{
    (void)kind;
    struct request *request = data;
    size_t count = 0;
    if (!*key && (!value || !*value)) /* as in ?&limit=2 */
        return MHD_YES;
    for (; request->route->parameters[count]; count++)
        if (strcmp(request->route->parameters[count], key) == 0)
            return MHD_YES;
    const char *nearest = nearest_name(key, request->route->parameters, count);
    request_answer_problem(request, 400, NULL, "unknown parameter '%.60s'%s%s%s", key,
                           nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    return MHD_NO;
}

static void refuse_writing(struct request *request)
{
    request_answer_problem(
        request, 403, NULL,
        "only root, the user that wijzerd runs as, and members of the group wijzer-admin may do this; "
        "join it, and log in again");
}

static void refuse_path(struct request *request)
{
    struct buf known = {0};
    routes_list(&known);
    request_answer_problem(request, 404, NULL, "there is nothing at %.200s; there are %s", request->path,
                           (const char *)known.data);
    buf_free(&known);
}

static bool find_plugin_route(struct request *request)
{
    const struct feeds *feeds = request->api->parts.feeds;
    request->plugin_route = mem_copy_text(feeds->find_route(feeds->host, request->method, request->path));
    return request->plugin_route;
}

/* The head of a request is there: what can be refused without its body is. */
static void begin_request(struct request *request)
{
    char *allowed;
    if (request->api->stopping) {
        request_answer_problem(request, 503, NULL, "wijzerd is stopping");
        return;
    }
    request->route = routes_find(request->method, request->path, request->segments, &allowed);
    if (request->route) {
        MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_parameter, request);
        if (!request->answered && request->route->access == ADMINISTRATORS && !access_may_write(request))
            refuse_writing(request);
    } else if (allowed) {
        request->allow = allowed;
        request_answer_problem(request, 405, NULL, "%s is not for %s; it takes %s", request->path,
                               request->method, allowed);
    } else if (find_plugin_route(request)) {
        const bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
        if (!reads && !access_may_write(request))
            refuse_writing(request);
    } else {
        refuse_path(request);
    }
}

static void handle_request(struct request *request)
{
    if (request->route)
        request->route->handle(request);
    else
        plugin_request(request);
}

/* Called by MHD at the head of a request, for each piece of its body, at its end, and after each resume. */
static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    (void)version;
    (void)data;
    (void)connection;
    struct request *request = *state;
    if (!request->method) {
        request->method = mem_copy_text(method);
        request->path = mem_copy_text(url);
        begin_request(request);
        /* An answer before the body would make MHD close the connection; the body is read and dropped
         * instead. */
        return MHD_YES;
    }
    if (*upload_size) {
        if (!request->answered)
            body_take(request, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (!request->answered)
        handle_request(request);
    return request->answered ? send_answer(request) : MHD_YES;
}

/* ---- MHD in the loop ----------------------------------------------------------------------------------- */

static void on_timeout(uv_timer_t *timer);

/* MHD says how long it can be left alone; an idle daemon for ever. What it does not say (0.9.75): having
 * stopped to listen at the limit of connections, or of descriptors, it begins again not in the run in which
 * a connection ends, but in the next. */
static void arm_timeout(struct api *api, bool some_ended)
{
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    if (some_ended || MHD_get_timeout(api->daemon, &milliseconds) == MHD_YES)
        uv_timer_start(&api->timeout, on_timeout, milliseconds, 0);
    else
        uv_timer_stop(&api->timeout);
}

void api_run(struct api *api)
{
    if (!api->daemon)
        return;
    const uint64_t ended = api->connections.ended;
    MHD_run(api->daemon);
    arm_timeout(api, api->connections.ended != ended);
}

static void on_timeout(uv_timer_t *timer)
{
    api_run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    api_run(poll->data);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static int start_daemon(struct api *api, struct error *error)
{
    api->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, api, MHD_OPTION_LISTEN_SOCKET,
        (MHD_socket)api->socket, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_CONNECTION, connections_notice, &api->connections,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_URI_LOG_CALLBACK, on_target, api,
        MHD_OPTION_END);
    if (!api->daemon)
        return error_set(error, ERROR_FAILED, "the HTTP server could not be started");
    return 0;
}

static void watch_daemon(struct api *api)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    uv_poll_init(api->parts.loop, &api->poll, info->epoll_fd);
    uv_timer_init(api->parts.loop, &api->timeout);
    api->poll.data = api->timeout.data = api;
    api->open_handles = 2;
    uv_poll_start(&api->poll, UV_READABLE, on_poll);
    api_run(api);
}

static void tell_unknown_params(void *data, const struct config_section *section, const char *text)
{
    (void)data;
    (void)section;
    log_warning("%s", text);
}

int api_check(const struct config *config, struct error *error)
{
    if (!config->listen)
        return 0;
    return error_set(
        error, ERROR_INPUT,
        "listen = %s: on TCP every route needs a token, and this version has none yet; remove the key",
        config->listen);
}

int api_start(struct api **out, const struct api_parts *parts, struct error *error)
{
    const struct config *config = parts->config;
    if (api_check(config, error) != 0)
        return -1;
    if (sodium_init() < 0)
        return error_set(error, ERROR_FAILED, "libsodium could not be initialised");
    struct api *api = mem_alloc(sizeof *api);
    *api = (struct api){
        .parts = *parts, .socket = parts->socket, .own_socket = parts->socket < 0, .started_at = clock_now()};
    if (api->own_socket)
        api->socket = socket_listen(config->socket, error);
    if (api->socket < 0 || start_daemon(api, error) != 0) {
        if (api->socket >= 0 && api->own_socket)
            socket_remove(api->socket, config->socket);
        free(api);
        return -1;
    }
    watch_daemon(api);
    params_unknown(api, tell_unknown_params, NULL);
    *out = api;
    return 0;
}

static void handle_closed(uv_handle_t *handle)
{
    struct api *api = handle->data;
    if (--api->open_handles > 0)
        return;
    void (*closed)(void *data) = api->closed;
    void *data = api->closed_data;
    audit_flush(api);
    trouble_free(&api->uploads);
    free(api);
    closed(data);
}

/* A connection that waits cannot be closed; the last one to go on ends the server. */
void api_settled(struct api *api)
{
    if (!api->stopping || api->suspended || !api->daemon)
        return;
    struct MHD_Daemon *daemon = api->daemon;
    api->daemon = NULL;
    uv_poll_stop(&api->poll);
    MHD_stop_daemon(daemon); /* also closes the socket */
    if (api->own_socket)
        unlink(api->parts.config->socket);
    uv_close((uv_handle_t *)&api->poll, handle_closed);
    uv_close((uv_handle_t *)&api->timeout, handle_closed);
}

void api_stop(struct api *api, void (*closed)(void *data), void *data)
{
    api->stopping = true;
    api->closed = closed;
    api->closed_data = data;
    documents_abandon(api);
    api_settled(api);
}
