/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A form that is posted may say who sends it in a field of its own: a page of another site can set no header
 * in an old browser, and packaged lessons still do it so (xAPI 1.0.3, Communication 1.3). */
#include "api/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Nobody knows yet who sends it: no more than may always be in memory. */
enum { LARGEST_FORM = 64 << 10, LONGEST_FIELD = 8192 };

static const char form_type[] = "application/x-www-form-urlencoded";
static const char field_name[] = "Authorization=";

static bool is_form(const struct request *request)
{
    const size_t length = sizeof form_type - 1;
    const char *type =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
    return type && strncasecmp(type, form_type, length) == 0 && strchr("; \t", type[length]);
}

bool form_login_may_come(const struct request *request)
{
    return strcmp(request->method, MHD_HTTP_METHOD_POST) == 0 && is_form(request) &&
           !MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
}

int form_login_check(struct request *request, uint64_t size)
{
    if (!request->awaits_login || size <= LARGEST_FORM)
        return 0;
    request_answer_problem(request, 413, NULL,
                           "a form whose sender is not known from its headers has %d bytes at most; send "
                           "Authorization as a header",
                           LARGEST_FORM);
    return -1;
}

/* "a+b%3D" is "a b=". */
static char *decode(const char *coded, size_t size)
{
    char *text = mem_alloc(size + 1);
    memcpy(text, coded, size);
    for (size_t i = 0; i < size; i++)
        if (text[i] == '+')
            text[i] = ' ';
    MHD_http_unescape(text);
    return text;
}

char *form_login_read(const struct request *request)
{
    const size_t name_length = sizeof field_name - 1;
    const char *at = (const char *)request->memory_body.data;
    for (size_t left = request->memory_body.size; left > 0;) {
        const char *end = memchr(at, '&', left);
        const size_t size = end ? (size_t)(end - at) : left;
        if (size > name_length && size <= LONGEST_FIELD && strncasecmp(at, field_name, name_length) == 0)
            return decode(at + name_length, size - name_length);
        at += end ? size + 1 : size;
        left -= end ? size + 1 : size;
    }
    return NULL;
}
