/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/method.h"

#include <string.h>

static const char *const names[] = {[XAPI_GET] = "GET",
                                    [XAPI_HEAD] = "HEAD",
                                    [XAPI_PUT] = "PUT",
                                    [XAPI_POST] = "POST",
                                    [XAPI_DELETE] = "DELETE"};

enum xapi_method method_of(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return (enum xapi_method)i;
    return XAPI_OTHER;
}

const char *method_name(enum xapi_method method)
{
    return names[method];
}
