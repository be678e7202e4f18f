/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/files.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const suffixes[STORE_FILES] = {"", "-wal", "-shm"};

int files_note(struct store_files *files, const char *database, struct error *error)
{
    for (size_t i = 0; i < STORE_FILES; i++) {
        struct stat status;
        files->paths[i] = mem_format("%s%s", database, suffixes[i]);
        if (stat(files->paths[i], &status) != 0)
            return error_set(error, ERROR_FAILED, "%s: %s", files->paths[i], strerror(errno));
        files->identities[i] = (struct file_identity){.device = status.st_dev, .inode = status.st_ino};
    }
    return 0;
}

void files_free(struct store_files *files)
{
    for (size_t i = 0; i < STORE_FILES; i++)
        free(files->paths[i]);
}

int files_check(const struct store_files *files, struct error *error)
{
    for (size_t i = 0; i < STORE_FILES; i++) {
        const struct file_identity *known = &files->identities[i];
        struct stat status;
        const bool there = stat(files->paths[i], &status) == 0;
        if (!there && errno != ENOENT)
            return error_set(error, ERROR_FAILED, "%s cannot be looked at: %s; nothing can be kept any more",
                             files->paths[i], strerror(errno));
        if (!there || status.st_dev != known->device || status.st_ino != known->inode)
            return error_set(
                error, ERROR_FAILED,
                "%s was %s while wijzerd was using it: nothing can be kept any more; stop wijzerd, "
                "put back the file, or restore the backup, and start it again",
                files->paths[i], there ? "replaced" : "removed");
    }
    return 0;
}
