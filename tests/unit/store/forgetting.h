/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgetting, step by step, as the host goes through it. */
#ifndef TEST_STORE_FORGETTING_H
#define TEST_STORE_FORGETTING_H

#include "store/store.h"

/* A job: the next step of the first forgetting that is under way. `data` is a bool, false where there is
 * none. */
int forget_step(struct store_tx *tx, void *data, struct error *error);
/* A job without data: all steps of all that are. */
int forget_steps(struct store_tx *tx, void *data, struct error *error);

#endif
