/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/repeats.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY_MS = 60 * 1000 };

/* An entry of the log is one line: where the text begins a new one, there is a bar. */
static void tell(const char *label, const char *text)
{
    struct buf line = {0};
    for (; *text; text++) {
        if (*text != '\n') {
            buf_put_u8(&line, (uint8_t)*text);
            continue;
        }
        buf_append_text(&line, " | ");
        text += strspn(text + 1, " ");
    }
    buf_put_u8(&line, 0);
    log_error("%s %s", label, (const char *)line.data);
    buf_free(&line);
}

void repeats_tell(struct repeats *repeats, const char *label, const char *text)
{
    const int64_t now = clock_ticks();
    if (repeats->told && strcmp(repeats->told, text) == 0)
        return;
    if (repeats->told && now - repeats->told_at < TELL_EVERY_MS) {
        repeats->untold++;
        return;
    }
    if (repeats->untold)
        log_error("%s %llu other errors since the last one that was told", label,
                  (unsigned long long)repeats->untold);
    tell(label, text);
    repeats_forget(repeats);
    repeats->told = mem_copy_text(text);
    repeats->told_at = now;
}

void repeats_show(struct repeats *repeats, char **shown, const char *what, const char *id, const char *error)
{
    if (error && (!*shown || strcmp(*shown, error) != 0)) {
        char *label = mem_format("%s %s:", what, id);
        repeats_tell(repeats, label, error);
        free(label);
    }
    char *copy = mem_copy_text(error); /* it may be the one that is shown */
    free(*shown);
    *shown = copy;
}

void repeats_forget(struct repeats *repeats)
{
    free(repeats->told);
    *repeats = (struct repeats){0};
}
