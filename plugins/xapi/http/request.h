/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request to the record store, as the resources below /xapi get it: after the version has been agreed on,
 * and with what an alternate request (xAPI 1.0.3, Communication 1.3) says in its body taken out of it.
 */
#ifndef XAPI_REQUEST_H
#define XAPI_REQUEST_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <wijzer/plugin.h>

enum xapi_version { XAPI_1_0_3, XAPI_2_0_0 };

enum xapi_method { XAPI_GET, XAPI_HEAD, XAPI_PUT, XAPI_POST, XAPI_DELETE, XAPI_OTHER };

/* A parameter of the query, decoded. */
struct xapi_parameter {
    char *name, *value;
};

struct xapi; /* the instance, see xapi.h */

/* One request from the host, on the route of the instance that is `state`. */
void xapi_handle(void *state, struct wz_request *http_request, const struct wz_http *http);
/* The instance ends: frees the requests that the store has not come back to, and will not. */
void xapi_requests_free(struct xapi *xapi);

enum { XAPI_REPLY_HEADERS = 12 };

/* Owned by whoever answers it: from the call of a resource's handler on, until xapi_answer or xapi_refuse. */
struct xapi_request {
    struct xapi *xapi;
    struct xapi_request *next; /* in the instance's list */
    struct wz_request *http;
    enum xapi_version version;
    enum xapi_method method; /* HEAD is answered as GET is */
    char *path;              /* below the route: "/statements" */
    struct xapi_parameter *parameters;
    size_t parameter_count;
    struct xapi_parameter *headers; /* names in lower case */
    size_t header_count;
    const void *body;
    size_t body_size;
    void *own_body; /* where an alternate request has it, see http/alternate.h; else it is the host's */

    /* What is sent back beside the body. */
    struct wz_header reply_headers[XAPI_REPLY_HEADERS]; /* values are the request's, names literals */
    size_t reply_header_count;
    void *state; /* a resource's own while the request waits for the store */
    void (*free_state)(void *state);
};

/* NULL: it is not there. */
const char *xapi_parameter(const struct xapi_request *request, const char *name);
const char *xapi_header(const struct xapi_request *request, const char *name);
/* Copied; it replaces an earlier one of its name. */
void xapi_reply_header(struct xapi_request *request, const char *name, const char *value);

/* Answers and frees the request. `content_type` NULL: there is no body. */
void xapi_answer(struct xapi_request *request, int status, const char *content_type, const void *body,
                 size_t size);
/* With a problem in words (application/problem+json): what is wrong, where, and what to do. */
void xapi_refuse(struct xapi_request *request, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of the store: 507, 503 or 500. */
void xapi_refuse_failure(struct xapi_request *request, enum wz_failure failure, const char *error);

/* A resource refuses what it has no parameter for. true: it was answered. `known` ends with NULL. */
bool xapi_refuse_unknown(struct xapi_request *request, const char *const *known);

/* The resources: each takes the request over. */
void xapi_statements(struct xapi_request *request);
void xapi_documents(struct xapi_request *request); /* state, and the profiles of activities and agents */
void xapi_agents(struct xapi_request *request);
void xapi_activities(struct xapi_request *request);
void xapi_about(struct xapi_request *request);

#endif
