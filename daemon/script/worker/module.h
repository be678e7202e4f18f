/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The module "wijzer", as scripts require it. */
#ifndef SCRIPT_WORKER_MODULE_H
#define SCRIPT_WORKER_MODULE_H

#include <lua.h>

/* Pushes the module. */
void module_open(lua_State *state);

#endif
