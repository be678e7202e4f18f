/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instance: one [feed NAME] with plugin = xapi. */
#ifndef XAPI_XAPI_H
#define XAPI_XAPI_H

#include "http/request.h"

#include <stdbool.h>
#include <stdint.h>
#include <wijzer/plugin.h>

/* Where the levels of an event's group come from, outermost first; see statement/groups.h. */
struct group_rules;

struct xapi {
    const struct wz_host *host;
    struct wz_instance *self;
    const char *path;       /* of the route, "/xapi" */
    bool keeps_identities;  /* identities = keep */
    char *authority;        /* the JSON of the agent that says what this feed brings; or NULL */
    char *authority_person; /* and its identifier */
    struct group_rules *groups;
    struct wz_delivery *receiving; /* the file that came in, until it goes to be decoded; or NULL */
    struct xapi_request *requests; /* that are not answered yet */

    /* The version that was spoken last: a request that names none is refused in it. */
    enum xapi_version spoken;
    /* Up to when everything was known to have been looked at, and when (clock_ticks) the store said so; 0:
     * never yet. See through.h. */
    int64_t through, through_at;
};

#endif
