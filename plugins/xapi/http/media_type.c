/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value of a Content-Type (RFC 9110, 8.3.1): type/subtype; name=token; name="quoted \" text" */
#include "http/multipart.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

bool media_type_is(const char *content_type, const char *type)
{
    content_type = skip_blanks(content_type);
    const size_t size = strcspn(content_type, "; \t");
    return size == strlen(type) && strncasecmp(content_type, type, size) == 0;
}

/* Copies a value to `to`, which has room for all of it; returns what follows, or NULL. */
static const char *copy_value(const char *at, char *to)
{
    if (*at != '"') {
        const size_t size = strcspn(at, "; \t");
        memcpy(to, at, size);
        to[size] = '\0';
        return at + size;
    }
    for (at++; *at != '"'; at++) {
        if (*at == '\\')
            at++;
        if (!*at)
            return NULL;
        *to++ = *at;
    }
    *to = '\0';
    return at + 1;
}

char *media_type_parameter(const char *content_type, const char *name)
{
    char *value = mem_alloc(strlen(content_type) + 1);
    const char *at = content_type + strcspn(content_type, ";");
    while (at && *at == ';') {
        at = skip_blanks(at + 1);
        const size_t size = strcspn(at, "=; \t");
        const bool is_it = size == strlen(name) && strncasecmp(at, name, size) == 0;
        if (at[size] == '=') {
            at = copy_value(at + size + 1, value);
            if (at && is_it)
                return value;
        } else {
            at += size;
        }
        at = at ? skip_blanks(at) : NULL;
    }
    free(value);
    return NULL;
}
