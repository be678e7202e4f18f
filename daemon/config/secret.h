/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A secret that a section names by its file: `secret_file = lms.secret`. It is looked for in
 * $CREDENTIALS_DIRECTORY, where systemd puts what LoadCredential= names, then beside the configuration.
 */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

/* The first line of the file. A copy; NULL: `error` says why. A file that everybody can read is refused. */
char *secret_read(const char *directory, const char *name, struct error *error);

/* By which it shows that a file is another one, or was written to. Zeroed: there is none. */
struct secret_mark {
    dev_t device;
    ino_t file;
    off_t size;
    struct timespec written, changed;
};
/* Is it no longer as the mark has it? The mark is brought up to date; to be called before reading, so that
 * what is written meanwhile shows at the next call. */
bool secret_has_changed(const char *directory, const char *name, struct secret_mark *mark);

#endif
