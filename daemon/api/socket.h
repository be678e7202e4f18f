/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef API_SOCKET_H
#define API_SOCKET_H

#include "base/error.h"

/* Listens on a Unix socket, mode 0660. What a wijzerd that was killed left there is replaced; one that is
 * alive is not. The descriptor, or -1. */
int socket_listen(const char *path, struct error *error);

#endif
