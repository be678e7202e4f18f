/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wijzerd of our own, in a temporary folder, for as long as a command runs. */
#ifndef CLI_PRIVATE_DAEMON_H
#define CLI_PRIVATE_DAEMON_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct private_daemon {
    char *folder, *socket;
    char *probes; /* a second folder of scripts, empty at first */
    pid_t pid;
    long log_read; /* of its log: bytes that were shown */
};

/* Starts it on the scripts of a folder, with one survey feed "data" of the instrument. Stop it also where
 * this failed. */
int private_daemon_start(struct private_daemon *daemon, const char *scripts, const char *instrument,
                         struct error *error);
/* Ends it and removes its folder. */
void private_daemon_stop(struct private_daemon *daemon);
/* Prints what scripts have printed since the last time to standard error. */
void private_daemon_show_prints(struct private_daemon *daemon);

/* Was the command interrupted (Ctrl-C)? After private_daemon_start that ends nothing by itself. */
bool is_interrupted(void);
/* Sleeps, unless interrupted. */
void pause_ms(long milliseconds);

#endif
