/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module "wijzer", as scripts require it. */
#ifndef SCRIPT_WORKER_MODULE_H
#define SCRIPT_WORKER_MODULE_H

#include <lauxlib.h>

/* Of each function that stands in a table of module_push_table. */
enum { MODULE_UPVALUES = 3 };

/* Pushes the module. */
void module_open(lua_State *state);

/* Pushes a table of functions (`list` lives as long as the state) that scripts cannot change, and that says
 * so when they ask for one that is not there. */
void module_push_table(lua_State *state, const char *name, const luaL_Reg *list);

#endif
