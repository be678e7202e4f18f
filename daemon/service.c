/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "service.h"

#include "base/log.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

static void take_socket(struct service_sockets *sockets, int descriptor, const char *name)
{
    if (strcmp(name, "api") == 0)
        sockets->api = descriptor;
    else if (strcmp(name, "listen") == 0 && sockets->tcp_count < MOST_TCP_SOCKETS)
        sockets->tcp[sockets->tcp_count++] = descriptor;
    else if (strcmp(name, "listen") == 0)
        log_warning("systemd handed over more than %d sockets named 'listen'; the others are not listened on",
                    MOST_TCP_SOCKETS);
    else
        log_warning("systemd handed over a socket named '%s', which nobody here knows; set "
                    "FileDescriptorName= in its unit: api for the Unix socket, listen for one of TCP",
                    name);
}

void service_sockets_find(struct service_sockets *sockets)
{
    char **names = NULL;
    const int count = sd_listen_fds_with_names(1, &names);
    *sockets = (struct service_sockets){.api = -1};
    for (int i = 0; i < count; i++) {
        const int descriptor = SD_LISTEN_FDS_START + i;
        fcntl(descriptor, F_SETFD, FD_CLOEXEC); /* not for the script worker or a decoder */
        take_socket(sockets, descriptor, names[i]);
        free(names[i]);
    }
    free(names);
}

/* A Unix socket without a file has a name that begins with NUL and ends with the address (unix(7)). */
static void append_unix_name(const struct sockaddr_un *address, socklen_t size, struct buf *text)
{
    const size_t length =
        size > offsetof(struct sockaddr_un, sun_path) ? size - offsetof(struct sockaddr_un, sun_path) : 0;
    if (length && !address->sun_path[0])
        buf_append_format(text, "@%.*s", (int)(length - 1), address->sun_path + 1);
    else
        buf_append_format(text, "%.*s", (int)length, length ? address->sun_path : "");
}

void service_socket_name(int socket, struct buf *text)
{
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};
    char host[INET6_ADDRSTRLEN] = "";
    socklen_t size = sizeof address;
    getsockname(socket, &address.any, &size);
    if (address.any.sa_family == AF_UNIX)
        append_unix_name(&address.local, size, text);
    else if (uv_ip_name(&address.any, host, sizeof host) == 0)
        buf_append_format(
            text, address.any.sa_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host,
            (unsigned)ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port));
}

static void on_terminate(uv_signal_t *signal, int number)
{
    const struct service_signals *signals = signal->data;
    log_info("stopping (%s)", number == SIGTERM ? "SIGTERM" : "SIGINT");
    signals->stop(signals->data);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    (void)number;
    const struct service_signals *signals = signal->data;
    signals->look(signals->data);
}

void service_signals_start(struct service_signals *signals, uv_loop_t *loop)
{
    static const struct {
        int number;
        uv_signal_cb callback;
    } rows[SERVICE_SIGNALS] = {{SIGTERM, on_terminate}, {SIGINT, on_terminate}, {SIGHUP, on_hangup}};
    for (size_t i = 0; i < SERVICE_SIGNALS; i++) {
        uv_signal_init(loop, &signals->all[i]);
        signals->all[i].data = signals;
        uv_signal_start(&signals->all[i], rows[i].callback, rows[i].number);
    }
    signal(SIGPIPE, SIG_IGN);
}

void service_signals_stop(struct service_signals *signals)
{
    for (size_t i = 0; i < SERVICE_SIGNALS; i++)
        uv_close((uv_handle_t *)&signals->all[i], NULL);
}

void service_ready(const char *status)
{
    sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void service_status(const char *status)
{
    sd_notifyf(0, "STATUS=%s", status);
}

void service_reloading(void)
{
    sd_notify(0, "RELOADING=1\nSTATUS=Reloading");
}

void service_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}

static void ping(uv_timer_t *timer)
{
    (void)timer;
    sd_notify(0, "WATCHDOG=1");
}

void service_watchdog_start(struct service_watchdog *watchdog, uv_loop_t *loop)
{
    uint64_t interval_us = 0;
    if (sd_watchdog_enabled(0, &interval_us) <= 0)
        return;
    const uint64_t half_ms = interval_us / 2000;
    uv_timer_init(loop, &watchdog->timer);
    uv_timer_start(&watchdog->timer, ping, half_ms, half_ms);
    watchdog->open = 1;
}

void service_watchdog_stop(struct service_watchdog *watchdog)
{
    if (watchdog->open)
        uv_close((uv_handle_t *)&watchdog->timer, NULL);
    watchdog->open = 0;
}
