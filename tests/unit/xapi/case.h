/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of statements share. JSON in them has ' where it has " elsewhere. */
#ifndef TEST_XAPI_CASE_H
#define TEST_XAPI_CASE_H

#include "statement/statement.h"

#define ID "7ccd3322-e1a5-411a-a67d-6a735c76f119"
#define ACTOR "'actor':{'mbox':'mailto:ada@example.com'}"
#define VERB "'verb':{'id':'https://example.com/did'}"
#define OBJECT "'object':{'id':'https://example.com/course'}"
/* A sound statement with something more in it: WITH("'result':{}"). */
#define WITH(more) "{" ACTOR "," VERB "," OBJECT "," more "}"

/* A text that stays until the test ends. */
const char *quoted(const char *text);
/* Reads it, which has to go well. */
struct json read_json(const char *text);

/* NULL: it is sound; or what is wrong with it, until the next call. */
const char *complaint(enum xapi_version version, const char *statement);
void assert_sound(const char *statement);
/* Both versions refuse it, and what they say begins with the place. */
void assert_refused_at(const char *place, const char *statement);

/* The event of a statement that is sound; drop_event. */
struct statement_event *event_of(const struct xapi *xapi, const char *statement);
void drop_event(struct statement_event *event);
/* A mark as the core leaves it: `raw` with each mark replaced by the digit of its person, 32 times. To be
 * freed. */
char *as_stored(const char *raw);

#endif
