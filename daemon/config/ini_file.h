/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One INI file through inih, with the line of everything (which Debian's build of inih does not hand out). */
#ifndef CONFIG_INI_FILE_H
#define CONFIG_INI_FILE_H

#include "base/error.h"

/* Both return 0, or -1 with the caller's error set, which ends the reading. */
struct ini_handlers {
    int (*section)(void *data, const char *heading, int line); /* what stands between [ and ] */
    int (*key)(void *data, const char *name, const char *value, int line);
    void *data;
};

int ini_file_read(const char *path, const struct ini_handlers *handlers, struct error *error);

#endif
