/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the event of a statement is put together, by file. */
#ifndef XAPI_STATEMENT_PARTS_H
#define XAPI_STATEMENT_PARTS_H

#include "statement/statement.h"

/* statement/people.c: who and what the statement names, with the roles. */
void statement_gather(const struct xapi *xapi, const struct json *json, uint32_t statement,
                      struct statement_event *out);

/* statement/raw.c: what is kept of it. */
void statement_put_raw(const struct xapi *xapi, const struct json *json, uint32_t statement,
                       struct statement_event *out);

/* Appends a mark. */
void statement_put_mark(uint32_t person, struct buf *out);

/* The agents of an event, in the order of the text: the one that stands there. */
const struct statement_agent *statement_find_agent(const struct statement_event *event, uint32_t value);

#endif
