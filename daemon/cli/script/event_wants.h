/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why an indicator on events has no value: what a statement has to be to count in it, of which none was. */
#ifndef CLI_EVENT_WANTS_H
#define CLI_EVENT_WANTS_H

#include <cjson/cJSON.h>

/* Prints it to stderr, in lines. `indicator` is as GET /v1/indicators has it, and `groups` as the option of
 * plugin xapi; `level` is the one that was asked for, or NULL. */
void event_wants_tell(const cJSON *indicator, const char *level, const char *groups);
/* Of one that has values of periods to come only. */
void event_wants_tell_ahead(const cJSON *indicator);

#endif
