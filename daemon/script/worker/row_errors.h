/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What may be said of an error in a function that sees somebody's answers. A script can put an answer, or a
 * name, into the text of an error, and that text is for everybody who may read the log: so a text that the
 * script made is not shown. What Lua itself says, and its library, names types, and names that stand in the
 * source.
 */
#ifndef SCRIPT_WORKER_ROW_ERRORS_H
#define SCRIPT_WORKER_ROW_ERRORS_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Raises an error whose text is ours: nothing in it comes from an answer. It is shown. */
int row_errors_raise(lua_State *state, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Raises the error that a row has no column of the name at `index`; `what` begins it, as in "the instrument
 * has no item". It is shown where the script's source has that name written out, as it has any mistyped one.
 */
int row_errors_raise_unknown(lua_State *state, int index, const char *what, const char *const *columns,
                             size_t count);
/* Likewise where there are two columns of that name. */
int row_errors_raise_twice(lua_State *state, int index);

/* An error is on top of the stack of a coroutine that it has just ended. Where it is one of Lua's own that
 * may be shown, it is remembered, so that it is known again where it goes on. */
void row_errors_pass(lua_State *coroutine);

/* What follows the name of a type of Lua's in a text that begins with one, else NULL; also for NULL. */
const char *row_errors_after_type(const char *text);
/* "attempt to compare two nil values" and the like, with types of Lua's only. */
bool row_errors_names_only_types(const char *text);

/* In a message handler, whose argument is the error: the text to show instead. */
const char *row_errors_shown(lua_State *state);

#endif
