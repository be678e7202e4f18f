/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a CSV file is written: told by the feed's section, or seen in the beginning of the file. */
#ifndef SURVEY_DIALECT_H
#define SURVEY_DIALECT_H

#include "charset.h"
#include "format.h"

struct dialect {
    enum charset charset; /* unknown: UTF-8 or Windows-1252, and all was ASCII so far */
    bool charset_is_told;
    size_t mark;       /* bytes of the byte order mark */
    char delimiter;    /* ',', ';' or '\t' */
    size_t first_line; /* bytes of a first line "sep=;", as UTF-8 and without its end; 0: there is none */
    const char *line_ends;
};

/* By the first bytes of a file, HEAD_SIZE of them or all there are. NULL, or why the file is not read: a
 * literal, or in `why`. */
const char *dialect_detect(struct dialect *dialect, const struct job *job, const char *head, size_t size,
                           char *why, size_t why_size);

#endif
