/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One socket that is listened on: a server of libmicrohttpd, which the loop runs. */
#include "api/internal.h"

#include "base/mem.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <unistd.h>

enum { IDLE_SECONDS = 60, CONNECTION_MEMORY = 64 * 1024 };

/* ---- running ------------------------------------------------------------------------------------------- */

static void on_timeout(uv_timer_t *timer);

/* MHD says how long it can be left alone; an idle daemon for ever. What it does not say (0.9.75): having
 * stopped to listen at the limit of connections, or of descriptors, it begins again not in the run in which
 * a connection ends, but in the next. */
static void arm_timeout(struct listener *listener, bool again)
{
    MHD_UNSIGNED_LONG_LONG milliseconds = 0;
    if (again || MHD_get_timeout(listener->daemon, &milliseconds) == MHD_YES)
        uv_timer_start(&listener->timeout, on_timeout, milliseconds, 0);
    else
        uv_timer_stop(&listener->timeout);
}

static void run(struct listener *listener)
{
    if (!listener->daemon)
        return;
    const uint64_t ended = listener->connections.ended;
    listener->woken = false;
    listener->running = true;
    MHD_run(listener->daemon);
    listener->running = false;
    arm_timeout(listener, listener->woken || listener->connections.ended != ended);
    api_settled(listener->api);
}

static void on_timeout(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

void listener_wake(struct listener *listener)
{
    listener->woken = true;
    if (!listener->running)
        uv_timer_start(&listener->timeout, on_timeout, 0, 0);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static int start_daemon(struct listener *listener, struct error *error)
{
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, exchange_go_on, listener,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener->socket, MHD_OPTION_CONNECTION_LIMIT,
        listener->connections.most, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_CONNECTION,
        connections_notice, &listener->connections, MHD_OPTION_NOTIFY_COMPLETED, exchange_end, NULL,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, listener, MHD_OPTION_END);
    if (!listener->daemon)
        return error_set(error, ERROR_FAILED, "the HTTP server could not be started");
    return 0;
}

int listener_start(struct api *api, int socket, unsigned most_tcp, struct error *error)
{
    struct listener *listener = mem_alloc(sizeof *listener);
    *listener = (struct listener){.api = api, .socket = socket, .is_tcp = most_tcp > 0};
    listener->connections.is_tcp = listener->is_tcp;
    listener->connections.most = listener->is_tcp ? most_tcp : MOST_CONNECTIONS;
    if (start_daemon(listener, error) != 0) {
        free(listener);
        return -1;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    uv_poll_init(api->parts.loop, &listener->poll, info->epoll_fd);
    uv_timer_init(api->parts.loop, &listener->timeout);
    listener->poll.data = listener->timeout.data = listener;
    listener->next = api->listeners;
    api->listeners = listener;
    api->open_handles += 2;
    uv_poll_start(&listener->poll, UV_READABLE, on_poll);
    return 0;
}

static void timeout_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    struct api *api = listener->api;
    free(listener);
    api_handle_closed(api);
}

static void poll_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    api_handle_closed(listener->api);
    uv_close((uv_handle_t *)&listener->timeout, timeout_closed);
}

void listener_stop(struct listener *listener)
{
    struct MHD_Daemon *daemon = listener->daemon;
    listener->daemon = NULL;
    uv_poll_stop(&listener->poll);
    uv_timer_stop(&listener->timeout);
    MHD_stop_daemon(daemon); /* also closes the socket */
    uv_close((uv_handle_t *)&listener->poll, poll_closed);
}
