/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGUSR1 stops the script that runs, SIGUSR2 asks where it is. See script/PROTOCOL.md, "Too long". */
#ifndef SCRIPT_WORKER_INTERRUPT_H
#define SCRIPT_WORKER_INTERRUPT_H

#include "script/worker/program.h"

void interrupt_install(void);
/* Between begin and end, the length of a request, a signal is for this program, also between its calls. */
void interrupt_begin(struct program *program);
void interrupt_end(void);
/* Around each call. */
void interrupt_enter(struct program *program);
void interrupt_leave(struct program *program);
/* Raises the error in a state of a program whose time is over, and makes sure that it is raised again at
 * every step, so that no pcall keeps the script alive. */
void interrupt_check(lua_State *state);

#endif
