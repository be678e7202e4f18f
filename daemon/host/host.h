/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loads plugins and serves them: options, timers, documents in (watched folders and bodies of POST), the confined
 * decoder, routes, small documents. One *feed* per [feed NAME] section.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "base/error.h"
#include "config/config.h"
#include "ingest/ingest.h"
#include "script/scripts.h"
#include "store/store.h"

#include <uv.h>

struct host; /* owned by main.c */

struct host_parts {
    uv_loop_t *loop;
    const struct config *config;
    struct store *store;
    struct ingest *ingest;
    struct scripts *scripts;
    const char *decoder_path; /* the confined decoder's executable */
};

/* Loads the plugin of every section and checks its options; nothing is started. A failure undoes it all and says
 * which section of which file is at fault. `wijzerd --check` uses it with only `config` and `loop` set. */
int host_load(struct host **host, const struct host_parts *parts, struct error *error);
/* init and start of every instance. -1 where one fails: then host_stop. */
int host_start(struct host *host, struct error *error);
/* Stops instances in the reverse order, ends decoders; `closed` comes on the loop, then it is gone. Deliveries under
 * way end with what is committed. */
void host_stop(struct host *host, void (*closed)(void *data), void *data);

enum feed_state { FEED_ACTIVE = 1, FEED_FAILED = 2 };

/* What is under way or was last, of a feed. */
struct feed_info {
    const char *name, *plugin;
    enum feed_state state;
    const char *error; /* why it failed, or NULL */
    const char *watch; /* folder, or NULL */
    uint64_t accepted, duplicate, replaced, rejected; /* ever */
    bool importing;
    const char *document; /* its name: of the one under way, else of the last; or NULL */
    uint64_t document_bytes, done_bytes, document_rows; /* of the one under way */
    int64_t last_at; /* when the last one ended; 0: never */
    const char *last_error; /* why the last one was refused as a whole, or NULL */
};
/* In order of the configuration. */
void host_feeds(struct host *host, void (*visit)(void *data, const struct feed_info *info), void *data);

/* Hands a document to a feed. `fd` is read-only and at its beginning; the host closes it. `done` is called on the loop
 * when everything is committed; the report lives for the call. -1 where there is no such feed, it takes no documents
 * or has failed (then the fd is the caller's still). Documents of one feed are taken one after the other. */
int host_receive(struct host *host, const char *feed, const char *name, int fd,
                 void (*done)(void *data, const struct delivery_report *report), void *data, struct error *error);

/* ---- routes of plugins, served by the api room ------------------------------------------------------------ */

struct wz_http;
/* Is there a plugin's route for this? */
bool host_has_route(struct host *host, const char *method, const char *path);
/* Hands the request to it. `reply` is called once on the loop; body lives for the call. */
void host_request(struct host *host, const struct wz_http *http,
                  void (*reply)(void *data, int status, const char *content_type, const void *body, size_t size),
                  void *data);

#endif
