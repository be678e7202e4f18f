/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers that several resources give in the same way. */
#ifndef XAPI_ANSWER_H
#define XAPI_ANSWER_H

#include "http/request.h"

/* 200 with an entity tag and, unless `updated` is WZ_NO_TIME, Last-Modified; or what the preconditions of the
 * request make of it (304, 412, 400). */
void answer_found(struct xapi_request *request, const char *content_type, const void *body, size_t size,
                  int64_t updated);

/* 400: If-Match or If-None-Match cannot be read. */
void answer_precondition_malformed(struct xapi_request *request);

#endif
