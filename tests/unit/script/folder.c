/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "folder.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

bool folder_make(char folder[FOLDER_LENGTH])
{
    strcpy(folder, "/tmp/wijzer-scripts-XXXXXX");
    return mkdtemp(folder) != NULL;
}

int folder_remove(const char *folder)
{
    char *command = mem_format("rm -r '%s'", folder);
    const int result = system(command);
    free(command);
    return result;
}

void folder_save(const char *folder, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

void folder_erase(const char *folder, const char *name)
{
    char *path = mem_format("%s/%s", folder, name);
    unlink(path);
    free(path);
}
