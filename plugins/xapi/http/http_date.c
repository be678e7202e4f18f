/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/http_date.h"

#include <stdio.h>
#include <time.h>

void http_date_write(int64_t time, char text[HTTP_DATE_SIZE])
{
    /* Not strftime: a locale may have other names. */
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t seconds = (time_t)(time / 1000 - (time % 1000 < 0));
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    snprintf(text, HTTP_DATE_SIZE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[parts.tm_wday],
             (unsigned)parts.tm_mday % 100, months[parts.tm_mon], (unsigned)(parts.tm_year + 1900) % 10000,
             (unsigned)parts.tm_hour % 100, (unsigned)parts.tm_min % 100, (unsigned)parts.tm_sec % 100);
}
