/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can be known to be wrong, or of no use, in a script before it is computed with. Where the code does
 * something out of the ordinary nothing is said: a false alarm costs more than it is worth.
 */
#ifndef SCRIPT_LINT_H
#define SCRIPT_LINT_H

#include "script/lint/findings.h"
#include "script/lint/outline.h"
#include "script/misfits.h"

/* A script as it is looked at. */
struct lint {
    const char *file;
    const struct outline *outline;
    const struct outline *modules; /* of what it requires */
    size_t module_count;
    const struct declarations *declarations;
    const struct declarations_list *earlier, *all; /* of the files before it, and of all of the folder */
    bool all_known; /* else what nobody declares may stand in a file that did not load */
    struct findings *findings;
};

/* Everything; the findings are sorted. */
void lint_script(const struct lint *lint);

/* ---- its parts ----------------------------------------------------------------------------------------- */

/* places.c: what the worker says of a file that does not load, and what does not fit the other files. */
void lint_problems(const struct lint *lint);
void lint_misfits(const struct lint *lint);
/* One of either, from "FILE:LINE: what" with frames behind it. */
void lint_problem(const struct lint *lint, const char *code, const char *text, size_t taken);
/* hints.c: what to write instead of what the parser stumbled over, at a token or, NO_TOKEN, at the end of the
 * text. NULL: nothing is known of it. To be freed. */
char *lint_hint(const struct outline *outline, uint32_t at, const char *message);
/* members.c: members that are not there, of g, rows and results; inputs and parameters that nobody uses.
 */
void lint_members(const struct lint *lint);
/* variables.c: names that nothing stands behind, and local ones that are never used. */
void lint_variables(const struct lint *lint);
/* decimals.c: numbers with a decimal comma. */
void lint_decimals(const struct lint *lint);
/* answers.c: codes and labels of an instrument that contradict each other. */
void lint_answers(const struct lint *lint);

/* Adds a finding from one token to another. */
void lint_tell(const struct lint *lint, enum severity severity, const char *code, uint32_t first,
               uint32_t last, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
