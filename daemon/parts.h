/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of wijzerd, wired together: store, ingest, scripts, engine, plugins with their feeds, and the
 * API. They start in that order and stop in the reverse order; a part that fails to start ends the start, and
 * only what was started is stopped. Whoever starts them runs the loop.
 */
#ifndef PARTS_H
#define PARTS_H

#include "base/clock.h"
#include "config/config.h"

#include <uv.h>

struct parts; /* owned by whoever starts it, until `stopped` has been called */

/* All of it outlives the parts. */
struct parts_options {
    uv_loop_t *loop;
    const struct config *config;
    const struct clock *clock; /* the time that calendars and alerts go by */
    int socket;                /* of Unix, that the API listens on; -1: it makes its own */
    const int *tcp_sockets;    /* that it listens on too */
    size_t tcp_count;
    bool goes_on; /* the configuration was good until now: what can be missing for a while does not end it */
};

/* All on the loop. */
struct parts_callbacks {
    /* The scripts are loaded, the feeds run, and whoever can connect sees every indicator. */
    void (*ready)(void *data);
    /* Everything has stopped. `failed`: because a part could not start; the log says why. */
    void (*stopped)(void *data, bool failed);
    void *data;
};

/* Starts what can be started before the scripts are loaded; the rest follows on the loop. NULL: a part could
 * not start; `stopped` comes, or has come. */
struct parts *parts_start(const struct parts_options *options, const struct parts_callbacks *callbacks);
/* Ends in a call of `stopped`. A second call does nothing. */
void parts_stop(struct parts *parts);
/* Looks at the scripts and at the clock again. */
void parts_look_again(struct parts *parts);
/* Checks that the parts can start with the configuration, and that the plugins that it names can be loaded
 * with the options that it gives. */
int parts_check(const struct config *config, struct error *error);

#endif
