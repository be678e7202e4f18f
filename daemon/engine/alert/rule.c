/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alert/rule.h"

/* Does it hold when nobody can say? As it did last. */
static bool held_last(const struct alert_status *status)
{
    return status->stage == ALERT_PENDING || (status->stage == ALERT_FIRING && !status->lapsed);
}

static struct alert_status enter(enum alert_stage stage, int64_t now)
{
    return (struct alert_status){.stage = stage, .since = now};
}

static struct alert_status hold_on(const struct alert_rule *rule, struct alert_status status, int64_t now)
{
    if (status.stage == ALERT_FIRING) {
        status.lapsed = 0;
        return status;
    }
    if (status.stage != ALERT_PENDING)
        status = enter(ALERT_PENDING, now);
    return now - status.since >= rule->hold_ms ? enter(ALERT_FIRING, now) : status;
}

static struct alert_status let_go(const struct alert_rule *rule, struct alert_status status, int64_t now)
{
    if (status.stage == ALERT_PENDING)
        return enter(ALERT_PEACE, now);
    if (status.stage != ALERT_FIRING)
        return status;
    if (!status.lapsed)
        status.lapsed = now;
    return now - status.lapsed >= rule->keep_ms ? enter(ALERT_RESOLVED, now) : status;
}

struct alert_status alert_rule_judge(const struct alert_rule *rule, struct alert_status status,
                                     enum alert_verdict verdict, int64_t now)
{
    static const struct alert_rule at_once = {0};
    switch (verdict) {
    case ALERT_HOLDS:
        return hold_on(rule, status, now);
    case ALERT_ENDS:
        return let_go(rule, status, now);
    case ALERT_ENDS_NOW:
        return let_go(&at_once, status, now);
    case ALERT_AS_BEFORE:
        return held_last(&status) ? hold_on(rule, status, now) : let_go(rule, status, now);
    }
    return status;
}

int64_t alert_rule_deadline(const struct alert_rule *rule, const struct alert_status *status)
{
    if (status->stage == ALERT_PENDING)
        return status->since + rule->hold_ms;
    if (status->stage == ALERT_FIRING && status->lapsed)
        return status->lapsed + rule->keep_ms;
    return INT64_MAX;
}

const char *alert_stage_word(enum alert_stage stage)
{
    static const char *const words[] = {[ALERT_PEACE] = "peace",
                                        [ALERT_PENDING] = "pending",
                                        [ALERT_FIRING] = "firing",
                                        [ALERT_RESOLVED] = "resolved"};
    return words[stage];
}
