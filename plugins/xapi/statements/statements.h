/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resource /statements: what statements/statements.c hands on to. Each takes the request over. */
#ifndef XAPI_STATEMENTS_H
#define XAPI_STATEMENTS_H

#include "http/request.h"

#define STATEMENTS_THROUGH "X-Experience-API-Consistent-Through"

/* In one request; more get a 413. The bytes are those of the parcel that the statements become: short
 * addresses and numbers become longer there. */
enum { STATEMENTS_MOST = 10000, STATEMENT_LARGEST = 4 << 20, STATEMENTS_MOST_BYTES = 48 << 20 };

void statements_get(struct xapi_request *request); /* also HEAD */
void statements_put(struct xapi_request *request); /* also POST */

/* Remembers up to when the store has looked, and has the answer say so. */
void statements_say_through(struct xapi_request *request, int64_t through);

#endif
