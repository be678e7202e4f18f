/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SURVEY_DATES_H
#define SURVEY_DATES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Milliseconds since 1970 UTC of a date as exports write it: 2025-03-30 or 30-03-2025 (also with '/'), then
 * perhaps a 'T' or a blank and 14:05[:06[.789]], then perhaps Z or +01:00. Without a zone it is local time.
 * false: it is none of these, or no date there is.
 */
bool date_read(const char *text, int64_t *milliseconds);

#endif
