/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "serial.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { SURE_DIGITS = 15, MOST_DIGITS = 17, SECONDS_A_DAY = 86400 };

static const int64_t milliseconds_a_day = (int64_t)SECONDS_A_DAY * 1000;

/* ---- formats ------------------------------------------------------------------------------------------- */

unsigned date_parts_of_number(unsigned long number)
{
    static const struct {
        unsigned long first, last;
        unsigned parts;
    } known[] = {
        {14, 17, HAS_DAY},
        {18, 21, HAS_TIME},
        {22, 22, HAS_DAY | HAS_TIME},
        {45, 45, HAS_TIME},
        {46, 46, HAS_ELAPSED},
        {47, 47, HAS_TIME | HAS_FRACTION},
        /* East Asian and Thai */
        {27, 31, HAS_DAY},
        {32, 35, HAS_TIME},
        {36, 36, HAS_DAY},
        {50, 58, HAS_DAY},
        {71, 74, HAS_DAY},
        {75, 76, HAS_TIME},
        {77, 77, HAS_DAY | HAS_TIME},
        {78, 78, HAS_TIME},
        {79, 79, HAS_ELAPSED},
        {80, 80, HAS_TIME},
        {81, 81, HAS_DAY},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (number >= known[i].first && number <= known[i].last)
            return known[i].parts;
    return HAS_NO_DATE;
}

/* What has been seen of a code. */
struct code {
    bool day, time, elapsed, fraction;
    bool month_or_minute; /* one or two m: minutes where there are hours or seconds */
};

static bool is_elapsed(const char *inside, size_t length)
{
    const char letter = (char)(inside[0] | 0x20);
    size_t same = 0;
    while (same < length && (inside[same] | 0x20) == letter)
        same++;
    return length > 0 && same == length && (letter == 'h' || letter == 'm' || letter == 's');
}

/* ss.0 */
static bool is_fraction(const char *behind)
{
    return behind[0] == '.' && behind[1] == '0';
}

/* [Red], [$-413], [>100], [hh]. */
static const char *skip_bracket(const char *at, struct code *code)
{
    const size_t length = strcspn(at + 1, "]");
    const char *behind = at + 1 + length + (at[1 + length] == ']');
    const bool elapsed = is_elapsed(at + 1, length);
    code->elapsed |= elapsed;
    code->fraction |= elapsed && is_fraction(behind);
    return behind;
}

static const char *skip_quoted(const char *at)
{
    const size_t length = strcspn(at + 1, "\"");
    return at + 1 + length + (at[1 + length] == '"');
}

static const char *take_letters(const char *at, struct code *code)
{
    const char letter = (char)(*at | 0x20);
    size_t count = 1;
    if (letter == 'a' && (strncasecmp(at, "AM/PM", 5) == 0 || strncasecmp(at, "A/P", 3) == 0)) {
        code->time = true;
        return at + (at[1] == '/' ? 3 : 5);
    }
    while ((at[count] | 0x20) == letter)
        count++;
    code->day |= letter == 'y' || letter == 'd' || (letter == 'm' && count > 2);
    code->time |= letter == 'h' || letter == 's';
    code->fraction |= letter == 's' && is_fraction(at + count);
    code->month_or_minute |= letter == 'm' && count <= 2;
    return at + count;
}

/* The rest of a code behind one of its signs. */
static const char *take_sign(const char *at, struct code *code)
{
    switch (*at) {
    case '[':
        return skip_bracket(at, code);
    case '"':
        return skip_quoted(at);
    case '\\': /* as it is */
    case '_':  /* as wide as */
    case '*':  /* repeated */
        return at + 1 + (at[1] != '\0');
    default:
        return (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z' ? take_letters(at, code) : at + 1;
    }
}

/* Its first section: a date is never negative, and no text. */
unsigned date_parts_of_code(const char *text)
{
    struct code code = {0};
    if (strncasecmp(text, "General", 7) == 0)
        return HAS_NO_DATE;
    while (*text && *text != ';')
        text = take_sign(text, &code);
    if (code.month_or_minute && !code.time && !code.elapsed)
        code.day = true;
    return (code.day ? HAS_DAY : 0U) | (code.time || (code.month_or_minute && !code.day) ? HAS_TIME : 0U) |
           (code.elapsed ? HAS_ELAPSED : 0U) | (code.fraction ? HAS_FRACTION : 0U);
}

unsigned noughts_of_code(const char *text)
{
    const size_t digits = strspn(text, "0");
    const bool is_all = !text[digits] || text[digits] == ';';
    return is_all && digits > 1 && digits <= SURE_DIGITS ? (unsigned)digits : 0;
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

/* Of up to 15 digits no two are one double: such a text is the shortest where it has nothing to leave out.
 * Small fractions have exponents, as %g gives them. */
static bool is_shortest(const char *text, size_t length)
{
    const char *at = text + (*text == '-');
    const size_t whole = strspn(at, "0123456789");
    const size_t decimals = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    const char *end = at + whole + (decimals ? decimals + 1 : 0);
    if (end != text + length || whole == 0 || whole + decimals > SURE_DIGITS)
        return false;
    if (at[0] == '0' && (whole > 1 || (decimals == 0 && at != text)))
        return false;
    if (decimals == 0)
        return true;
    return end[-1] != '0' && !(at[0] == '0' && strncmp(at + 2, "000", 3) == 0);
}

static size_t print_number(double number, char shortest[LONGEST_NUMBER_TEXT])
{
    static const double exact = 9007199254740992.0; /* 2^53 */
    int length = 0;
    if (number == 0)
        return (size_t)snprintf(shortest, LONGEST_NUMBER_TEXT, "0"); /* and not -0 */
    if (fabs(number) <= exact && number == floor(number))
        return (size_t)snprintf(shortest, LONGEST_NUMBER_TEXT, "%.0f", number);
    for (int digits = SURE_DIGITS; digits <= MOST_DIGITS; digits++) {
        length = snprintf(shortest, LONGEST_NUMBER_TEXT, "%.*g", digits, number);
        if (strtod(shortest, NULL) == number)
            break;
    }
    return (size_t)length;
}

size_t number_text(const char *text, char shortest[LONGEST_NUMBER_TEXT])
{
    const size_t length = strlen(text);
    char *end;
    if (is_shortest(text, length)) {
        memcpy(shortest, text, length + 1);
        return length;
    }
    if (!length || text[strspn(text, "+-0123456789.eE")])
        return 0; /* strtod would take "nan" and "0x1" */
    const double number = strtod(text, &end);
    return *end || !isfinite(number) ? 0 : print_number(number, shortest);
}

/* ---- dates --------------------------------------------------------------------------------------------- */

static size_t print_time(int64_t milliseconds, char *text, size_t room)
{
    const int64_t seconds = milliseconds / 1000, rest = milliseconds % 1000;
    const int length = snprintf(text, room, "%02lld:%02lld:%02lld", (long long)(seconds / 3600),
                                (long long)(seconds / 60 % 60), (long long)(seconds % 60));
    const int more = rest ? snprintf(text + length, room - (size_t)length, ".%03lld", (long long)rest) : 0;
    return (size_t)(length + more);
}

/* Two days of 1900 are no days: 0, and the 29 February that its spreadsheets have. */
static size_t print_day(int64_t day, bool is_1904, char *text, size_t room)
{
    static const int64_t from_1904 = -24107, from_1900 = -25568, after_leap = 60; /* 1970 is 0 */
    struct tm parts;
    if (!is_1904 && day == 0)
        return (size_t)snprintf(text, room, "1900-01-00");
    if (!is_1904 && day == after_leap)
        return (size_t)snprintf(text, room, "1900-02-29");
    const int64_t first = is_1904 ? from_1904 : from_1900 - (day > after_leap);
    const time_t seconds = (time_t)((first + day) * SECONDS_A_DAY);
    if (!gmtime_r(&seconds, &parts))
        return 0;
    return strftime(text, room, "%Y-%m-%d", &parts);
}

size_t serial_text(double serial, unsigned parts, bool is_1904, char text[LONGEST_NUMBER_TEXT])
{
    const double end = is_1904 ? 2957004 : 2958466; /* 1 January 10000 */
    if (!(serial >= 0 && serial < end))
        return 0;
    const int64_t unit = parts & HAS_FRACTION ? 1 : 1000;
    const int64_t all = llround(serial * (double)(milliseconds_a_day / unit)) * unit;
    const int64_t day = all / milliseconds_a_day, rest = all % milliseconds_a_day;
    if (!(parts & HAS_DAY) && ((parts & HAS_ELAPSED) || day == 0))
        return print_time(all, text, LONGEST_NUMBER_TEXT);
    size_t length = print_day(day, is_1904, text, LONGEST_NUMBER_TEXT);
    if (length && (rest || (parts & HAS_TIME))) {
        text[length++] = 'T';
        length += print_time(rest, text + length, LONGEST_NUMBER_TEXT - length);
    }
    return length;
}
