/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events of a test, as the statements that they would have come in as. A row has what a script sees of an
 * event, and the names of its groups by level; or it is a statement of xAPI, whole: then its verb is an
 * object.
 */
#ifndef CLI_TEST_EVENTS_H
#define CLI_TEST_EVENTS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/texts.h"

#include <cjson/cJSON.h>
#include <stdint.h>

struct test_events {
    const struct texts *levels; /* that indicators on events have, outermost first */
    uint64_t made; /* so many had no id of their own: a test that says one thing twice means two events */
};

/* The option `groups` of the feed that takes them; to be freed. */
char *test_events_groups(const struct test_events *events);
/* Appends the row as a line of JSON. `now`: when it is where it does not say so, in milliseconds since 1970
 * UTC. -1: the error says what is wrong with it. */
int test_events_put(struct test_events *events, const cJSON *row, int64_t now, struct buf *out,
                    struct error *error);

#endif
