/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows of a derive input (request_derive.c) and of an export (export_row.c) have in common, as a
 * script sees them: the columns by name, none of which it can change. */
#ifndef SCRIPT_WORKER_ROW_OBJECT_H
#define SCRIPT_WORKER_ROW_OBJECT_H

#include "base/buf.h"

#include <lua.h>

/* Reads how many columns there are, and their names, which live as long as the request. Free the array. */
const char **row_object_read_columns(struct reader *request, size_t *count);

/* __newindex of a row. */
int row_object_unchangeable(lua_State *state);
/* What __pairs of the row at 1 gives back. */
int row_object_pairs(lua_State *state, lua_CFunction next);

#endif
