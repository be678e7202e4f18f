/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Days, weeks, months and school years as the Netherlands live them: local time of Europe/Amsterdam with
 * summer time by the rule of the European Union (from the last Sunday of March to the last of October, 01:00
 * UTC), which holds since 1996. Weeks are those of ISO 8601, school years begin on 1 August. Times are
 * milliseconds since 1970 UTC.
 */
#ifndef ENGINE_CALENDAR_H
#define ENGINE_CALENDAR_H

#include "script/declaration.h"

struct calendar_period {
    char label[24];       /* "2026-11-24", "2026-W48", "2026-11", "2026-2027" */
    int64_t starts, ends; /* its first moment, and the first one after it */
    int days;
};

/* The day, week, month or school year that a time lies in. */
struct calendar_period calendar_find(enum period_kind kind, int64_t time);
/* The hour (0 to 23) and the day of the week (1: Monday) that the clocks show then. */
void calendar_clock(int64_t time, int *hour, int *weekday);
/* The first moment of the day that lies so many days before the day of `time`. */
int64_t calendar_days_before(int64_t time, int days);

#endif
