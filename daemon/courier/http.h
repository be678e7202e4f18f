/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP to other machines and to wijzerd's socket: libcurl on the loop. */
#ifndef COURIER_HTTP_H
#define COURIER_HTTP_H

#include "base/error.h"

#include <stdint.h>
#include <uv.h>
#include <wijzer/plugin.h>

struct http; /* owned by whoever starts it */

struct http_order {
    const char *method, *url;
    const char *socket;       /* a Unix socket instead of the network; NULL: the network */
    const char *content_type; /* NULL: there is no body */
    const void *body;
    size_t size;
    uint64_t most_bytes; /* of the answer's body */
    uint64_t timeout_ms; /* 0: as long as it takes */
};

struct http *http_start(uv_loop_t *loop);
/* What is under way is dropped. `closed` comes on the loop; then it is gone. */
void http_stop(struct http *http, void (*closed)(void *data), void *data);

/* Copies the order. `done` is called later, on the loop. `free_data` (or NULL) is given the data at the end
 * of it, also where it is dropped. Without TLS it asks only this machine: see http_check_url. */
void http_send(struct http *http, const void *owner, const struct http_order *order, wz_http_fn done,
               void *data, void (*free_data)(void *data));
/* What the owner has under way is ended without a call. */
void http_drop(struct http *http, const void *owner);

/* May it be asked over the network? Without TLS only this machine may: what is sent are passwords, and
 * answers come. */
int http_check_url(const char *url, struct error *error);

#endif
