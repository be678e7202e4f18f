/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the api room: one request, from its first line to its answer. A handler of routes.c either answers
 * at once, or has the connection wait for a job of the store or a document of a feed, and answers from there.
 */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include "api/api.h"
#include "engine/gate.h"

#include <cjson/cJSON.h>
#include <microhttpd.h>

struct request;

struct route {
    const char *method;
    const char *path; /* "/v1/indicators/{id}": {} stands for one segment */
    void (*handle)(struct request *request);
    bool writes;                   /* for administrators, and with a body */
    const char *const *parameters; /* what may stand in the query, ends with NULL */
};

struct request {
    struct api *api;
    struct MHD_Connection *connection;
    const struct route *route; /* NULL: answered by something else */
    char *method, *path;       /* NULL until the head is there */
    char *query;               /* behind the '?', as sent */
    char *segment;             /* what stands for {} in the path, decoded; or NULL */

    int body;               /* descriptor of the spooled body, or -1 */
    uint64_t body_size;     /* so far */
    struct buf plugin_body; /* of a request for a plugin, in memory */

    /* The answer. */
    int status;
    const char *type;  /* a literal, or the next */
    char *plugin_type; /* of a plugin's answer */
    struct buf answer;
    const char *allow; /* for the Allow header, or NULL */
    bool answered, suspended;

    void *question; /* what a handler that reads remembers of the question; freed with the request */
};

/* ---- answers: exactly one of them, once ---------------------------------------------------------------- */

/* Takes the JSON over. */
void request_answer_json(struct request *request, int status, cJSON *json);
/* As RFC 9457 has it. `members` (or NULL) are added, and taken over. */
void request_answer_problem(struct request *request, int status, cJSON *members, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Sends what has been put into request->answer. */
void request_answer(struct request *request, int status, const char *type);

/* ---- waiting ------------------------------------------------------------------------------------------- */

/* Runs a job of the store on the request; the job fills request->answer (and type). */
void request_read(struct request *request, store_read_fn job);
/* The connection waits until one of the answers above. */
void request_wait(struct request *request);

/* ---- questions ----------------------------------------------------------------------------------------- */

/* A parameter of the query, or NULL. */
const char *request_parameter(const struct request *request, const char *name);

#endif
