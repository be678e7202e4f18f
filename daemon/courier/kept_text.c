/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "courier/internal.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_TEXT = 64 * 1024 };

int kept_text_read(const char *directory, const char *name, char **text, struct error *error)
{
    char *path = mem_format("%s/%s", directory, name);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    int result = 0;
    *text = NULL;
    if (file < 0 && errno != ENOENT)
        result = error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    if (file >= 0) {
        char *bytes = mem_alloc(LONGEST_TEXT + 1);
        const ssize_t count = read(file, bytes, LONGEST_TEXT);
        if (count < 0)
            result = error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
        else
            *text = mem_copy_text(bytes);
        free(bytes);
        close(file);
    }
    free(path);
    return result;
}

static int write_all(int file, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        const ssize_t count = write(file, text, left);
        if (count < 0 && errno != EINTR)
            return -1;
        text += count > 0 ? count : 0;
        left -= count > 0 ? (size_t)count : 0;
    }
    return fsync(file);
}

static int sync_folder(const char *directory)
{
    const int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int result = folder < 0 ? -1 : fsync(folder);
    if (folder >= 0)
        close(folder);
    return result;
}

/* Beside it first: a crash leaves the old text or the new one. */
int kept_text_write(const char *directory, const char *name, const char *text, struct error *error)
{
    char *path = mem_format("%s/%s", directory, name), *beside = mem_format("%s/%s.new", directory, name);
    const int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int result = file < 0 || write_all(file, text) != 0 ? -1 : 0;
    if (file >= 0 && close(file) != 0)
        result = -1;
    if (result == 0 && (rename(beside, path) != 0 || sync_folder(directory) != 0))
        result = -1;
    if (result != 0)
        error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    free(path);
    free(beside);
    return result;
}
