/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done for a request beside the loop, so that others need not wait for it. */
#ifndef XAPI_ASIDE_H
#define XAPI_ASIDE_H

#include "http/request.h"

/* Reading and checking JSON takes about 10 ns a byte: so much of it takes no longer than a commit, and less
 * than others notice. */
enum { ASIDE_FROM = 16 << 10 };

/*
 * Calls `run` and then, on the loop, `then`. Where `run` has more than ASIDE_FROM bytes to read, it is called
 * on another thread, later: it may look at the request and change its state, while nobody else does, and
 * answers nothing. Of an instance that stops meanwhile the request is refused instead.
 */
void xapi_aside(struct xapi_request *request, size_t bytes, void (*run)(struct xapi_request *request),
                void (*then)(struct xapi_request *request));

#endif
