/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions with which a script declares: w.instrument and what belongs to it, w.indicator and its
 * inputs, w.alert, w.test. */
#ifndef SCRIPT_WORKER_DECLARE_H
#define SCRIPT_WORKER_DECLARE_H

#include "script/declaration.h"

#include <cjson/cJSON.h>
#include <lua.h>

int declare_instrument(lua_State *state);
int declare_indicator(lua_State *state);
int declare_alert(lua_State *state);
int declare_survey(lua_State *state);
int declare_scale(lua_State *state);
int declare_item(lua_State *state);
int declare_share(lua_State *state);
int declare_derive(lua_State *state);
int declare_events(lua_State *state);
int declare_count(lua_State *state);
int declare_distinct(lua_State *state);
int declare_sum(lua_State *state);
int declare_rate(lua_State *state);
int declare_test(lua_State *state);

/* What w.scale and its like give back. Its user value is the list of items, or the function of w.derive; of
 * an input of events a table { items, verb = , object = }. */
struct declared_input {
    enum input_kind kind;
    int min_answered; /* of a scale */
    bool has_least, has_most;
    double at_least, at_most; /* of a share */
};
#define DECLARED_INPUT "wijzer input"

/* What w.survey and w.events give back. The user value is the instrument's id, or a table of verb and object.
 */
#define DECLARED_SOURCE "wijzer source"
/* Pushes a userdata with one user value and a metatable of that name, which scripts cannot touch. */
void *declare_new(lua_State *state, size_t size, const char *mark);
/* Does the table at `index` have other keys than numbers and those in `known`? Then an error says so. */
void declare_check_named_keys(lua_State *state, const char *where, const char *const *known);

/* What a file declares is outside its Lua memory, and bounded too. Raises an error where this is too much. */
void declare_weigh(lua_State *state, const char *where, const cJSON *json);

/* The line of the script itself, not of a file that it requires, from which the function that runs is called.
 */
int declaring_line(lua_State *state);

/* Raises an error unless the file is being loaded: declarations inside compute would come and go. */
void declare_only_while_loading(lua_State *state, const char *where);

/* What w.instrument, w.indicator and w.alert begin and end with. Begins what the table at 1 declares, which
 * has only these keys, in a script that is being loaded; else an error says why not. Gives its id. A
 * declaration that was begun and not ended is found when the file has been loaded. */
const char *declare_begin(lua_State *state, const char *where, const char *const *keys);
void declare_end(lua_State *state);
/* Adds its object, with id, file and line, to a list of the program. The program owns it from the start:
 * an error unwinds past us. */
cJSON *declare_object(lua_State *state, const char *id, cJSON *list);

#endif
