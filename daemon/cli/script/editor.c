/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * .luarc.json beside an author's scripts: from it an editor with the Lua language server learns where the
 * functions of wijzer are described. It is the one of the installation, whose library stands there.
 */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/programs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LONGEST_SETTINGS = 64 * 1024 };

static const char settings_name[] = ".luarc.json", library[] = "workspace.library";

static cJSON *read_settings(const char *folder)
{
    char *path = mem_format("%s/%s", folder, settings_name), text[LONGEST_SETTINGS + 1];
    FILE *file = fopen(path, "re");
    const size_t length = file ? fread(text, 1, LONGEST_SETTINGS, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    free(path);
    return cJSON_Parse(text);
}

static void find_library(cJSON *settings, const char *folder)
{
    char *types = mem_format("%s/types", folder);
    const char *const only = types;
    cJSON_ReplaceItemInObjectCaseSensitive(settings, library, cJSON_CreateStringArray(&only, 1));
    free(types);
}

/* An author's own settings stay as they are. */
static bool write_new(const char *text)
{
    const int descriptor = open(settings_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    const bool written = dprintf(descriptor, "%s\n", text) > 0;
    return close(descriptor) == 0 && written;
}

bool editor_settings_write(void)
{
    char *data = programs_data(), *folder = realpath(data, NULL);
    cJSON *settings = folder ? read_settings(folder) : NULL;
    bool written = false;
    if (settings) {
        find_library(settings, folder);
        char *text = cJSON_Print(settings);
        written = write_new(text);
        cJSON_free(text);
    }
    cJSON_Delete(settings);
    free(folder);
    free(data);
    return written;
}
