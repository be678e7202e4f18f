/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dates.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ---- the day ---------------------------------------------------------------------------------------------
 */

/* Reads up to so many digits; how many there were. */
static int digits(const char **text, int most, int *number)
{
    int count = 0;
    for (*number = 0; count < most && isdigit((unsigned char)**text); count++, (*text)++)
        *number = *number * 10 + (**text - '0');
    return count;
}

static bool one_of(const char **text, char a, char b)
{
    if (**text != a && **text != b)
        return false;
    (*text)++;
    return true;
}

/* Three numbers as they stand. */
struct day {
    int numbers[3];
    int year; /* which of them: 0 or 2 */
    char sign;
};

static bool read_numbers(const char **text, struct day *day)
{
    const int first = digits(text, 4, &day->numbers[0]);
    day->year = first == 4 ? 0 : 2;
    day->sign = **text;
    if (first == 0 || first == 3 || !one_of(text, '-', '/') || !digits(text, 2, &day->numbers[1]) ||
        !one_of(text, '-', '/'))
        return false;
    const int last = digits(text, day->year == 2 ? 4 : 2, &day->numbers[2]);
    if (day->year == 2 && last == 2)
        day->numbers[2] += 2000;
    return last > 0 && (day->year == 0 || last == 2 || last == 4);
}

/* Is the order of day and month one that other dates have to tell? Two that are the same cannot be swapped.
 */
static bool needs_order(const struct day *day, const struct date_style *style)
{
    return day->year == 2 && day->numbers[0] != day->numbers[1] &&
           (day->sign == '/' || style->dashes_tell_nothing || style->order_is_told);
}

/* ORDER_UNKNOWN: both may be the month. */
static enum date_order order_of(const struct day *day)
{
    if (day->numbers[0] > 12)
        return DAY_FIRST;
    return day->numbers[1] > 12 ? MONTH_FIRST : ORDER_UNKNOWN;
}

static enum date_kind read_day(const char **text, const struct date_style *style, struct tm *parts)
{
    struct day day;
    if (!read_numbers(text, &day))
        return NO_DATE;
    const enum date_order order = needs_order(&day, style) ? style->order : DAY_FIRST;
    if (order == ORDER_UNKNOWN)
        return TWO_DATES;
    const int year = day.numbers[day.year];
    const int month = day.numbers[day.year == 0 || order == DAY_FIRST ? 1 : 0];
    const int date = day.year == 0 ? day.numbers[2] : day.numbers[order == DAY_FIRST ? 0 : 1];
    *parts = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = date, .tm_isdst = -1};
    return year >= 1900 && month >= 1 && month <= 12 && date >= 1 && date <= 31 ? A_DATE : NO_DATE;
}

enum date_order date_tells(const char *text, const struct date_style *style, bool *may_swap)
{
    struct day day;
    *may_swap = read_numbers(&text, &day) && needs_order(&day, style);
    return *may_swap ? order_of(&day) : ORDER_UNKNOWN;
}

/* ---- the clock -------------------------------------------------------------------------------------------
 */

/* Takes off a beginning, whatever its capitals. */
static bool begins(const char **text, const char *beginning)
{
    const size_t length = strlen(beginning);
    if (strncasecmp(*text, beginning, length) != 0)
        return false;
    *text += length;
    return true;
}

/* Of a clock of twelve hours. false: there is no such hour. */
static bool read_half(const char **text, struct tm *parts)
{
    const char *at = *text;
    one_of(&at, ' ', ' ');
    const bool is_before = begins(&at, "a.m.") || begins(&at, "am") || begins(&at, "a. m.");
    const bool is_after = !is_before && (begins(&at, "p.m.") || begins(&at, "pm") || begins(&at, "p. m."));
    if (!is_before && !is_after)
        return true;
    if (parts->tm_hour < 1 || parts->tm_hour > 12)
        return false;
    parts->tm_hour = parts->tm_hour % 12 + (is_after ? 12 : 0);
    *text = at;
    return true;
}

static bool read_clock(const char **text, struct tm *parts, int *milliseconds)
{
    if (!digits(text, 2, &parts->tm_hour) || !one_of(text, ':', ':') || digits(text, 2, &parts->tm_min) != 2)
        return false;
    if (one_of(text, ':', ':') && digits(text, 2, &parts->tm_sec) != 2)
        return false;
    if (one_of(text, '.', ',')) {
        int scale = 100;
        for (; isdigit((unsigned char)**text); (*text)++, scale /= 10)
            *milliseconds += (**text - '0') * scale;
    }
    return parts->tm_hour < 24 && parts->tm_min < 60 && parts->tm_sec < 61 && read_half(text, parts);
}

/* ---- the zone --------------------------------------------------------------------------------------------
 */

/* +01:00, +0100 or +1. */
static bool read_offset(const char **text, int *offset)
{
    const char sign = **text;
    int hours, minutes = 0;
    if (!one_of(text, '+', '-') || !digits(text, 2, &hours))
        return false;
    const bool more = one_of(text, ':', ':') || isdigit((unsigned char)**text);
    if (more && digits(text, 2, &minutes) != 2)
        return false;
    *offset = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return hours <= 14 && minutes <= 59;
}

/* Others, as EST, mean different things in different places. */
static bool read_abbreviation(const char **text, int *offset)
{
    static const struct {
        const char *name;
        int hours;
    } known[] = {{"Z", 0},    {"UTC", 0}, {"GMT", 0},  {"WET", 0}, {"WEST", 1}, {"CET", 1},
                 {"CEST", 2}, {"MEZ", 1}, {"MESZ", 2}, {"EET", 2}, {"EEST", 3}};
    const size_t length = strspn(*text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].name) == length && strncasecmp(*text, known[i].name, length) == 0) {
            const bool may_have_more = known[i].hours == 0 && length == 3;
            *text += length;
            *offset = known[i].hours * 3600;
            return !**text || (may_have_more && read_offset(text, offset));
        }
    return false;
}

/* *offset in seconds; *has_zone is false where there is none. */
static bool read_zone(const char **text, int *offset, bool *has_zone)
{
    one_of(text, ' ', ' ');
    *has_zone = **text != '\0';
    if (!*has_zone)
        return true;
    return **text == '+' || **text == '-' ? read_offset(text, offset) : read_abbreviation(text, offset);
}

/* ---- all of it -------------------------------------------------------------------------------------------
 */

/* mktime takes 31 February for 3 March; we do not. */
static bool is_in_calendar(const struct tm *given)
{
    struct tm parts = {.tm_year = given->tm_year, .tm_mon = given->tm_mon, .tm_mday = given->tm_mday};
    timegm(&parts);
    return parts.tm_mday == given->tm_mday && parts.tm_mon == given->tm_mon;
}

static int64_t seconds_of(struct tm *parts, const struct date_style *style, bool has_zone, int offset)
{
    if (has_zone)
        return timegm(parts) - offset;
    return style->zone ? zone_seconds(style->zone, parts) : mktime(parts);
}

enum date_kind date_read(const char *text, const struct date_style *style, int64_t *milliseconds)
{
    struct tm parts;
    int fraction = 0, offset = 0;
    bool has_zone = false;
    const enum date_kind kind = read_day(&text, style, &parts);
    if (kind != A_DATE)
        return kind;
    if (one_of(&text, 'T', ' ') &&
        (!read_clock(&text, &parts, &fraction) || !read_zone(&text, &offset, &has_zone)))
        return NO_DATE;
    if (*text || !is_in_calendar(&parts))
        return NO_DATE;
    *milliseconds = seconds_of(&parts, style, has_zone, offset) * 1000 + fraction;
    return A_DATE;
}
