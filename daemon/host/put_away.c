/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* It tells what the log has told too; the document is safe without it. Whoever sees the file sees all of it.
 */
static void write_report(const char *file, const char *report)
{
    char *unfinished = mem_format("%s.new", file);
    const int descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    const bool written = descriptor >= 0 && dprintf(descriptor, "%s\n", report) > 0;
    if (!written || rename(unfinished, file) != 0) {
        log_warning("%s could not be written: %s", file, strerror(errno));
        unlink(unfinished);
    }
    if (descriptor >= 0)
        close(descriptor);
    free(unfinished);
}

/* A name in the folder that nothing has yet: NAME, NAME.2, NAME.3 ... */
static char *free_name(const char *folder, const char *name)
{
    char *path = mem_format("%s/%s", folder, name);
    for (unsigned number = 2; access(path, F_OK) == 0; number++) {
        free(path);
        path = mem_format("%s/%s.%u", folder, name, number);
    }
    return path;
}

int put_away(const char *inbox, const char *name, const char *below, const char *report, struct error *error)
{
    char *path = mem_format("%s/%s", inbox, name), *folder = mem_format("%s/%s", inbox, below);
    mkdir(folder, 0770); /* somebody may have tidied up */
    char *target = free_name(folder, name), *beside = mem_format("%s.report.json", target);
    write_report(beside, report); /* before: whoever sees the document there looks for it */
    const int moved = rename(path, target);
    if (moved != 0) {
        error_set(
            error, ERROR_FAILED,
            "%s was read, but could not be moved to %s: %s; give wijzerd's user the right to write both "
            "folders",
            path, folder, strerror(errno));
        unlink(beside);
    }
    free(beside);
    free(target);
    free(folder);
    free(path);
    return moved;
}
