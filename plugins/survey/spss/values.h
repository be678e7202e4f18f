/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What SPSS keeps as a number, as text. */
#ifndef SURVEY_SPSS_VALUES_H
#define SURVEY_SPSS_VALUES_H

#include <stddef.h>

enum { VALUE_ROOM = 40 };

enum value_kind {
    A_TEXT,
    A_VALUE,       /* a number that is one; durations too, in seconds */
    A_DAY,         /* seconds since the beginning of 14 October 1582, where days begin */
    A_DAY_AND_TIME /* the same, of a clock on the wall: SPSS knows no time zones */
};

/* By the variable's print format as ReadStat tells it: "F8.2", "DATETIME20". */
enum value_kind value_kind(const char *format);

/* The shortest text that is read as the same number; or the day, and the time, as ISO 8601 has them, where
 * there is such a day in the years 1 to 9999. The length. */
size_t value_write(double value, enum value_kind kind, char text[VALUE_ROOM]);

#endif
