/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "values.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY = 24 * 60 * 60, LAST_YEAR = 9999 };

static const int64_t from_1582_to_1970 = (int64_t)141428 * DAY;
static const double largest_exact = 9007199254740992.0; /* 2^53: whole numbers up to here are all there */

enum value_kind value_kind(const char *format)
{
    static const char *const days[] = {"DATE", "ADATE", "EDATE", "SDATE", "JDATE", "MOYR", "QYR", "WKYR"};
    static const char *const days_and_times[] = {"DATETIME", "YMDHMS"};
    const size_t length = strcspn(format, "0123456789.");
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        if (strlen(days[i]) == length && strncmp(days[i], format, length) == 0)
            return A_DAY;
    for (size_t i = 0; i < sizeof days_and_times / sizeof *days_and_times; i++)
        if (strlen(days_and_times[i]) == length && strncmp(days_and_times[i], format, length) == 0)
            return A_DAY_AND_TIME;
    return A_VALUE;
}

static size_t write_whole(int64_t value, char text[VALUE_ROOM])
{
    char digits[VALUE_ROOM];
    size_t count = 0, length = 0;
    if (value < 0)
        text[length++] = '-';
    uint64_t left = value < 0 ? (uint64_t)-value : (uint64_t)value;
    do
        digits[count++] = (char)('0' + left % 10);
    while (left /= 10);
    while (count)
        text[length++] = digits[--count];
    text[length] = '\0';
    return length;
}

static size_t write_number(double value, char text[VALUE_ROOM])
{
    if (fabs(value) <= largest_exact && value == floor(value))
        return write_whole((int64_t)value, text);
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, VALUE_ROOM, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return (size_t)length;
}

/* 0: there is no such day. */
static size_t write_day(double value, bool with_time, char text[VALUE_ROOM])
{
    if (!(fabs(value) < largest_exact / 1000))
        return 0;
    const int64_t milliseconds = llround(value * 1000);
    const int64_t fraction = (milliseconds % 1000 + 1000) % 1000;
    const time_t seconds = (milliseconds - fraction) / 1000 - from_1582_to_1970;
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) || parts.tm_year + 1900 < 1 || parts.tm_year + 1900 > LAST_YEAR)
        return 0;
    size_t length = strftime(text, VALUE_ROOM, with_time ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d", &parts);
    if (with_time && fraction)
        length += (size_t)snprintf(text + length, VALUE_ROOM - length, ".%03d", (int)fraction);
    return length;
}

size_t value_write(double value, enum value_kind kind, char text[VALUE_ROOM])
{
    const bool is_day = kind == A_DAY || kind == A_DAY_AND_TIME;
    const size_t length = is_day ? write_day(value, kind == A_DAY_AND_TIME, text) : 0;
    return length ? length : write_number(value, text);
}
