/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a GET of /statements asks (xAPI 1.0.3, Communication 2.1.3), as a question to the store. */
#ifndef XAPI_QUERY_H
#define XAPI_QUERY_H

#include "http/request.h"
#include "statement/statement.h"

enum { QUERY_PAGE = 100, QUERY_MOST_BYTES = 4 << 20 };

struct statement_query {
    struct wz_events_question question; /* points into this and into the request's parameters */
    struct wz_wanted wanted[4];
    uint8_t id[16];
    struct buf agent; /* its identifier */
    char registration[37];
    bool is_single;    /* one statement is asked for, by its id ... */
    bool wants_voided; /* ... and it is one that was voided */
    enum statement_format format;
};

/* Reads the parameters into a zeroed query. -1: the error says which one is wrong, and how. */
int query_read(struct statement_query *query, const struct xapi_request *request, struct error *error);
void query_free(struct statement_query *query);

/* Appends the address of the next page: the same parameters, and `next` of this one as "cursor". */
void query_put_more(const struct xapi_request *request, uint64_t next, struct buf *out);

#endif
