/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/trouble.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

enum { TELL_EVERY_MS = 60 * 1000 };

void trouble_begins(struct trouble *trouble, const char *what, const char *text)
{
    if (!trouble->text)
        trouble->text = mem_copy_text(text);
    const int64_t now = clock_ticks();
    if (trouble->told || (trouble->told_at && now - trouble->told_at < TELL_EVERY_MS))
        return;
    log_error("%s: %s", what, trouble->text);
    trouble->told = true;
    trouble->told_at = now;
}

void trouble_is_over(struct trouble *trouble, const char *over)
{
    if (!trouble->text)
        return;
    if (trouble->told)
        log_info("%s", over);
    trouble->told = false;
    trouble_free(trouble);
}

void trouble_free(struct trouble *trouble)
{
    free(trouble->text);
    trouble->text = NULL;
}
