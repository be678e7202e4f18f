/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How an alert moves from stage to stage, as a function of what held and of the time; nothing else. Times are
 * milliseconds since 1970 UTC. A clock that is set back makes a stage longer, never shorter.
 */
#ifndef ENGINE_ALERT_RULE_H
#define ENGINE_ALERT_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum alert_stage {
    ALERT_PEACE = 0,    /* it has never held, or ended before it fired */
    ALERT_PENDING = 1,  /* it holds, and not yet for as long as `hold` */
    ALERT_FIRING = 2,   /* it held that long; it fires until it has not held for as long as `keep` */
    ALERT_RESOLVED = 3, /* it fired, and is over */
};

struct alert_rule {
    int64_t hold_ms, keep_ms;
};

struct alert_status {
    enum alert_stage stage;
    int64_t since;  /* when the stage began */
    int64_t lapsed; /* of ALERT_FIRING: when it stopped holding; 0: it holds */
};

enum alert_verdict {
    ALERT_HOLDS,
    ALERT_ENDS,      /* it does not hold; one that fires is kept for `keep` */
    ALERT_AS_BEFORE, /* nobody can say: what held last goes on holding */
    ALERT_ENDS_NOW,  /* it does not hold, and is not kept */
};

/* The status after a verdict at a time. */
struct alert_status alert_rule_judge(const struct alert_rule *rule, struct alert_status status,
                                     enum alert_verdict verdict, int64_t now);
/* When time alone moves it on; INT64_MAX: never. */
int64_t alert_rule_deadline(const struct alert_rule *rule, const struct alert_status *status);
/* "pending" and so on; "peace" is never shown. */
const char *alert_stage_word(enum alert_stage stage);

#endif
