/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "personal.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* Of a telephone number without its country, at least; two years, 2019-2020, are eight. */
enum { FEWEST_DIGITS = 9 };

/* Digits with nothing but what people write between those of one number. */
static bool has_telephone(const char *text)
{
    size_t digits = 0;
    for (; *text; text++) {
        digits = isdigit((unsigned char)*text) ? digits + 1 : strchr(" -./()+", *text) ? digits : 0;
        if (digits == FEWEST_DIGITS)
            return true;
    }
    return false;
}

static bool has_mail(const char *text)
{
    const char *at = strchr(text, '@');
    return at && at > text && !isspace((unsigned char)at[-1]) && at[1] && !isspace((unsigned char)at[1]);
}

/* Four numbers with points between them. */
static bool is_machine(const char *text)
{
    size_t numbers = 0;
    for (;;) {
        const size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 3)
            return false;
        numbers++;
        text += digits;
        if (*text != '.')
            break;
        text++;
    }
    return !*text && numbers == 4;
}

bool personal_is(const char *text)
{
    return has_telephone(text) || has_mail(text) || is_machine(text);
}
