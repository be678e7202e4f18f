/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP/1.1 and JSON on a Unix socket. Where configured, also on loopback TCP: there only what feeds serve to
 * those who have a key and a secret, for tokens do not exist yet.
 */
#ifndef API_API_H
#define API_API_H

#include "base/error.h"
#include "config/config.h"
#include "engine/engine.h"
#include "ingest/feeds.h"
#include "script/scripts.h"
#include "store/store.h"

#include <uv.h>

struct api; /* owned by whoever starts it */

struct api_parts {
    uv_loop_t *loop;
    const struct config *config;
    struct store *store;
    struct scripts *scripts;
    struct engine *engine;
    const struct feeds *feeds;
    /* Listening, handed over by systemd; they stay the caller's. */
    int socket; /* of Unix; -1: make config->socket, mode 0660 */
    const int *tcp_sockets;
    size_t tcp_count;
};

/* Is there anything in the configuration with which it cannot start? */
int api_check(const struct config *config, struct error *error);
int api_start(struct api **api, const struct api_parts *parts, struct error *error);
/* Answers nothing new, lets what is under way finish for a second, closes. `closed` comes on the loop. */
void api_stop(struct api *api, void (*closed)(void *data), void *data);

#endif
