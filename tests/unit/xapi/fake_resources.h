/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host with resources in memory, and requests to the record store through it. */
#ifndef TEST_FAKE_RESOURCES_H
#define TEST_FAKE_RESOURCES_H

#include "fake_http.h"
#include "xapi.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wijzer/plugin.h>

struct fake_resource {
    char *parts[5]; /* collection, person, scope, part, name; NULL as they were */
    char *content_type;
    uint8_t *body;
    size_t size;
    int64_t updated;
    uint64_t version;
};

struct fake_resources {
    struct wz_host host;
    struct xapi xapi;
    const char *version; /* of xAPI that requests speak; NULL: they name none */
    struct fake_resource resources[64];
    size_t count;
    uint64_t last_version;
    int64_t now; /* what is written is `updated` then */

    enum wz_failure failure; /* of every write */
    bool fails_to_read;      /* every read */
    unsigned others;         /* so many writes find that somebody else has just written `others_body` */
    const char *others_body; /* as application/json */

    const struct wz_event_found *const *events; /* what is found */
    size_t event_count;
    uint32_t wanted_role; /* what was looked for last, and how */
    char *wanted_key;
    struct wz_events_question question; /* less what it points to */

    size_t asides; /* so often was something put aside */

    struct fake_answer answer; /* the last */
};

/* What a test begins and ends with: *state is its struct fake_resources. */
int fake_resources_begin(void **state);
int fake_resources_end(void **state);

/* Sends a request and waits for its answer, which lives until the next. `target`: "/agents?agent=...";
 * `headers` end with one without a name; may be NULL. Fails the test where there is not just one answer. */
const struct fake_answer *fake_send(struct fake_resources *fake, const char *method, const char *target,
                                    const struct wz_header *headers, const char *body);

#endif
