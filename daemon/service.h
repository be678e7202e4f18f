/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What systemd and the daemon tell each other. Does nothing where no systemd started us. */
#ifndef SERVICE_H
#define SERVICE_H

#include "base/buf.h"

#include <uv.h>

/* The listening sockets that .socket units hand over; they are found by name because their order changes
 * with the units. */
enum { MOST_TCP_SOCKETS = 8 };
struct service_sockets {
    int api;                   /* FileDescriptorName=api, or -1 */
    int tcp[MOST_TCP_SOCKETS]; /* FileDescriptorName=listen */
    size_t tcp_count;
};
void service_sockets_find(struct service_sockets *sockets);
/* Appends where such a socket listens: /run/x.sock, @name for one without a file, 127.0.0.1:8787, [::1]:8787.
 */
void service_socket_name(int socket, struct buf *text);

/* SIGTERM and SIGINT call `stop`, SIGHUP calls `look`; a hung-up client is an error of its write and no
 * signal. */
enum { SERVICE_SIGNALS = 3 };
struct service_signals {
    uv_signal_t all[SERVICE_SIGNALS];
    void (*stop)(void *data), (*look)(void *data);
    void *data;
};
void service_signals_start(struct service_signals *signals, uv_loop_t *loop);
void service_signals_stop(struct service_signals *signals);

void service_ready(const char *status);
void service_status(const char *status); /* of what runs */
void service_reloading(void);            /* until service_ready */
void service_stopping(void);

/* Pings the watchdog at half its interval (WatchdogSec=), from the loop, so that a loop that hangs is
 * noticed. */
struct service_watchdog {
    uv_timer_t timer;
    int open;
};
void service_watchdog_start(struct service_watchdog *watchdog, uv_loop_t *loop);
void service_watchdog_stop(struct service_watchdog *watchdog);

#endif
