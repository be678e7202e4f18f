/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wijzer-courier: what talks to other machines, so that wijzerd, which holds personal data, need not reach
 * the network. Each [pull NAME] of the configuration is an instance of a plugin that fetches documents and
 * gives them to a feed, over wijzerd's socket like any client.
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include "config/config.h"

#include <stdbool.h>
#include <uv.h>

struct courier; /* owned by whoever starts it */

/* Everything lives as long as the courier. */
struct courier_options {
    uv_loop_t *loop;
    const struct config *config;
    const char *state_dir;
    /* One line on how all stand; called when it changes. */
    void (*status)(void *data, const char *text);
    void *data;
};

/* Reads the sections, and with `start` begins their work. */
int courier_start(struct courier **courier, const struct courier_options *options, struct error *error);
/* Checks all that can be known without starting. */
int courier_check(const struct config *config, struct error *error);
/* How many [pull NAME] there are. */
size_t courier_count(const struct courier *courier);
/* Asks every instance to look now. */
void courier_look_now(struct courier *courier);
/* Ends what is under way; `closed` comes on the loop, then it is gone. */
void courier_stop(struct courier *courier, void (*closed)(void *data), void *data);

#endif
