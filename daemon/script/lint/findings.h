/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a check of a script finds, each at its place in the text. */
#ifndef SCRIPT_FINDINGS_H
#define SCRIPT_FINDINGS_H

#include "script/lint/outline.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

/* A piece of a line; lines and columns count from 1, columns count characters. The end is its last one. */
struct place {
    int line, column, end_column;
};

struct finding {
    enum severity severity;
    const char *code; /* a stable word, such as "unknown-item" */
    struct place place;
    char *message; /* one line */
    char *trace;   /* a line for each frame of the script, or NULL */
};

/* Zeroed is empty. */
struct findings {
    struct finding *list; /* in order of place once they are sorted */
    size_t count;
    size_t errors; /* of them */
};

/* Nobody reads more of one file; what is found beyond is left out. */
enum { MOST_FINDINGS = 200 };

bool findings_are_full(const struct findings *findings);

void findings_add(struct findings *findings, enum severity severity, const char *code, struct place place,
                  const char *trace, const char *format, ...) __attribute__((format(printf, 6, 7)));
void findings_sort(struct findings *findings);
void findings_free(struct findings *findings);

/* From one token to another on the same line, both included; a text over several lines ends with its first.
 */
struct place place_of_tokens(const struct outline *outline, uint32_t first, uint32_t last);
/* A line without the blanks around it; of a line that is not there, its first column. */
struct place place_of_line(const char *text, int line);

#endif
