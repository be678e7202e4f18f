/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_NUMBER = 63 };

static bool is_shaped(const char *text)
{
    const size_t length = strlen(text);
    return length > 0 && length <= LONGEST_NUMBER && text[strspn(text, "+-0123456789.,eE")] == '\0';
}

/* 1.234 or 12,345: as thousands are grouped. 0.125 is not. */
static bool is_group(const char *text, const char *sign)
{
    const char *digits = text + (*text == '+' || *text == '-');
    return sign > digits && sign - digits <= 3 && *digits != '0' && strspn(sign + 1, "0123456789") == 3 &&
           sign[4] == '\0';
}

/* Whatever the locale: the decoder has none. */
static bool convert(const char *text, const char *sign, double *number)
{
    char copy[LONGEST_NUMBER + 1], *end;
    strcpy(copy, text);
    if (sign)
        copy[sign - text] = '.';
    *number = strtod(copy, &end);
    return *end == '\0' && isfinite(*number);
}

enum number_kind number_read(const char *text, struct decimal decimal, double *number)
{
    if (!is_shaped(text))
        return NO_NUMBER;
    const char *sign = strpbrk(text, ".,");
    if (!convert(text, sign, number))
        return NO_NUMBER;
    if (!sign || *sign == decimal.sign)
        return A_NUMBER;
    if (decimal.is_told)
        return OTHER_SIGN;
    return is_group(text, sign) ? TWO_NUMBERS : A_NUMBER;
}

char number_sign(const char *text)
{
    double number;
    const char *sign = is_shaped(text) ? strpbrk(text, ".,") : NULL;
    return sign && !is_group(text, sign) && convert(text, sign, &number) ? *sign : 0;
}

size_t number_fill(char *text, size_t length, size_t digits, size_t room)
{
    if (length >= digits || digits >= room || text[strspn(text, "0123456789")])
        return length;
    memmove(text + digits - length, text, length + 1);
    memset(text, '0', digits - length);
    return digits;
}

const char *sign_name(char sign)
{
    switch (sign) {
    case ',':
        return "comma";
    case ';':
        return "semicolon";
    case '\t':
        return "tab";
    default:
        return "point";
    }
}
