/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script can see: an allow-list of Lua's library, and the module "wijzer". */
#ifndef SCRIPT_WORKER_ENVIRONMENT_H
#define SCRIPT_WORKER_ENVIRONMENT_H

#include <lua.h>

/* A Lua function that fills the globals of its state. */
int environment_open(lua_State *state);

#endif
