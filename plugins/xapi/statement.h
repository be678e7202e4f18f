/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Statements: whether one is as the specification has it, what the core keeps of it, and how it is read
 * again.
 *
 * What is kept as `raw` is the statement as it was sent, less its `id` and `stored` (they stand beside it),
 * with the `authority` of the feed; and, unless identities are kept, with a mark in place of everything that
 * tells who somebody is: an agent becomes
 * {"objectType":"Agent","account":{"homePage":PSEUDONYM_HOME,"name":"<mark>"}}, and loses its name.
 * `timestamp` and `version` are added when it is read, where it has none.
 */
#ifndef XAPI_STATEMENT_H
#define XAPI_STATEMENT_H

#include "json.h"
#include "request.h"
#include "xapi.h"

/* The verb of a statement that takes another one back (xAPI 1.0.3, Data 2.3.2). */
#define VERB_VOIDED "http://adlnet.gov/expapi/verbs/voided"

/* How events are found: the roles of struct wz_reference. The numbers are in stores. */
enum statement_role {
    ROLE_VERB = 1,
    ROLE_ACTIVITY = 2,         /* the object is it */
    ROLE_RELATED_ACTIVITY = 3, /* it is anywhere: as the object, in contextActivities, in a sub-statement */
    ROLE_AGENT = 4,            /* the actor or the object is the agent, or a group that has it as a member */
    ROLE_RELATED_AGENT = 5,    /* it is anywhere: also authority, instructor, team, in a sub-statement, ... */
    ROLE_REGISTRATION = 6,     /* in lower case */
};

/* Is the value a statement? -1: the error names the place ("object.definition.type") and what is wrong there.
 */
int statement_check(const struct json *json, uint32_t statement, enum xapi_version version,
                    struct error *error);

/* Room for the event of one statement, used again for the next; zeroed is empty. */
struct statement_event {
    struct wz_event event; /* points into the rest */
    struct buf texts, raw, content;
    size_t *offsets;
    const char **people;
    struct wz_reference *references;
    struct wz_group_step *groups;
    struct wz_measure measures[4];
    size_t people_count, people_capacity, reference_count, reference_capacity, group_count;
    uint8_t target[16];
    char id[37]; /* its id as text, in lower case */
};
void statement_event_free(struct statement_event *event);

/* Makes the event of a statement that statement_check found sound. `now`: when it has no timestamp. `id`: the
 * one that it is given, where it has none itself. -1: it cannot be kept (the error says why). */
int statement_to_event(const struct xapi *xapi, const struct json *json, uint32_t statement,
                       const uint8_t id[16], int64_t now, struct statement_event *out, struct error *error);

enum statement_format { FORMAT_EXACT, FORMAT_IDS, FORMAT_CANONICAL };

/* Appends the statement that was found, as JSON. `languages`: of Accept-Language (RFC 9110), for
 * FORMAT_CANONICAL; may be NULL. -1: what was kept is damaged. */
int statement_put_found(const struct wz_event_found *found, enum statement_format format,
                        const char *languages, enum xapi_version version, struct buf *out);

#endif
