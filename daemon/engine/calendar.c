/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/calendar.h"

#include <stdio.h>

static const int64_t hour_ms = 3600000, day_ms = 86400000;

/* ---- dates: days since 1970-01-01 and back, by the Gregorian rules ---------------------------------------
 */

struct date {
    int64_t year;
    int month, day; /* from 1 */
};

static int64_t floor_divide(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* Years are taken to begin in March, so that a leap day is a year's last. */
static int64_t days_of(struct date date)
{
    const int64_t year = date.month > 2 ? date.year : date.year - 1;
    const int month = date.month > 2 ? date.month - 3 : date.month + 9;
    const int64_t leap_days = floor_divide(year, 4) - floor_divide(year, 100) + floor_divide(year, 400);
    const int64_t epoch = 719468; /* from 0000-03-01 to 1970-01-01 */
    return 365 * year + leap_days + (153 * month + 2) / 5 + date.day - 1 - epoch;
}

static struct date date_of(int64_t days)
{
    struct date date = {
        .year = 1970 + floor_divide(days, days < 0 ? 365 : 366), .month = 1, .day = 1}; /* never too late */
    while (days_of((struct date){date.year + 1, 1, 1}) <= days)
        date.year++;
    while (date.month < 12 && days_of((struct date){date.year, date.month + 1, 1}) <= days)
        date.month++;
    date.day = (int)(days - days_of((struct date){date.year, date.month, 1})) + 1;
    return date;
}

/* 0: Monday. 1970-01-01 was a Thursday. */
static int weekday_of(int64_t days)
{
    return (int)((days % 7 + 10) % 7);
}

/* ---- local time ---------------------------------------------------------------------------------------- */

/* 01:00 UTC of the last Sunday of a month of 31 days. */
static int64_t switch_of(int64_t year, int month)
{
    const int64_t last = days_of((struct date){year, month, 31});
    return (last - (weekday_of(last) + 1) % 7) * day_ms + hour_ms;
}

static int64_t offset_at(int64_t time)
{
    const int64_t year = date_of(floor_divide(time, day_ms)).year;
    return time >= switch_of(year, 3) && time < switch_of(year, 10) ? 2 * hour_ms : hour_ms;
}

static int64_t local_day(int64_t time)
{
    return floor_divide(time + offset_at(time), day_ms);
}

/* Clocks are never changed within two hours of midnight. */
static int64_t midnight_of(int64_t days)
{
    const int64_t local = days * day_ms;
    return local - offset_at(local - hour_ms);
}

/* ---- periods ------------------------------------------------------------------------------------------- */

static struct calendar_period between(int64_t first, int64_t next)
{
    return (struct calendar_period){
        .starts = midnight_of(first), .ends = midnight_of(next), .days = (int)(next - first)};
}

static struct calendar_period day_period(int64_t day)
{
    const struct date date = date_of(day);
    struct calendar_period period = between(day, day + 1);
    snprintf(period.label, sizeof period.label, "%04d-%02d-%02d", (int)date.year, date.month, date.day);
    return period;
}

/* An ISO week belongs to the year that its Thursday lies in. */
static struct calendar_period week_period(int64_t day)
{
    const int64_t monday = day - weekday_of(day), thursday = monday + 3;
    const int64_t year = date_of(thursday).year;
    struct calendar_period period = between(monday, monday + 7);
    const int week = (int)((thursday - days_of((struct date){year, 1, 1})) / 7) + 1;
    snprintf(period.label, sizeof period.label, "%04d-W%02d", (int)year, week);
    return period;
}

static struct calendar_period month_period(int64_t day)
{
    const struct date date = date_of(day);
    const struct date next = {date.year + date.month / 12, date.month % 12 + 1, 1};
    struct calendar_period period = between(days_of((struct date){date.year, date.month, 1}), days_of(next));
    snprintf(period.label, sizeof period.label, "%04d-%02d", (int)date.year, date.month);
    return period;
}

static struct calendar_period school_year_period(int64_t day)
{
    const struct date date = date_of(day);
    const int64_t year = date.month >= 8 ? date.year : date.year - 1;
    struct calendar_period period =
        between(days_of((struct date){year, 8, 1}), days_of((struct date){year + 1, 8, 1}));
    snprintf(period.label, sizeof period.label, "%04d-%04d", (int)year, (int)year + 1);
    return period;
}

struct calendar_period calendar_find(enum period_kind kind, int64_t time)
{
    const int64_t day = local_day(time);
    switch (kind) {
    case PERIOD_WEEK:
        return week_period(day);
    case PERIOD_MONTH:
        return month_period(day);
    case PERIOD_SCHOOL_YEAR:
        return school_year_period(day);
    default:
        return day_period(day);
    }
}

void calendar_clock(int64_t time, int *hour, int *weekday)
{
    const int64_t local = time + offset_at(time), day = floor_divide(local, day_ms);
    *hour = (int)((local - day * day_ms) / hour_ms);
    *weekday = weekday_of(day) + 1;
}

int64_t calendar_days_before(int64_t time, int days)
{
    return midnight_of(local_day(time) - days);
}
