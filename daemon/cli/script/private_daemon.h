/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A wijzerd of our own, in a child process and a temporary folder, for as long as a command runs. It is made
 * of the very parts that wijzerd is, so that what is computed here is computed as it will be; only its clock
 * can be set.
 */
#ifndef CLI_PRIVATE_DAEMON_H
#define CLI_PRIVATE_DAEMON_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct private_clock;

struct private_daemon {
    char *folder, *socket;
    char *probes; /* a second folder of scripts, empty at first */
    pid_t pid;
    struct private_clock *clock; /* shared with the child */
    long log_read;               /* of its log: bytes that were shown */
};

/* What comes in: a survey feed for each instrument, named after it, and one of statements. */
struct private_feeds {
    const char *const *instruments;
    size_t instrument_count;
    const char *groups; /* the option of plugin xapi; NULL: there is no feed of statements */
};
#define PRIVATE_EVENT_FEED "wijzer-events"

/* Starts it on the scripts of a folder. Stop it also where this failed. */
int private_daemon_start(struct private_daemon *daemon, const char *scripts,
                         const struct private_feeds *feeds, struct error *error);
/* Ends it and removes its folder. */
void private_daemon_stop(struct private_daemon *daemon);
/* From now on it is this late, in milliseconds since 1970 UTC, and stays so until it is set again. */
void private_daemon_set_clock(struct private_daemon *daemon, int64_t now);
/* Waits until everything that came in is in every result, or the command is interrupted. -1: nothing has
 * happened for `patience_ms`, though not all is computed. */
int private_daemon_settle(const struct private_daemon *daemon, long patience_ms, struct error *error);
enum { SETTLE_PATIENCE_MS = 60 * 1000 };
/* Prints what scripts, or only the one in `file`, have printed since the last time to standard error. */
void private_daemon_show_prints(struct private_daemon *daemon, const char *file);

/* Was the command interrupted (Ctrl-C, or nobody reads what it prints)? After private_daemon_start that ends
 * nothing by itself. */
bool is_interrupted(void);
/* Sleeps, unless interrupted. */
void pause_ms(long milliseconds);

#endif
