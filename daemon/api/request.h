/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the api room: one request, from its first line to its answer. A handler of routes.c either answers
 * at once, or has the connection wait for a job of the store or a document of a feed, and answers from there.
 */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include "api/api.h"
#include "engine/publication/gate.h"

#include <cjson/cJSON.h>
#include <microhttpd.h>

struct request;

enum route_access { EVERYBODY, ADMINISTRATORS };

/* What is done with the body of a request. */
enum route_body {
    BODY_DROPPED,
    BODY_IN_FILE,   /* request->body: a document of any size */
    BODY_IN_MEMORY, /* request->memory_body */
};

enum { MOST_SEGMENTS = 2 };

struct route {
    const char *method;
    const char *path; /* "/v1/indicators/{id}": {} stands for one segment */
    void (*handle)(struct request *request);
    enum route_access access;
    enum route_body body;
    const char *const *parameters; /* what may stand in the query, ends with NULL */
};

struct request {
    struct api *api;
    struct listener *listener;
    struct MHD_Connection *connection;
    const struct route *route;     /* NULL: answered by something else */
    char *plugin_route;            /* the path of a plugin's route that answers; or NULL */
    const char *feed;              /* whose key the caller has, and which serves the path; or NULL */
    bool awaits_login;             /* who sends it may stand in its body */
    char *method, *path;           /* NULL until the head is there */
    bool path_is_cut;              /* a zero byte was sent in it */
    char *query;                   /* behind the '?', as sent */
    char *segments[MOST_SEGMENTS]; /* what stands for {} in the path, decoded; or NULL */

    int body;               /* descriptor of the spooled body, or -1 */
    uint64_t body_size;     /* so far */
    uint64_t dropped;       /* likewise, of a body that nobody wants */
    struct buf memory_body; /* of a request for a plugin, or a small one */
    uint64_t room;          /* that memory_body may take */
    /* While it waits for more of it. */
    struct request *next_in_line;
    uint64_t wanted_room, waits_until; /* by uv_now */
    /* While a large one is on its way: where the step began that it has to bring, and until when. */
    struct request *next_sender;
    uint64_t step_from, step_until;

    /* The answer. */
    int status;
    const char *type;  /* a literal, or the next */
    char *plugin_type; /* of a plugin's answer */
    struct buf answer;
    char *allow;                               /* for the Allow header, or NULL */
    const char *challenge;                     /* for WWW-Authenticate, or NULL */
    bool retry;                                /* it may work soon */
    bool is_last;                              /* where the next request begins is not known */
    struct wz_header extra[WZ_ANSWER_HEADERS]; /* that every answer on this path has; owned */
    struct MHD_Response *response;             /* what a plugin served, instead of the answer; or NULL */
    size_t served_size;                        /* of its body */
    bool answered, suspended;
    bool told; /* the audit log is told by whoever does what is asked */

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
/* Likewise a job that writes; the answer is sent when it is on disk. */
void request_write(struct request *request, store_write_fn job);
/* The connection waits until one of the answers above, or until it goes on. */
void request_wait(struct request *request);
void request_go_on(struct request *request);

/* ---- questions ----------------------------------------------------------------------------------------- */

/* A parameter of the query, or NULL. */
const char *request_parameter(const struct request *request, const char *name);
/* One that is 1 or 0; 0 where it is not given. false: it was answered with what is wrong. */
bool request_flag(struct request *request, const char *name, bool *flag);

#endif
