/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/keep.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_DAYS = 36525, DAY_MS = 24 * 3600 * 1000 };

static const struct {
    const char *word;
    int months, days;
} units[] = {{"y", 12, 0}, {"mo", 1, 0}, {"w", 0, 7}, {"d", 0, 1}};

int keep_read(const char *text, struct keep *keep, struct error *error)
{
    char *end;
    errno = 0;
    const long count = text[0] >= '0' && text[0] <= '9' ? strtol(text, &end, 10) : 0;
    for (size_t i = 0; count > 0 && !errno && i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].word) != 0)
            continue;
        const long longest = units[i].months ? 1200 / units[i].months : MOST_DAYS / units[i].days;
        if (count > longest)
            return error_set(error, ERROR_INPUT, "%s is longer than a hundred years", text);
        *keep = (struct keep){(int)count * units[i].months, (int)count * units[i].days};
        return 0;
    }
    return error_set(error, ERROR_INPUT,
                     "'%.40s' is no length of time: a whole number from 1 on is wanted, with y, mo, w or d "
                     "behind it, as in 3y, 6mo, 2w or 90d",
                     text);
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month] + (month == 1 && leap);
}

int64_t keep_begins(const struct keep *keep, int64_t now)
{
    const time_t seconds = (time_t)(now / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    const int months = parts.tm_year * 12 + parts.tm_mon - keep->months;
    parts.tm_year = months / 12;
    parts.tm_mon = months % 12;
    const int last = days_of(parts.tm_year + 1900, parts.tm_mon);
    parts.tm_mday = parts.tm_mday < last ? parts.tm_mday : last;
    return (int64_t)timegm(&parts) * 1000 + now % 1000 - (int64_t)keep->days * DAY_MS;
}
