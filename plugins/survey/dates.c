/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dates.h"

#include <ctype.h>
#include <stddef.h>
#include <time.h>

/* Reads so many digits. */
static bool digits(const char **text, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return true;
}

static bool one_of(const char **text, char a, char b)
{
    if (**text != a && **text != b)
        return false;
    (*text)++;
    return true;
}

static bool read_day(const char **text, struct tm *parts)
{
    const char *at = *text;
    int year, month, day;
    const bool year_first = digits(&at, 4, &year) && one_of(&at, '-', '/') && digits(&at, 2, &month) &&
                            one_of(&at, '-', '/') && digits(&at, 2, &day);
    if (!year_first) {
        at = *text;
        if (!(digits(&at, 2, &day) && one_of(&at, '-', '/') && digits(&at, 2, &month) &&
              one_of(&at, '-', '/') && digits(&at, 4, &year)))
            return false;
    }
    *text = at;
    *parts = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    return year >= 1900 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool read_clock(const char **text, struct tm *parts, int *milliseconds)
{
    if (!digits(text, 2, &parts->tm_hour) || !one_of(text, ':', ':') || !digits(text, 2, &parts->tm_min))
        return false;
    if (one_of(text, ':', ':') && !digits(text, 2, &parts->tm_sec))
        return false;
    if (one_of(text, '.', ',')) {
        int scale = 100;
        for (; isdigit((unsigned char)**text); (*text)++, scale /= 10)
            *milliseconds += (**text - '0') * scale;
    }
    return parts->tm_hour < 24 && parts->tm_min < 60 && parts->tm_sec < 61;
}

/* Z, +01:00 or +0100. *offset in seconds; *has_zone is false where there is none. */
static bool read_zone(const char **text, int *offset, bool *has_zone)
{
    int hours, minutes;
    const char sign = **text;
    *has_zone = sign != '\0';
    if (sign == '\0')
        return true;
    (*text)++;
    if (sign == 'Z' || sign == 'z') {
        *offset = 0;
        return true;
    }
    if ((sign != '+' && sign != '-') || !digits(text, 2, &hours))
        return false;
    one_of(text, ':', ':');
    if (!digits(text, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *offset = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

/* mktime takes 31 February for 3 March; we do not. */
static bool same_day(const struct tm *given, time_t seconds, bool utc)
{
    struct tm parts;
    if (utc ? !gmtime_r(&seconds, &parts) : !localtime_r(&seconds, &parts))
        return false;
    return parts.tm_mday == given->tm_mday && parts.tm_mon == given->tm_mon;
}

bool date_read(const char *text, int64_t *milliseconds)
{
    struct tm parts;
    int fraction = 0, offset = 0;
    bool has_zone = false;
    if (!read_day(&text, &parts))
        return false;
    if (one_of(&text, 'T', ' ') &&
        (!read_clock(&text, &parts, &fraction) || !read_zone(&text, &offset, &has_zone)))
        return false;
    if (*text)
        return false;
    const struct tm given = parts;
    const time_t seconds = has_zone ? timegm(&parts) : mktime(&parts);
    if (!same_day(&given, seconds, has_zone))
        return false;
    *milliseconds = ((int64_t)seconds - offset) * 1000 + fraction;
    return true;
}
