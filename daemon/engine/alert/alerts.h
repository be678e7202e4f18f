/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How alerts stand, for whoever shows or forwards them. Everything that is handed out has passed the gate
 * when it was written.
 */
#ifndef ENGINE_ALERTS_H
#define ENGINE_ALERTS_H

#include "base/error.h"
#include "store/store.h"

struct alert_shown {
    const char *alert; /* its id */
    const char *state; /* "pending", "firing" or "resolved" */
    int64_t since;     /* milliseconds since 1970 UTC */
    const char *body;  /* JSON object, see engine/alert/text.h */
};

/* Visits the alerts that are or were raised, by alert and group. Runs in a reading job; texts live for the
 * call. */
int alerts_shown(struct store_view *view, int (*visit)(void *data, const struct alert_shown *alert),
                 void *data, struct error *error);

/* Visits entries of the alert log after a position, oldest first. `body` is a JSON object with "alert",
 * "state", "was", "time" (milliseconds since 1970 UTC) and what engine/alert/text.h says. */
int alerts_log_after(struct store_view *view, uint64_t position, size_t limit,
                     int (*visit)(void *data, uint64_t position, const char *body), void *data,
                     struct error *error);

#endif
