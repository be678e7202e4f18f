/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates as exports write them. */
#ifndef SURVEY_DATES_H
#define SURVEY_DATES_H

#include "zone.h"

#include <stdbool.h>
#include <stdint.h>

enum date_order { ORDER_UNKNOWN, DAY_FIRST, MONTH_FIRST };

/* How the dates of a file are written. */
struct date_style {
    enum date_order order;    /* of those that do not tell it themselves */
    bool order_is_told;       /* by the feed's section: no date has another */
    bool dashes_tell_nothing; /* 1-5-2024 may have the month first, as 1/5/2024 may */
    const struct zone *zone;  /* of dates without one; NULL: local time */
};

enum date_kind {
    NO_DATE,
    A_DATE,
    TWO_DATES, /* which is the day, and which the month, is not known */
};

/*
 * Milliseconds since 1970 UTC of a date: 2025-03-30, or 30-03-2025 or 30/3/25, perhaps in another order; then
 * perhaps a 'T' or a blank and 14:05[:06[.789]] or 2:05[:06] PM, then perhaps a zone: Z, +01:00, CET, GMT+2.
 * Two digits of a year are of this century.
 */
enum date_kind date_read(const char *text, const struct date_style *style, int64_t *milliseconds);

/* What a date says of the others of its file: which is first; ORDER_UNKNOWN: nothing. In *may_swap: whether
 * it is one of those that need to be told. */
enum date_order date_tells(const char *text, const struct date_style *style, bool *may_swap);

#endif
