/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What compute returns, checked. */
#ifndef SCRIPT_WORKER_RESULT_H
#define SCRIPT_WORKER_RESULT_H

#include "base/buf.h"
#include "script/worker/program.h"

/* w.no_value(reason). */
int result_no_value(lua_State *state);

/*
 * Takes the value on top of the stack off it and writes it as a result of script/PROTOCOL.md, with `n`. What
 * is no proper result becomes a failed one that says why, at `place`. Reads tables raw: nothing of the script
 * runs.
 */
void result_write(lua_State *state, const char *place, int64_t n, struct buf *out);
/* No value, of a group that is too small: the gate withholds it by its n. */
void result_write_hidden(int64_t n, struct buf *out);
/* No result before the request brings these relations too: a sum of enum compute_relation. */
void result_write_needs(unsigned relations, struct buf *out);
/* A failed result. */
void result_write_failure(const char *reason, struct buf *out);

#endif
