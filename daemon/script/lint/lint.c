/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/lint.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void lint_tell(const struct lint *lint, enum severity severity, const char *code, uint32_t first,
               uint32_t last, const char *format, ...)
{
    va_list arguments;
    if (findings_are_full(lint->findings))
        return;
    va_start(arguments, format);
    char *message = mem_format_list(format, arguments);
    va_end(arguments);
    findings_add(lint->findings, severity, code, place_of_tokens(lint->outline, first, last), NULL, "%s",
                 message);
    free(message);
}

static bool is_lua(const struct declarations *declarations)
{
    for (size_t i = 0; i < declarations->problem_count; i++)
        if (strcmp(declarations->problems[i].code, "syntax") == 0)
            return false;
    return true;
}

void lint_script(const struct lint *lint)
{
    lint_problems(lint);
    lint_misfits(lint);
    lint_members(lint);
    if (is_lua(lint->declarations)) {
        lint_variables(lint);
        lint_decimals(lint);
    }
    lint_answers(lint);
    findings_sort(lint->findings);
}
