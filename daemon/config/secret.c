/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/secret.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_SECRET = 1024 };

/* systemd's own folder, or beside the configuration. */
static char *path_of(const char *directory, const char *name)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    if (name[0] == '/')
        return mem_copy_text(name);
    char *path = credentials ? mem_format("%s/%s", credentials, name) : NULL;
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    return mem_format("%s/%s", directory, name);
}

static bool is_same_time(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

static int check_mode(int file, const char *path, struct error *error)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(error, ERROR_INPUT, "%s is no file", path);
    if (status.st_mode & (S_IROTH | S_IWOTH))
        return error_set(error, ERROR_INPUT, "%s can be read by everybody; chmod 600 it", path);
    return 0;
}

static char *first_line(int file, const char *path, struct error *error)
{
    char bytes[LONGEST_SECRET + 1];
    const ssize_t count = read(file, bytes, sizeof bytes - 1);
    if (count < 0) {
        error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
        return NULL;
    }
    bytes[count] = '\0';
    bytes[strcspn(bytes, "\r\n")] = '\0';
    char *secret = bytes[0] ? mem_copy_text(bytes) : NULL;
    if (!secret)
        error_set(error, ERROR_INPUT, "%s is empty; its first line is the secret", path);
    explicit_bzero(bytes, sizeof bytes);
    return secret;
}

bool secret_has_changed(const char *directory, const char *name, struct secret_mark *mark)
{
    struct secret_mark now = {0};
    struct stat status;
    char *path = path_of(directory, name);
    if (stat(path, &status) == 0)
        now = (struct secret_mark){.device = status.st_dev,
                                   .file = status.st_ino,
                                   .size = status.st_size,
                                   .written = status.st_mtim,
                                   .changed = status.st_ctim};
    free(path);
    const bool same = now.device == mark->device && now.file == mark->file && now.size == mark->size &&
                      is_same_time(&now.written, &mark->written) &&
                      is_same_time(&now.changed, &mark->changed);
    *mark = now;
    return !same;
}

char *secret_read(const char *directory, const char *name, struct error *error)
{
    char *secret = NULL, *path = path_of(directory, name);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        error_set(error, ERROR_NOT_FOUND, "%s: %s", path, strerror(errno));
    else if (check_mode(file, path, error) == 0)
        secret = first_line(file, path, error);
    if (file >= 0)
        close(file);
    free(path);
    return secret;
}
