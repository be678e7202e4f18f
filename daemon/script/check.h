/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `wijzer script check`: loads files in a worker of the same kind, behind the same walls, and says what is
 * wrong. */
#ifndef SCRIPT_CHECK_H
#define SCRIPT_CHECK_H

#include "base/error.h"
#include "base/texts.h"
#include "script/lint/findings.h"

#include <stdbool.h>
#include <stddef.h>

struct script_check {
    char *file;  /* its name */
    char *path;  /* as it was asked for, or with the folder as that was asked for before it */
    char *error; /* why wijzerd would not take it: "FILE:LINE: what"; NULL: it would */
    struct findings findings;
    size_t instruments, indicators, alerts;
    char **instruments_json; /* what it declares of each, see PROTOCOL.md */
    struct texts surveys;    /* the instruments that its indicators are on */
    bool has_events;         /* an indicator of it is on events */
    struct texts levels;     /* of those, in the order in which they stand there */
};

/* Checks files, and every .lua file of folders; each one once, beside the other files of its folder. Blocks.
 * *checks is an array of *count, to be freed with script_checks_free. -1 where the check itself could not be
 * made; ERROR_NOT_FOUND where there is nothing to check. */
int script_check_paths(char *const *paths, size_t path_count, const char *worker_path,
                       struct script_check **checks, size_t *count, struct error *error);
void script_checks_free(struct script_check *checks, size_t count);

#endif
