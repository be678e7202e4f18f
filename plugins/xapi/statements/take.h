/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a request that stores statements, on its way into the store. */
#ifndef XAPI_STATEMENTS_TAKE_H
#define XAPI_STATEMENTS_TAKE_H

#include "http/request.h"

/* What became of a body. */
struct statements_taken {
    struct wz_parcel *parcel; /* of the events of the statements; whoever hands it in makes it NULL */
    char (*ids)[37];          /* of the statements, in their order */
    size_t count;
    struct error error; /* ERROR_NONE: all is well; ERROR_TOO_MUCH: it is well formed and too large */
};

/* Reads it, checks everything, and makes the events; on any thread. The request stays as it is. */
void statements_take(const struct xapi_request *request, struct statements_taken *taken);
void statements_taken_free(const struct xapi_request *request, struct statements_taken *taken);

#endif
