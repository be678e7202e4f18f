/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/hints.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <wijzer/plugin.h>

enum { LONGEST_HINT = WZ_HINT, SHOWN_NAME = 100 };

void hints_free(struct hints *hints)
{
    for (size_t i = 0; i < hints->count; i++)
        free(hints->texts[i]);
    hints->count = 0;
}

void hints_add(struct hints *hints, const char *text)
{
    char line[LONGEST_HINT + 1];
    utf8_copy_line(line, sizeof line, text, strlen(text));
    for (size_t i = 0; i < hints->count; i++)
        if (strcmp(hints->texts[i], line) == 0)
            return;
    if (hints->count < HINTS_KEPT)
        hints->texts[hints->count++] = mem_copy_text(line);
}

void hints_add_respelt(struct hints *hints, struct reader *respelt)
{
    char what[SHOWN_NAME + 1], name[SHOWN_NAME + 1], known[SHOWN_NAME + 1];
    char *const shown[] = {what, name, known};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const char *text = read_text(respelt);
        utf8_copy_line(shown[i], SHOWN_NAME + 1, text, strlen(text));
    }
    char *hint = mem_format("the %s '%s' is counted as '%s', which is the same but for its spelling", what,
                            name, known);
    hints_add(hints, hint);
    free(hint);
}
