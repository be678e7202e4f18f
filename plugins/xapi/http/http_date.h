/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef XAPI_HTTP_DATE_H
#define XAPI_HTTP_DATE_H

#include <stdint.h>

enum { HTTP_DATE_SIZE = 32 };

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), of milliseconds since 1970; their rest is cut off. */
void http_date_write(int64_t time, char text[HTTP_DATE_SIZE]);

#endif
