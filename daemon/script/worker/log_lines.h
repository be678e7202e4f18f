/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCRIPT_WORKER_LOG_LINES_H
#define SCRIPT_WORKER_LOG_LINES_H

#include <lua.h>

/* print and w.log: one line in the daemon's log, with the script's file and line. Long lines are cut, control
 * characters replaced, and of more than 100 lines in one call the rest is dropped with a last line that says
 * so. */
int log_lines_print(lua_State *state);

#endif
