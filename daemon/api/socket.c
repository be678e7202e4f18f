/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

static int make_address(const char *path, struct sockaddr_un *address, struct error *error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        return error_set(error, ERROR_INPUT,
                         "socket = %s: the path is longer than %zu bytes, which Unix sockets cannot have",
                         path, sizeof address->sun_path - 1);
    strcpy(address->sun_path, path);
    return 0;
}

static bool somebody_listens(const struct sockaddr_un *address)
{
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected =
        probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
    if (probe >= 0)
        close(probe);
    return connected;
}

/* Only a socket is ever removed, and only one that nobody listens on. */
static int clear_place(const struct sockaddr_un *address, struct error *error)
{
    const char *path = address->sun_path;
    struct stat status;
    if (lstat(path, &status) != 0)
        return 0;
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_INPUT, "socket = %s: there is a file of that name which is no socket",
                         path);
    if (somebody_listens(address))
        return error_set(error, ERROR_FAILED, "another wijzerd listens on %s; stop it first", path);
    if (unlink(path) != 0)
        return error_set(error, ERROR_FAILED, "the old socket %s could not be removed: %s", path,
                         strerror(errno));
    return 0;
}

static int bind_and_listen(int descriptor, const struct sockaddr_un *address)
{
    const mode_t mask = umask(0117); /* 0660 from the first moment on */
    const int bound = bind(descriptor, (const struct sockaddr *)address, sizeof *address);
    umask(mask);
    return bound == 0 && listen(descriptor, BACKLOG) == 0 ? 0 : -1;
}

int socket_listen(const char *path, struct error *error)
{
    struct sockaddr_un address;
    if (make_address(path, &address, error) != 0 || clear_place(&address, error) != 0)
        return -1;
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0 && bind_and_listen(descriptor, &address) == 0)
        return descriptor;
    error_set(error, ERROR_FAILED, "the socket %s could not be made: %s%s", path, strerror(errno),
              errno == ENOENT ? " (its folder is missing)" : "");
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}
