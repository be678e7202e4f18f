/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/sent.h"

#include "base/mem.h"

#include <string.h>

static void take_out(char *text, const char *mark)
{
    const size_t size = strlen(mark);
    for (char *at = text; (at = strstr(at, mark)) != NULL;)
        memmove(at, at + size, strlen(at + size) + 1);
}

void sent_show(char *reason)
{
    take_out(reason, SENT);
    take_out(reason, SENT_END);
}

static const char *find_last(const char *text, const char *mark)
{
    const char *last = NULL;
    for (const char *at = text; (at = strstr(at, mark)) != NULL; at += strlen(mark))
        last = at;
    return last;
}

/* What was sent may hold the marks itself, and a reason that was cut short may lack the last. */
char *sent_hide(const char *reason)
{
    const char *sent = strstr(reason, SENT);
    if (!sent)
        return mem_copy_text(reason);
    const char *last = find_last(reason, SENT), *end = find_last(reason, SENT_END);
    const char *rest = end && end > last ? end + strlen(SENT_END) : "";
    return mem_format("%.*s\u2026%s", (int)(sent - reason), reason, rest);
}
