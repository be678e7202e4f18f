/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of the API: what it listens on, from the start to the end. */
#include "api/api.h"
#include "api/internal.h"
#include "api/socket.h"
#include "api/tcp.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* So long what is under way may take once the daemon stops. */
enum { PATIENCE_MS = 1000 };

static void tell_unknown_params(void *data, const struct config_section *section, const char *text)
{
    (void)data;
    (void)section;
    log_warning("%s", text);
}

int api_check(const struct config *config, struct error *error)
{
    struct tcp_address address;
    return config->listen ? tcp_address_read(config->listen, &address, error) : 0;
}

static void free_api(struct api *api)
{
    audit_flush(api);
    trouble_free(&api->uploads);
    free(api);
}

/* ---- start --------------------------------------------------------------------------------------------- */

/* What is closed with the API is a copy: the API may be started again. */
static int copy_socket(int socket, struct error *error)
{
    const int copy = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    return copy >= 0 ? copy
                     : error_set(error, ERROR_FAILED,
                                 "the socket that systemd handed over cannot be used: %s", strerror(errno));
}

/* `most_tcp`: how many connections it may have, of a socket of TCP; of a Unix socket 0. */
static int listen_on(struct api *api, int socket, unsigned most_tcp, struct error *error)
{
    if (socket < 0)
        return -1;
    if (listener_start(api, socket, most_tcp, error) == 0)
        return 0;
    close(socket);
    return -1;
}

/* By whom it is made does not tell what it is: whoever comes over TCP is nobody that the kernel knows. */
static int check_unix(int socket, struct error *error)
{
    int domain = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX)
        return 0;
    return error_set(error, ERROR_INPUT,
                     "the socket 'api' that systemd handed over is no Unix socket; one of TCP has "
                     "FileDescriptorName=listen in its unit");
}

static int listen_on_unix(struct api *api, struct error *error)
{
    const int given = api->parts.socket;
    if (given >= 0)
        return check_unix(given, error) == 0 ? listen_on(api, copy_socket(given, error), 0, error) : -1;
    const int made = socket_listen(api->parts.config->socket, error);
    api->own_socket = made >= 0;
    return listen_on(api, made, 0, error);
}

/* They share the places that there are for TCP, so that those who use the Unix socket always find one. */
static int listen_on_tcp(struct api *api, struct error *error)
{
    const struct api_parts *parts = &api->parts;
    const size_t count = parts->tcp_count + (parts->config->listen ? 1 : 0);
    const unsigned most = count ? (unsigned)((MOST_TCP_CONNECTIONS + count - 1) / count) : 0;
    for (size_t i = 0; i < parts->tcp_count; i++)
        if (tcp_check(parts->tcp_sockets[i], error) != 0 ||
            listen_on(api, copy_socket(parts->tcp_sockets[i], error), most, error) != 0)
            return -1;
    return parts->config->listen ? listen_on(api, tcp_listen(parts->config->listen, error), most, error) : 0;
}

static void nothing_is_left(void *data)
{
    (void)data;
}

int api_start(struct api **out, const struct api_parts *parts, struct error *error)
{
    if (api_check(parts->config, error) != 0)
        return -1;
    if (sodium_init() < 0)
        return error_set(error, ERROR_FAILED, "libsodium could not be initialised");
    struct api *api = mem_alloc(sizeof *api);
    *api = (struct api){.parts = *parts, .started_at = clock_now()};
    uv_timer_init(parts->loop, &api->patience);
    api->patience.data = api;
    api->open_handles = 1;
    body_line_begin(api);
    if (listen_on_unix(api, error) != 0 || listen_on_tcp(api, error) != 0) {
        api_stop(api, nothing_is_left, NULL);
        return -1;
    }
    for (struct listener *listener = api->listeners; listener; listener = listener->next)
        listener_wake(listener);
    params_unknown(api, tell_unknown_params, NULL);
    *out = api;
    return 0;
}

/* ---- stop ---------------------------------------------------------------------------------------------- */

void api_handle_closed(struct api *api)
{
    if (--api->open_handles > 0)
        return;
    void (*closed)(void *data) = api->closed;
    void *data = api->closed_data;
    free_api(api);
    closed(data);
}

static void patience_closed(uv_handle_t *handle)
{
    api_handle_closed(handle->data);
}

/* A connection that waits cannot be closed, and one that goes on is to be answered first. */
static bool is_settled(const struct api *api)
{
    for (const struct listener *listener = api->listeners; listener; listener = listener->next)
        if (listener->woken || listener->running)
            return false;
    return api->suspended == 0 && (api->under_way == 0 || api->impatient);
}

void api_settled(struct api *api)
{
    if (!api->stopping || api->settled || !is_settled(api))
        return;
    api->settled = true;
    struct listener *next;
    for (struct listener *listener = api->listeners; listener; listener = next) {
        next = listener->next;
        listener_stop(listener);
    }
    if (api->own_socket)
        unlink(api->parts.config->socket);
    uv_close((uv_handle_t *)&api->patience, patience_closed);
    body_line_end(api);
}

static void on_impatience(uv_timer_t *timer)
{
    struct api *api = timer->data;
    api->impatient = true;
    plugin_calls_abandon(api);
    api_settled(api);
}

void api_stop(struct api *api, void (*closed)(void *data), void *data)
{
    api->stopping = true;
    api->closed = closed;
    api->closed_data = data;
    documents_abandon(api);
    body_line_abandon(api);
    uv_timer_start(&api->patience, on_impatience, PATIENCE_MS, 0);
    api_settled(api);
}
