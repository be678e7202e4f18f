/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with a decimal point or a decimal comma. */
#ifndef SURVEY_NUMBER_H
#define SURVEY_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

struct decimal {
    char sign;    /* '.' or ',' */
    bool is_told; /* by the feed's section: no number has another */
};

enum number_kind {
    NO_NUMBER,
    A_NUMBER,
    OTHER_SIGN,     /* it has the other decimal sign than is told */
    TWO_NUMBERS,    /* 1.234 where decimals have commas: a thousand and more, or one and a bit */
    JOINED_NUMBERS, /* 1,2 of a tool that joins the choices of one question so */
};

enum number_kind number_read(const char *text, struct decimal decimal, double *number);

/* The decimal sign of a number that can be read in one way only, or 0. */
char number_sign(const char *text);

/* Puts noughts before a text that is digits alone, until it has so many; `room` is its buffer's. The length.
 */
size_t number_fill(char *text, size_t length, size_t digits, size_t room);

/* "comma": of decimals, and of what stands between two fields. */
const char *sign_name(char sign);

#endif
