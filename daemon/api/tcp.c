/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 128, MOST_PORT = 65535, LONGEST_HOST = 64, FIRST_BYTE = 24, LOOPBACK_NET = 127 };

static const char remedy[] = "only this machine is listened to, as 127.0.0.1 or [::1], for keys and secrets "
                             "pass in the clear: let a web server with TLS take what comes from other "
                             "machines, and pass it on to this address";

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET)
        return ntohl(v4->sin_addr.s_addr) >> FIRST_BYTE == LOOPBACK_NET;
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* 0: it is none. */
static uint16_t read_port(const char *text)
{
    char *end;
    if (text[0] < '1' || text[0] > '9')
        return 0;
    const unsigned long port = strtoul(text, &end, 10);
    return *end || port > MOST_PORT ? 0 : (uint16_t)port;
}

static bool read_v4(const char *host, uint16_t port, struct tcp_address *address)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->address;
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address->size = sizeof *v4;
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &v4->sin_addr) == 1;
}

/* In brackets. */
static bool read_v6(char *host, uint16_t port, struct tcp_address *address)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->address;
    const size_t length = strlen(host);
    if (host[length - 1] != ']')
        return false;
    host[length - 1] = '\0';
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->size = sizeof *v6;
    return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
}

int tcp_address_read(const char *text, struct tcp_address *address, struct error *error)
{
    char host[LONGEST_HOST];
    const char *colon = strrchr(text, ':');
    const size_t length = colon ? (size_t)(colon - text) : 0;
    *address = (struct tcp_address){0};
    if (!colon || length == 0 || length >= sizeof host)
        return error_set(error, ERROR_INPUT, "listen = %s: HOST:PORT is wanted, as in 127.0.0.1:8787", text);
    memcpy(host, text, length);
    host[length] = '\0';
    const uint16_t port = read_port(colon + 1);
    if (!port)
        return error_set(error, ERROR_INPUT, "listen = %s: the port is a number from 1 to %d", text,
                         MOST_PORT);
    if (!(host[0] == '[' ? read_v6(host, port, address) : read_v4(host, port, address)))
        return error_set(error, ERROR_INPUT,
                         "listen = %s: an address is wanted, as in 127.0.0.1:%u or [::1]:%u", text,
                         (unsigned)port, (unsigned)port);
    return is_loopback(&address->address) ? 0
                                          : error_set(error, ERROR_INPUT, "listen = %s: %s", text, remedy);
}

/* What the service may not, systemd does for it. */
static int tell(const char *text, int reason, struct error *error)
{
    const bool walled = reason == EAFNOSUPPORT || reason == EPERM || reason == EACCES;
    return error_set(error, ERROR_FAILED, "listen = %s: %s%s", text, strerror(reason),
                     walled ? "; under systemd, remove the key and enable wijzerd-listen.socket instead"
                     : reason == EADDRINUSE ? "; another program listens there, take another port"
                                            : "");
}

int tcp_listen(const char *text, struct error *error)
{
    struct tcp_address address;
    if (tcp_address_read(text, &address, error) != 0)
        return -1;
    const int on = 1;
    const int descriptor = socket(address.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0 && setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(descriptor, (const struct sockaddr *)&address.address, address.size) == 0 &&
        listen(descriptor, BACKLOG) == 0)
        return descriptor;
    tell(text, errno, error);
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

int tcp_check(int socket, struct error *error)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address, type_size = sizeof(int);
    int type = 0;
    if (getsockname(socket, (struct sockaddr *)&address, &size) != 0 ||
        getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &type_size) != 0 || type != SOCK_STREAM)
        return error_set(error, ERROR_INPUT,
                         "the socket 'listen' that systemd handed over is none of TCP; ListenStream= is "
                         "wanted in its unit, as in 127.0.0.1:8787");
    return is_loopback(&address)
               ? 0
               : error_set(error, ERROR_INPUT, "the socket 'listen' that systemd handed over: %s", remedy);
}
