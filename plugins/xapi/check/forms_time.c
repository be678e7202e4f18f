/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/forms.h"

#include <stdio.h>
#include <string.h>

/* What is left of a text that is read. */
struct rest {
    const char *at, *end;
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool take(struct rest *rest, char wanted)
{
    const bool there = rest->at < rest->end && *rest->at == wanted;
    rest->at += there ? 1 : 0;
    return there;
}

static bool take_either(struct rest *rest, char wanted, char or_wanted)
{
    return take(rest, wanted) || take(rest, or_wanted);
}

/* Exactly so many digits, with a value in the range. */
static bool take_number(struct rest *rest, int digits, int lowest, int highest, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++) {
        if (rest->at == rest->end || !is_digit(*rest->at))
            return false;
        *number = *number * 10 + (*rest->at++ - '0');
    }
    return *number >= lowest && *number <= highest;
}

struct moment {
    int year, month, day, hour, minute, second, millisecond;
    int offset; /* minutes east */
};

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool take_date(struct rest *rest, struct moment *moment)
{
    return take_number(rest, 4, 0, 9999, &moment->year) && take(rest, '-') &&
           take_number(rest, 2, 1, 12, &moment->month) && take(rest, '-') &&
           take_number(rest, 2, 1, days_of(moment->year, moment->month), &moment->day);
}

/* ".804": as milliseconds, of as many digits as there are. */
static bool take_fraction(struct rest *rest, struct moment *moment, bool strict)
{
    if (!take_either(rest, '.', strict ? '.' : ','))
        return true;
    int worth = 100;
    const char *from = rest->at;
    for (; rest->at < rest->end && is_digit(*rest->at); rest->at++) {
        moment->millisecond += worth * (*rest->at - '0');
        worth /= 10;
    }
    return rest->at > from;
}

static bool take_clock(struct rest *rest, struct moment *moment, bool strict)
{
    if (!take_number(rest, 2, 0, 23, &moment->hour) || !take(rest, ':') ||
        !take_number(rest, 2, 0, 59, &moment->minute))
        return false;
    if (!take(rest, ':'))
        return !strict;
    return take_number(rest, 2, 0, 60, &moment->second) && take_fraction(rest, moment, strict);
}

static bool take_offset(struct rest *rest, struct moment *moment, bool strict)
{
    if (take_either(rest, 'Z', 'z'))
        return true;
    if (rest->at == rest->end)
        return !strict;
    const bool west = take(rest, '-');
    int hours, minutes = 0;
    if ((!west && !take(rest, '+')) || !take_number(rest, 2, 0, 23, &hours))
        return false;
    const bool colon = take(rest, ':');
    if (strict && !colon)
        return false;
    if ((colon || rest->at < rest->end) && !take_number(rest, 2, 0, 59, &minutes))
        return false;
    moment->offset = (west ? -1 : 1) * (hours * 60 + minutes);
    return !west || moment->offset != 0;
}

static bool read_moment(const char *text, size_t size, bool strict, struct moment *moment)
{
    struct rest rest = {text, text + size};
    *moment = (struct moment){0};
    return take_date(&rest, moment) && take_either(&rest, 'T', 't') && take_clock(&rest, moment, strict) &&
           take_offset(&rest, moment, strict) && rest.at == rest.end;
}

bool form_is_timestamp(const char *text, size_t size)
{
    struct moment moment;
    return read_moment(text, size, false, &moment);
}

bool form_is_strict_timestamp(const char *text, size_t size)
{
    struct moment moment;
    return read_moment(text, size, true, &moment);
}

/* Days since 1970-01-01, by years that begin in March (the leap day is then the last). */
static int64_t days_since_1970(int year, int month, int day)
{
    const int64_t from_march = month > 2 ? year : year - 1;
    const int64_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
    const int64_t year_of_era = from_march - era * 400;
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

bool form_read_timestamp(const char *text, size_t size, int64_t *time)
{
    struct moment moment;
    if (!read_moment(text, size, false, &moment))
        return false;
    const int64_t days = days_since_1970(moment.year, moment.month, moment.day);
    const int64_t minutes = days * 1440 + moment.hour * 60 + moment.minute - moment.offset;
    *time = (minutes * 60 + moment.second) * 1000 + moment.millisecond;
    return true;
}

void form_write_timestamp(int64_t time, char text[FORM_TIME_SIZE])
{
    const int64_t day_length = 86400000;
    const int64_t days = (time >= 0 ? time : time - day_length + 1) / day_length;
    const int64_t rest = time - days * day_length;
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t day_of_era = shifted - era * 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t from_march = (5 * day_of_year + 2) / 153;
    const int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    snprintf(text, FORM_TIME_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year, (int)month,
             (int)(day_of_year - (153 * from_march + 2) / 5 + 1), (int)(rest / 3600000),
             (int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

/* "35.5": *fraction tells whether it has one. */
static bool take_decimal(struct rest *rest, double *number, bool *fraction)
{
    const char *from = rest->at;
    *number = 0;
    for (; rest->at < rest->end && is_digit(*rest->at); rest->at++)
        *number = *number * 10 + (*rest->at - '0');
    if (rest->at == from)
        return false;
    *fraction = take_either(rest, '.', ',');
    if (!*fraction)
        return true;
    const char *digits = rest->at;
    double part = 0, whole = 1;
    for (; rest->at < rest->end && is_digit(*rest->at); rest->at++) {
        if (rest->at - digits < 15) {
            part = part * 10 + (*rest->at - '0');
            whole *= 10;
        }
    }
    *number += part / whole;
    return rest->at > digits;
}

struct unit {
    char letter;
    double minutes;
};

/* Takes "3Y1M29D": numbers with units in their order. *last: one has a fraction, and has to be the last of
 * all. */
static bool take_units(struct rest *rest, const struct unit *units, double *minutes, bool *last)
{
    while (rest->at < rest->end && *rest->at != 'T') {
        double number;
        if (*last || !take_decimal(rest, &number, last) || rest->at == rest->end)
            return false;
        const char letter = *rest->at++;
        while (units->letter && units->letter != letter)
            units++;
        if (!units->letter)
            return false;
        *minutes += number * units->minutes;
        units++;
    }
    return true;
}

bool form_read_duration(const char *text, size_t size, double *minutes)
{
    static const double year = 365.2425 * 1440;
    static const struct unit weeks[] = {{'W', 7 * 1440.0}, {0}};
    const struct unit days[] = {{'Y', year}, {'M', year / 12}, {'D', 1440}, {0}};
    static const struct unit times[] = {{'H', 60}, {'M', 1}, {'S', 1 / 60.0}, {0}};
    struct rest rest = {text, text + size};
    bool last = false;
    *minutes = 0;
    if (size < 3 || !take(&rest, 'P'))
        return false;
    if (text[size - 1] == 'W')
        return take_units(&rest, weeks, minutes, &last) && rest.at == rest.end;
    if (!take_units(&rest, days, minutes, &last))
        return false;
    if (!take(&rest, 'T'))
        return rest.at == rest.end;
    return rest.at < rest.end && take_units(&rest, times, minutes, &last) && rest.at == rest.end;
}

bool form_is_duration(const char *text, size_t size)
{
    double minutes;
    return form_read_duration(text, size, &minutes);
}
