/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SCRIPT_WORKER_PARAMS_H
#define SCRIPT_WORKER_PARAMS_H

#include "script/worker/program.h"

/* Reads `params` of the declaration at stack index 1, with the values that wijzer.conf sets (an object, or
 * NULL) in place of their defaults. A reference to the table of values, which is empty where there are none.
 */
lua_ref params_read(lua_State *state, const char *where, const cJSON *overrides);

#endif
