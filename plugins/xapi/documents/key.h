/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three kinds of documents (xAPI 1.0.3, Communication 2.3, 2.6 and 2.7), and which one a request is
 * about. */
#ifndef XAPI_DOCUMENT_KEY_H
#define XAPI_DOCUMENT_KEY_H

#include "http/request.h"

struct document_kind {
    const char *path, *collection;
    const char *id; /* the parameter that names one document */
    bool of_agent, of_activity, of_registration;
    bool deletes_many;             /* a DELETE without an id removes all that fit */
    bool needs_precondition;       /* of a PUT, in 1.0.3; in 2.0.0 there is one rule for all kinds */
    const char *const *parameters; /* those that it knows; "since" is one of a GET only */
};

/* `path`: of a resource that holds documents. */
const struct document_kind *document_kind_at(const char *path);

struct document_key {
    const struct document_kind *kind;
    const char *activity, *id; /* the request's; NULL where the kind has none, or it was not given */
    struct buf person;         /* the identifier and NUL; empty where the kind has none */
    char registration[37];     /* in lower case; "": none was given */
    int64_t since;             /* or WZ_NO_TIME */
};

/* -1: the parameters are not sound; the error says which, and why. To be freed in any case. */
int document_key_read(const struct xapi_request *request, const struct document_kind *kind,
                      struct document_key *key, struct error *error);
void document_key_free(struct document_key *key);

/* Points into the key. */
struct wz_resource_key document_key_of(const struct document_key *key);

#endif
