/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

enum summer { NO_SUMMER, OF_EUROPE, OF_AMERICA };

struct zone {
    const char *name;
    int minutes; /* east of Greenwich, in winter */
    enum summer summer;
};

static const struct zone zones[] = {
    {"Europe/Amsterdam", 60, OF_EUROPE},
    {"Europe/Berlin", 60, OF_EUROPE},
    {"Europe/Brussels", 60, OF_EUROPE},
    {"Europe/Budapest", 60, OF_EUROPE},
    {"Europe/Copenhagen", 60, OF_EUROPE},
    {"Europe/Luxembourg", 60, OF_EUROPE},
    {"Europe/Madrid", 60, OF_EUROPE},
    {"Europe/Oslo", 60, OF_EUROPE},
    {"Europe/Paris", 60, OF_EUROPE},
    {"Europe/Prague", 60, OF_EUROPE},
    {"Europe/Rome", 60, OF_EUROPE},
    {"Europe/Stockholm", 60, OF_EUROPE},
    {"Europe/Vienna", 60, OF_EUROPE},
    {"Europe/Warsaw", 60, OF_EUROPE},
    {"Europe/Zurich", 60, OF_EUROPE},
    {"CET", 60, OF_EUROPE},
    {"Europe/Dublin", 0, OF_EUROPE},
    {"Europe/Lisbon", 0, OF_EUROPE},
    {"Europe/London", 0, OF_EUROPE},
    {"Europe/Athens", 120, OF_EUROPE},
    {"Europe/Helsinki", 120, OF_EUROPE},
    {"America/New_York", -300, OF_AMERICA},
    {"America/Toronto", -300, OF_AMERICA},
    {"America/Chicago", -360, OF_AMERICA},
    {"America/Denver", -420, OF_AMERICA},
    {"America/Los_Angeles", -480, OF_AMERICA},
    {"America/Phoenix", -420, NO_SUMMER},
    {"America/Aruba", -240, NO_SUMMER},
    {"America/Curacao", -240, NO_SUMMER},
    {"America/Kralendijk", -240, NO_SUMMER},
    {"UTC", 0, NO_SUMMER},
    {"Etc/UTC", 0, NO_SUMMER},
    {"GMT", 0, NO_SUMMER},
    {"Etc/GMT", 0, NO_SUMMER},
    {"Z", 0, NO_SUMMER},
};

const struct zone *zone_named(const char *name)
{
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (strcmp(zones[i].name, name) == 0)
            return &zones[i];
    return NULL;
}

/* Midnight UTC of the so many-th Sunday of a month, the first being 0. */
static int64_t sunday(int year, int month, int which)
{
    struct tm first = {.tm_year = year, .tm_mon = month, .tm_mday = 1};
    const int64_t seconds = timegm(&first);
    const int to_sunday = (7 - first.tm_wday) % 7;
    return seconds + (int64_t)(to_sunday + 7 * which) * DAY;
}

static int64_t last_sunday(int year, int month)
{
    const int64_t fifth = sunday(year, month, 4), next_month = sunday(year, month + 1, 0);
    return fifth < next_month ? fifth : fifth - 7 * DAY;
}

/* The clock goes at 01:00 UTC in Europe; in America at 02:00 of what the clock says. */
static bool is_summer(const struct zone *zone, int year, int64_t utc)
{
    const int64_t west = -60 * (int64_t)zone->minutes;
    switch (zone->summer) {
    case OF_EUROPE:
        return utc >= last_sunday(year, 2) + HOUR && utc < last_sunday(year, 9) + HOUR;
    case OF_AMERICA:
        return utc >= sunday(year, 2, 1) + west + 2 * HOUR && utc < sunday(year, 10, 0) + west + HOUR;
    default:
        return false;
    }
}

int64_t zone_seconds(const struct zone *zone, const struct tm *local)
{
    struct tm parts = *local;
    const int64_t in_winter = timegm(&parts) - 60 * (int64_t)zone->minutes;
    const int64_t in_summer = in_winter - HOUR;
    return is_summer(zone, local->tm_year, in_summer) ? in_summer : in_winter;
}
