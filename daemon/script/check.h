/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `wijzer script check`: loads files in a worker of the same kind, behind the same walls, and says what is
 * wrong. */
#ifndef SCRIPT_CHECK_H
#define SCRIPT_CHECK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct script_check {
    char *file;
    bool ok;
    char *error; /* "FILE:LINE: what", or NULL */
    size_t instruments, indicators, alerts;
    char **surveys; /* the instruments that its indicators are on, each once */
    size_t survey_count;
};

/* Checks one file or every .lua file of a folder. Blocks. *checks is an array of *count, to be freed with
 * script_checks_free. -1 where the check itself could not be made. */
int script_check_path(const char *path, const char *worker_path, struct script_check **checks, size_t *count,
                      struct error *error);
void script_checks_free(struct script_check *checks, size_t count);

#endif
