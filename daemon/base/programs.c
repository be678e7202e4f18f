/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/programs.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *programs_folder(void)
{
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = length > 0 ? memrchr(self, '/', (size_t)length) : NULL;
    if (slash) {
        *slash = '\0';
        char *beside = mem_format("%s/wijzer-worker", self);
        const bool here = access(beside, X_OK) == 0;
        free(beside);
        if (here)
            return mem_copy_text(self);
    }
    return mem_copy_text(WIJZER_LIBEXEC_DIR);
}

char *programs_find(const char *name)
{
    char *folder = programs_folder(), *path = mem_format("%s/%s", folder, name);
    free(folder);
    return path;
}

/* `path` seen from the programs of a build, or what is `installed`. */
static char *of_build_or_installed(const char *path, const char *installed)
{
    char *folder = programs_folder();
    char *found = strcmp(folder, WIJZER_LIBEXEC_DIR) == 0 ? mem_copy_text(installed)
                                                          : mem_format("%s/%s", folder, path);
    free(folder);
    return found;
}

char *programs_plugins(void)
{
    return of_build_or_installed("../plugins", WIJZER_PLUGIN_DIR);
}

char *programs_data(void)
{
    return of_build_or_installed("../share/wijzer", WIJZER_DATA_DIR);
}
