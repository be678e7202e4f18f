/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP/1.1 and JSON on a Unix socket (and on loopback TCP where configured, once tokens exist). */
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
    int socket; /* listening, handed over by systemd; -1: make config->socket, mode 0660 */
};

/* Is there anything in the configuration with which it cannot start? */
int api_check(const struct config *config, struct error *error);
int api_start(struct api **api, const struct api_parts *parts, struct error *error);
/* Takes no new connection, lets open answers finish for a second, closes. `closed` comes on the loop. */
void api_stop(struct api *api, void (*closed)(void *data), void *data);

#endif
