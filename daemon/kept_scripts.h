/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keeps in the store what the scripts room wants back at the next start: of every script the version that ran
 * last. What cannot be written, as on a full disk, is tried again.
 */
#ifndef KEPT_SCRIPTS_H
#define KEPT_SCRIPTS_H

#include "script/scripts.h"
#include "store/store.h"

struct kept_scripts; /* owned by whoever opens it */

/* Reads what is kept; the caller waits. */
int kept_scripts_open(struct kept_scripts **kept, uv_loop_t *loop, struct store *store, struct error *error);
/* What was kept when it was opened. Lives until it is released. */
const struct kept_script *kept_scripts_found(const struct kept_scripts *kept, size_t *count);
void kept_scripts_release(struct kept_scripts *kept);
/* `keep` of struct scripts_callbacks. */
void kept_scripts_put(struct kept_scripts *kept, const struct kept_script *scripts, size_t count);
/* After what is being written; `closed` is called on the loop, then it is gone. Before the store closes. */
void kept_scripts_close(struct kept_scripts *kept, void (*closed)(void *data), void *data);

#endif
