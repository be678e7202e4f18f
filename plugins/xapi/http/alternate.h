/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alternate requests (xAPI 1.0.3, Communication 1.3): a POST with ?method=PUT, of which the body is a form
 * that has what else would be headers, parameters and the body ("content"). 2.0.0 has them no more.
 */
#ifndef XAPI_ALTERNATE_H
#define XAPI_ALTERNATE_H

#include "http/parameters.h"
#include "http/request.h"

/* Its body is in memory twice, as it came and decoded; browsers that need such requests send little. */
enum { ALTERNATE_LARGEST = 1 << 20 };

/* Is it one, or does it try to be? */
bool alternate_is(const struct parameters *query);

/* Makes it the request that is meant: method, headers, body; `query` becomes its parameters. On any thread.
 * -1: the error says what is wrong. */
int alternate_unwrap(struct xapi_request *request, struct parameters *headers, struct parameters *query,
                     struct error *error);

#endif
