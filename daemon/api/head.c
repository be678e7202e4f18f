/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the head of a request may not say, which MHD does not look at. */
#include "api/internal.h"

#include <string.h>
#include <strings.h>

static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";

struct framing {
    size_t lengths, encodings;
    bool is_unknown; /* an encoding that MHD does not undo */
    bool is_broken;  /* something is no line of NAME: VALUE */
};

/* What stands behind it of the name, or NULL. */
static const char *behind(const char *name, const char *beginning)
{
    const size_t length = strlen(beginning);
    return strncasecmp(name, beginning, length) == 0 ? name + length : NULL;
}

/* MHD (0.9.75) takes a blank for a part of the name, and adds to the name what a line that is folded goes on
 * with: what a server in front took for the length would be none here. */
static enum MHD_Result note_header(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct framing *framing = data;
    const char *length = behind(name, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *encoding = behind(name, MHD_HTTP_HEADER_TRANSFER_ENCODING);
    framing->is_broken |= name[strspn(name, token)] || (length && *length) || (encoding && *encoding) ||
                          (value && strchr(value, '\r'));
    framing->lengths += length ? 1 : 0;
    framing->encodings += encoding ? 1 : 0;
    framing->is_unknown |= encoding && (!value || strcasecmp(value, "chunked") != 0);
    return MHD_YES;
}

const char *head_framing_problem(struct MHD_Connection *connection)
{
    struct framing framing = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, note_header, &framing);
    if (framing.is_broken)
        return "a header is no line of NAME: VALUE: there is no blank before the colon, and no line is "
               "folded";
    if (framing.lengths > 1)
        return "Content-Length stands there more than once: say once how long the body is";
    if (framing.encodings && framing.lengths)
        return "Transfer-Encoding and Content-Length both stand there: say in one way how long the body is";
    if (framing.encodings > 1 || framing.is_unknown)
        return "Transfer-Encoding says something else than chunked: send the body as it is, or in chunks";
    return NULL;
}

bool head_has_zero(const char *target, size_t size)
{
    return memmem(target, size, "%00", 3);
}
