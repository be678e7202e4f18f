/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the store room: are the files that are open still the ones that the next start will find? A file
 * that was removed or replaced takes everything that is written to it without an error, and is gone with the
 * process.
 */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* The database, its write-ahead log and that one's index. */
enum { STORE_FILES = 3 };

struct store_files {
    char *paths[STORE_FILES];
    struct file_identity {
        dev_t device;
        ino_t inode;
    } identities[STORE_FILES];
};

/* Once they are open. */
int files_note(struct store_files *files, const char *database, struct error *error);
void files_free(struct store_files *files);
/* Three questions to the system, so once a commit is no burden. */
int files_check(const struct store_files *files, struct error *error);

#endif
