/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * listen = HOST:PORT. Only addresses of this machine: keys and secrets pass in the clear, so what comes from
 * other machines comes through a server with TLS in front.
 */
#ifndef API_TCP_H
#define API_TCP_H

#include "base/error.h"

#include <sys/socket.h>

struct tcp_address {
    struct sockaddr_storage address;
    socklen_t size;
};
/* 127.0.0.1:8787, [::1]:8787 or localhost:8787. -1: the error says what is wrong with it. */
int tcp_address_read(const char *text, struct tcp_address *address, struct error *error);

/* Listens there. The descriptor, or -1. */
int tcp_listen(const char *text, struct error *error);
/* Is a socket that was handed over one that listens on TCP, on an address of this machine? -1: it is not. */
int tcp_check(int socket, struct error *error);

#endif
