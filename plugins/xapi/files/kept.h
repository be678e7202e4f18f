/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Statements of a file that were refused, as they lie in the quarantine, to be read again once another
 * version of Wijzer or other options take them (record.h, struct wz_problem).
 *
 * Whoever is forgotten takes their rows along, and a row is found by one person. So one is kept only where it
 * can be told who is in it, and it is the actor and nobody else.
 */
#ifndef XAPI_FILE_KEPT_H
#define XAPI_FILE_KEPT_H

#include "json/json.h"

extern const char kept_heading[];

/* Is it the heading of such rows? */
bool kept_is_heading(const char *text, size_t size);
/* Appends the identifier of the actor, and NUL, and the row. false: it is not kept, though there may be an
 * actor. */
bool kept_put(const struct json *json, uint64_t number, struct buf *actor, struct buf *row);
/* The statement in a row, and the number that it had. false: it is none. */
bool kept_read(const char *row, size_t size, uint64_t *number, struct buf *statement);

#endif
