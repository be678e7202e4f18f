/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many are connected, and that no account has all the places, for connections that say nothing too. */
#include "api/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARE = MOST_CONNECTIONS / 4 };

/* An account that has connections. */
struct account {
    struct account *next;
    uid_t user;
    unsigned connections;
    bool told; /* that it has its share */
};

/* ---- accounts ------------------------------------------------------------------------------------------ */

static struct account *account_of(struct connections *connections, uid_t user)
{
    struct account *account = connections->accounts;
    while (account && account->user != user)
        account = account->next;
    if (!account) {
        account = mem_alloc(sizeof *account);
        *account = (struct account){.next = connections->accounts, .user = user};
        connections->accounts = account;
    }
    return account;
}

static void leave(struct connections *connections, struct account *account)
{
    if (--account->connections > 0)
        return;
    struct account **link = &connections->accounts;
    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
    free(account);
}

/* ---- refusing ------------------------------------------------------------------------------------------ */

/* Answered before it has asked, for one that never asks would keep its place. MHD finds the connection shut
 * down, and ends it. */
static void refuse(struct MHD_Connection *connection)
{
    static const char problem[] =
        "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
        "\"detail\":\"your account has too many connections open; close some\"}";
    char answer[400];
    const int size = snprintf(answer, sizeof answer,
                              "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
                              "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                              sizeof problem - 1, problem);
    const int descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    send(descriptor, answer, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(descriptor, SHUT_RDWR);
}

static void tell_share(struct account *account)
{
    if (!account->told)
        log_warning("user %u has %u connections open, as many as one account may have; more are refused",
                    (unsigned)account->user, account->connections);
    account->told = true;
}

/* Once, until half of the places are free again. */
static void tell_full(struct connections *connections)
{
    if (connections->open >= connections->most && !connections->told_full) {
        log_warning("all %u connections%s are in use; whoever comes now waits until one ends",
                    connections->most, connections->is_tcp ? " over TCP" : "");
        connections->told_full = true;
    }
    if (connections->open <= connections->most / 2)
        connections->told_full = false;
}

/* ---- coming and going ---------------------------------------------------------------------------------- */

static struct account *begin(struct connections *connections, struct MHD_Connection *connection)
{
    struct ucred peer;
    if (connections->is_tcp || !access_peer(connection, &peer) || access_is_own(peer.uid))
        return NULL;
    struct account *account = account_of(connections, peer.uid);
    if (account->connections < SHARE) {
        account->connections++;
        return account;
    }
    tell_share(account);
    refuse(connection);
    return NULL;
}

void connections_notice(void *data, struct MHD_Connection *connection, void **account,
                        enum MHD_ConnectionNotificationCode what)
{
    struct connections *connections = data;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        connections->open++;
        *account = begin(connections, connection);
    } else {
        connections->open--;
        connections->ended++;
        if (*account)
            leave(connections, *account);
    }
    tell_full(connections);
}
