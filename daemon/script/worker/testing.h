/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A test under way, and what it is handed: the `t` of w.test "name" (function(t) ... end). */
#ifndef SCRIPT_WORKER_TESTING_H
#define SCRIPT_WORKER_TESTING_H

#include "script/worker/messages.h"

#include <cjson/cJSON.h>
#include <lauxlib.h>

struct testing {
    struct inbox *inbox;
    cJSON *question, *answer; /* the last ones */
    uint64_t checks;          /* that were good */
};

/* ---- testing_checks.c: what has to be true. Each raises an error that says what it is instead ------------
 */

int testing_check(lua_State *state);
int testing_equal(lua_State *state);
int testing_near(lua_State *state);
int testing_fails(lua_State *state);

/* ---- testing_questions.c: what only the other side of the pipes knows ------------------------------------
 */

int testing_import(lua_State *state);
int testing_value(lua_State *state);
int testing_values(lua_State *state);
int testing_alert(lua_State *state);
int testing_alerts(lua_State *state);
int testing_clock(lua_State *state);
int testing_advance(lua_State *state);

#endif
