/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the scripts folders, and word of their changes. */
#ifndef SCRIPT_SCRIPT_FOLDER_H
#define SCRIPT_SCRIPT_FOLDER_H

#include "script/source.h"

#include <uv.h>

struct script_file {
    char *name;
    struct source *source; /* or NULL: then `problem` says why */
    char *problem;         /* "NAME: what" */
    size_t folder;         /* in folders */
};

struct script_folder {
    char *path;
    char *problem; /* why it cannot be read; NULL: it was read */
};

struct script_files {
    struct script_file *files; /* by name; of two equal names the first folder's */
    size_t count;
    struct script_folder *folders; /* in order */
    size_t folder_count;
};

/* Reads every NAME.lua of the folders (separated by ':') but NAME_test.lua and hidden ones. Which files a
 * folder holds that cannot be read, nobody knows. */
void script_files_read(struct script_files *files, const char *folders);
void script_files_free(struct script_files *files);
/* Reads one file, whatever its name, as one beside those of its folder. */
void script_file_read(struct script_file *file, const char *path);
void script_file_free(struct script_file *file);

/* Calls `changed` on the loop a moment after something in a folder changed, or a folder went or came (several
 * changes at once, one call). */
struct folder_watch;
struct folder_watch *folder_watch_start(uv_loop_t *loop, const char *folders, void (*changed)(void *data),
                                        void *data);
/* Watches the folders as they are now: one may have been made, or made anew, since. What changes from now on
 * is heard of, so they are read after it. */
void folder_watch_renew(struct folder_watch *watch);
void folder_watch_stop(struct folder_watch *watch, void (*stopped)(void *data));

#endif
