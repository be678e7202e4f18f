/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The second Lua state of a script. The functions of w.derive and of 'wave' see the rows of single people;
 * what they keep must never come to those whose results leave the worker. So the text is loaded twice, and
 * they run in a state of their own, of which nothing but their results gets out.
 */
#ifndef SCRIPT_WORKER_ROW_STATE_H
#define SCRIPT_WORKER_ROW_STATE_H

#include "script/worker/program.h"

/* Does the script have a function that sees rows? */
bool row_state_is_needed(const struct program *program);
/* Does the second load have every function that the first declared? If not, `error` says what differs: the
 * order of pairs, for one, is not the same each time. */
bool row_state_agrees(const struct program *first, struct program *rows, struct buf *error);

#endif
