/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the number of a cell is as a text. */
#ifndef SURVEY_XLSX_SERIAL_H
#define SURVEY_XLSX_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

enum { LONGEST_NUMBER_TEXT = 40 };

/* What a number format shows: ECMA-376 part 1, 18.8.30 and 18.8.31. */
enum date_parts {
    HAS_NO_DATE = 0,
    HAS_DAY = 1,      /* a year, month or day */
    HAS_TIME = 2,     /* an hour, minute or second */
    HAS_ELAPSED = 4,  /* hours, minutes or seconds that are not taken modulo: [h]:mm */
    HAS_FRACTION = 8, /* of a second */
};

/* By a format's number, of those that every workbook has; HAS_NO_DATE where it is another's. */
unsigned date_parts_of_number(unsigned long number);
/* By a format's code. */
unsigned date_parts_of_code(const char *code);

/* How many digits a code as 000000 shows at least, of whole numbers; 0: it is another. */
unsigned noughts_of_code(const char *text);

/* The shortest text that is the same double: 1 and not 1.0. Its length; 0: the text is no number. */
size_t number_text(const char *text, char shortest[LONGEST_NUMBER_TEXT]);

/* A count of days as a date (2025-03-30), a date with a time (2025-03-30T14:05:00), a time (14:05:00) or a
 * span (36:00:00), by what its format shows; rounded to the second, or to the millisecond where that shows
 * fractions. A time is told even where the format hides it. Days are counted as spreadsheets do: from 1900,
 * with a 29 February in that year, or from 1904 (ECMA-376 part 1, 18.17.4). The length; 0: it is none, so
 * that it remains a number. */
size_t serial_text(double serial, unsigned parts, bool is_1904, char text[LONGEST_NUMBER_TEXT]);

#endif
