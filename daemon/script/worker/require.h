/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCRIPT_WORKER_REQUIRE_H
#define SCRIPT_WORKER_REQUIRE_H

#include <lua.h>

/* Takes the module "wijzer" off the stack and sets the global `require`, which gives it and the files beside
 * the script. */
void require_open(lua_State *state);

#endif
