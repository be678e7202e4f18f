/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the store room: appends that are only tried. What a trial was given lies over what the store holds,
 * in a temporary table of a connection of its own, which can be as large as the document is.
 */
#ifndef STORE_TRIAL_H
#define STORE_TRIAL_H

#include "store/store.h"

struct store_trial *trial_make(uv_loop_t *loop, const char *path);

/* What stands in for the log, and for tables of names, in a transaction of a trial. */
int trial_append(struct store_tx *tx, enum store_kind kind, int64_t scope, const uint8_t id[16],
                 const void *body, size_t size, enum store_outcome *outcome, struct error *error);
struct store_event;
int trial_append_event(struct store_tx *tx, const struct store_event *event, enum store_outcome *outcome,
                       struct error *error);
int trial_subject(struct store_tx *tx, enum store_subject kind, const void *key, size_t size, uint32_t *id,
                  struct error *error);
/* For a name that the store does not know: a number that no name of the store has. */
uint32_t trial_number(struct store_tx *tx);

#endif
