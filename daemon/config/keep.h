/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long something is kept: "3y", "6mo", "2w", "90d". */
#ifndef CONFIG_KEEP_H
#define CONFIG_KEEP_H

#include "base/error.h"

#include <stdint.h>

struct keep {
    int months, days; /* one of them is 0 */
};

/* -1: it is none, or longer than a hundred years. */
int keep_read(const char *text, struct keep *keep, struct error *error);
/* What is from before this time is not kept any more. Milliseconds since 1970 UTC. Of a month that has no
 * such day (29 February, three years before) its last day counts. */
int64_t keep_begins(const struct keep *keep, int64_t now);

#endif
