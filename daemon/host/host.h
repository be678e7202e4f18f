/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loads plugins and serves them: options, timers, documents in (watched folders and bodies of POST), the
 * confined decoder, routes, small documents. One *feed* per [feed NAME] section.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "base/error.h"
#include "config/config.h"
#include "ingest/feeds.h"
#include "ingest/ingest.h"
#include "script/scripts.h"
#include "store/store.h"

#include <uv.h>

struct host; /* owned by whoever starts it */

struct engine;

struct host_parts {
    uv_loop_t *loop;
    const struct config *config;
    struct store *store;
    struct ingest *ingest;
    struct engine *engine;
    struct scripts *scripts;
    const char *decoder_path; /* the confined decoder's executable */
    /* The configuration was good until now, and wijzerd runs: a feed whose secret has gone away meanwhile
     * refuses its requests, and hinders no other. */
    bool goes_on;
};

/* Loads the plugin of every section and checks its options; nothing is started. A failure undoes it all and
 * says which section of which file is at fault. The engine, which is not ready yet, is told what feeds ask of
 * it. `wijzerd --check` uses it with only `config` and `loop` set. */
int host_load(struct host **host, const struct host_parts *parts, struct error *error);
/* Every instance looks at its options itself, also for `wijzerd --check`. -1 where one finds fault: then
 * host_stop. */
int host_init(struct host *host, struct error *error);
/* Follows host_init. -1 where an instance cannot start: then host_stop. */
int host_start(struct host *host, struct error *error);
/* Stops instances in the reverse order, ends decoders; `closed` comes on the loop, then it is gone.
 * Deliveries under way end with what is committed. */
void host_stop(struct host *host, void (*closed)(void *data), void *data);

/* Wire this to the engine: tells the plugins that follow the alert log. */
void host_alerts_grew(struct host *host);

/* For the api room; valid as long as the host. */
const struct feeds *host_feeds(struct host *host);

#endif
