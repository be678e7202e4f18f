/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a statement says of its attachments: xAPI 1.0.3, Data 2.4.11. */
#include "statement/check.h"

#include "check/forms.h"

#include <math.h>

static int check_media_type(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_media_type, "a media type, as \"text/plain\",");
}

static int check_length(struct checking *checking, uint32_t value)
{
    if (check_number(checking, value))
        return -1;
    const double length = json_number(checking->json, value);
    if (length >= 0 && length == trunc(length))
        return 0;
    return check_fail(checking, value, "a whole number of bytes is wanted");
}

static int check_sha2(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_sha2,
                      "a SHA-2 sum in hexadecimal digits (64 of them for SHA-256)");
}

static int check_attachment(struct checking *checking, uint32_t value)
{
    static const struct property properties[] = {{"usageType", check_iri, true},
                                                 {"display", check_language_map, true},
                                                 {"description", check_language_map, false},
                                                 {"contentType", check_media_type, true},
                                                 {"length", check_length, true},
                                                 {"sha2", check_sha2, true},
                                                 {"fileUrl", check_iri, false},
                                                 {0}};
    return check_object(checking, value, properties);
}

int check_attachments(struct checking *checking, uint32_t value)
{
    return check_array(checking, value, check_attachment);
}
