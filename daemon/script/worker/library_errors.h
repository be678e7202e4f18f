/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What functions of Lua's own library say when they are called wrongly, as "bad argument #1 to 'floor'
 * (number expected, got nil)". The texts that are known here name types and functions of the source, and no
 * value.
 */
#ifndef SCRIPT_WORKER_LIBRARY_ERRORS_H
#define SCRIPT_WORKER_LIBRARY_ERRORS_H

#include <lua.h>
#include <stdbool.h>

/* Takes note of the functions of the library that raise errors of their own, before a script can put others
 * in their place. `error` and `assert`, whose texts are the script's, are not among them. */
void library_errors_open(lua_State *state);

/* Was an error raised by such a function, at that level of the stack, and is its text one of those known?
 * `said` is the text behind the place. */
bool library_errors_know(lua_State *state, int level, const char *said);

#endif
