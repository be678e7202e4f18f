/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCRIPT_WORKER_STATS_MODULE_H
#define SCRIPT_WORKER_STATS_MODULE_H

#include <lua.h>

/* Pushes w.stats. A *sample* is a list of numbers, or an input such as g.knowledge, of which the script sees
 * no answer. What does not exist (too few numbers, no spread) is nil. */
void stats_module_push(lua_State *state);

#endif
