/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the api room: what the audit log is told of requests. Of a path only the route is told, for the rest
 * of it may name somebody. */
#ifndef API_AUDIT_H
#define API_AUDIT_H

#include "api/request.h"

enum { REFUSED_USERS = 32 };

/* Who is refused again and again has an entry a minute. */
struct refusals {
    struct refused_user {
        uint32_t user;
        int64_t told_at; /* 0: nobody */
        uint64_t untold; /* since then */
        char *route;     /* of the last one */
    } users[REFUSED_USERS];
};

/* A request was answered: tells of one that writes, unless its handler saw to that (request->told), and of
 * one that was refused. */
void audit_answered(const struct request *request);
/* Tells what is untold. At the end. */
void audit_flush(struct api *api);

#endif
