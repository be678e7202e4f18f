/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/version.h"

#include <string.h>

static bool is_of(const char *header, const char *kind)
{
    const size_t size = strlen(kind);
    return strncmp(header, kind, size) == 0 && (!header[size] || (header[size] == '.' && header[size + 1]));
}

bool version_read(const char *header, enum xapi_version *version)
{
    if (!header)
        return false;
    if (is_of(header, "1.0"))
        *version = XAPI_1_0_3;
    else if (is_of(header, "2.0"))
        *version = XAPI_2_0_0;
    else
        return false;
    return true;
}

const char *version_name(enum xapi_version version)
{
    return version == XAPI_2_0_0 ? "2.0.0" : "1.0.3";
}
