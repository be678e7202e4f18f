/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong with a script, as far as it shows while the file is loaded. A declaration that fails does not
 * keep the rest of the file from being looked at: whoever writes a script wants to know of everything at
 * once. One problem is enough for the file not to load.
 */
#ifndef SCRIPT_WORKER_PROBLEMS_H
#define SCRIPT_WORKER_PROBLEMS_H

#include "script/worker/program.h"

#include <lua.h>
#include <stdbool.h>

/* Notes a problem at the line of the script that runs, and returns with the stack as it was. Where nothing is
 * being loaded, the problem is not the first of its kind on the line, or there are too many, it is raised as
 * an error. */
void problems_note(lua_State *state, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds one; `text` is "FILE:LINE: what" with the frames of the script behind it. false: it is there already,
 * or there are too many. */
bool problems_add(struct program *program, const char *code, const char *text);

/* Puts functions of the table on top of the stack, which module.h made, behind a guard: while the file is
 * loaded, an error in one is noted, half of a declaration is forgotten, and what the function gives back is
 * spoilt. `names` ends with NULL. */
void problems_guard(lua_State *state, const char *const *names);
/* Is the value what a guarded function gave back after an error? */
bool problems_is_spoilt(lua_State *state, int index);
/* Raises an error out of a guarded function for something that was told already. */
int problems_raise_told(lua_State *state);

#endif
