/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Statements: whether one is as the specification has it, what the core keeps of it, and how it is read
 * again.
 *
 * What is kept as `raw` is the statement as it was sent, less its `id` and `stored` (they stand beside it)
 * and less white space, with the `authority` of the feed and contextActivities as arrays; and, unless
 * identities are kept, with a mark in place of everything that tells who somebody is: an agent becomes
 * {"objectType":"Agent","account":{"homePage":PSEUDONYM_HOME,"name":"<mark>"}}, a group likewise, with its
 * members, and they lose their names. `timestamp` and `version` are added when it is read, where it has none.
 *
 * The `object` of the event is the id of the activity; of a StatementRef "statement:" and the id that it has,
 * and of others "agent", "group" or "substatement": who it is stands in `people` alone. The `actor` of an
 * anonymous group is the member whose identifier comes first, so that no more actors are counted than there
 * are people. A duration with years or months is taken with the lengths that form_read_duration tells.
 */
#ifndef XAPI_STATEMENT_H
#define XAPI_STATEMENT_H

#include "http/request.h"
#include "statement/groups.h"
#include "statement/names.h"
#include "xapi.h"
#include "json/json.h"

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

/* Is the value a statement? -1: the error names the place ("object.definition.type") and what is wrong there,
 * with marks of what was sent (http/sent.h). */
int statement_check(const struct json *json, uint32_t statement, enum xapi_version version,
                    struct error *error);

/* Where an agent or a group stands in a statement, and which of the people it is. */
struct statement_agent {
    uint32_t value;
    uint32_t person; /* NOBODY: a group that has no identifier */
};
#define NOBODY UINT32_MAX

/* Room for the event of one statement, used again for the next; zeroed is empty. */
struct statement_event {
    struct wz_event event; /* points into the rest: the whole is never copied */
    char id[37];           /* its id as text, in lower case */

    struct buf texts, raw, content;
    struct names people, activities;
    struct statement_agent *agents; /* in the order of the text */
    size_t agent_count, agent_capacity;
    const char **people_texts;
    struct wz_reference *references;
    size_t people_capacity, reference_count, reference_capacity;
    struct wz_group_step groups[MOST_LEVELS];
    struct wz_measure measures[4];
    uint8_t target[16];
};
void statement_event_free(struct statement_event *event);

/* Makes the event of a statement that statement_check found sound. `now`: its time (ms since 1970), where it
 * has none itself. `id`: likewise. */
void statement_to_event(const struct xapi *xapi, const struct json *json, uint32_t statement,
                        const uint8_t id[16], int64_t now, struct statement_event *out);

struct content_span {
    size_t at, size;
};

/*
 * Appends the statement in a form in which the same statement always reads the same: what may differ
 * (xAPI 1.0.3, Data 2.3.1) is left out or made equal. That is id, stored, authority, version and attachments,
 * how the timestamp is written, the display of verbs, the definitions of activities, the order of a group's
 * members, objectTypes that may be missing, a single context activity that is no array, digits of a duration
 * behind hundredths of a second, and the case of UUIDs, SHA-1 sums and domains of mail. With `event`, people
 * are marks, and have no names. `time`: where the timestamp stands in `out`, with its name; size 0: there is
 * none. A statement without one gets one where it is stored, and is the same with it.
 */
void statement_put_content(const struct json *json, uint32_t statement, const struct statement_event *event,
                           struct buf *out, struct content_span *time);

enum statement_format { FORMAT_EXACT, FORMAT_IDS, FORMAT_CANONICAL };

/* Appends the statement that was found, as JSON. `languages`: of Accept-Language (RFC 9110), for
 * FORMAT_CANONICAL; may be NULL. -1: what was kept is damaged. */
int statement_put_found(const struct wz_event_found *found, enum statement_format format,
                        const char *languages, enum xapi_version version, struct buf *out);

#endif
