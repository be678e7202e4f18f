/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones that surveys are kept in, without the tz database: a decoder has no files. */
#ifndef SURVEY_ZONE_H
#define SURVEY_ZONE_H

#include <stdint.h>
#include <time.h>

struct zone;

/* By its name in the tz database, as "Europe/Amsterdam", or "Z". NULL: it is not among those known here. */
const struct zone *zone_named(const char *name);

/* Seconds since 1970 UTC of a time of day there, by the rules of today (in force in Europe since 1996 and in
 * the United States since 2007). An hour that is there twice is taken to be in summer. */
int64_t zone_seconds(const struct zone *zone, const struct tm *local);

#endif
