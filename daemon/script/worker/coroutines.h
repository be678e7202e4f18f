/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCRIPT_WORKER_COROUTINES_H
#define SCRIPT_WORKER_COROUTINES_H

#include <lua.h>

/* Sets the global `coroutine`: Lua's own, but for resume and wrap, which keep the interrupt on the coroutine
 * that runs, and close, which is left out. */
void coroutines_open(lua_State *state);

#endif
