/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a script, as `wijzer script check` takes it apart: a half-written one above all. */
#include "fuzz.h"

#include "base/utf8.h"
#include "script/lint/lint.h"

#include <string.h>

static void check(const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->list[i];
        HOLDS(finding->place.line > 0 && finding->place.column > 0);
        HOLDS(finding->place.end_column >= finding->place.column);
        HOLDS(utf8_valid(finding->message, strlen(finding->message)) && !strchr(finding->message, '\n'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct outline outline;
    struct findings findings = {0};
    const struct declarations declarations = {0};
    const struct declarations_list none = {0};
    char *text = fuzz_text(bytes, size);
    outline_make(&outline, text);
    const struct lint lint = {.file = "a.lua",
                              .outline = &outline,
                              .declarations = &declarations,
                              .earlier = &none,
                              .all = &none,
                              .findings = &findings};
    lint_script(&lint);
    check(&findings);
    findings_free(&findings);
    outline_free(&outline);
    free(text);
    return 0;
}
