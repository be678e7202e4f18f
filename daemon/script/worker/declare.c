/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the functions with which a script declares have in common. */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/program.h"

#include <string.h>

enum { MOST_DECLARED = 8 << 20 };

void *declare_new(lua_State *state, size_t size, const char *mark)
{
    void *data = lua_newuserdatauv(state, size, 1);
    if (luaL_newmetatable(state, mark)) {
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
    return data;
}

void declare_check_named_keys(lua_State *state, const char *where, const char *const *known)
{
    lua_newtable(state);
    for (lua_pushnil(state); lua_next(state, 1);) {
        if (lua_isinteger(state, -2)) {
            lua_pop(state, 1);
            continue;
        }
        lua_pushvalue(state, -2);
        lua_insert(state, -2);
        lua_rawset(state, -4);
    }
    fields_check_keys(state, -1, where, known);
    lua_pop(state, 1);
}

static bool is_in_module(lua_State *state)
{
    const struct program *program = program_of(state);
    for (size_t i = 0; i < program->module_count; i++)
        if (program->modules[i].running)
            return true;
    return false;
}

void declare_only_while_loading(lua_State *state, const char *where)
{
    if (is_in_module(state))
        luaL_error(state,
                   "%s in a file that another one requires would declare it twice; give back a function or a "
                   "table, and declare in the file that requires it",
                   where);
    if (!program_of(state)->loading)
        luaL_error(state,
                   "%s can only be called while the file is loaded, not from a function that runs later",
                   where);
}

static void check_is_in_script(lua_State *state, const char *where)
{
    declare_only_while_loading(state, where);
    if (program_is_test(program_of(state)))
        luaL_error(state,
                   "%s in a file of tests would never be live; declare it in a script beside this file",
                   where);
}

/* About what it takes in memory: a node, and its texts. */
static size_t weight_of(const cJSON *json)
{
    size_t weight = sizeof *json + (json->string ? strlen(json->string) : 0) +
                    (cJSON_IsString(json) ? strlen(json->valuestring) : 0);
    for (const cJSON *child = json->child; child; child = child->next)
        weight += weight_of(child);
    return weight;
}

void declare_weigh(lua_State *state, const char *where, const cJSON *json)
{
    struct program *program = program_of(state);
    program->declared_bytes += weight_of(json);
    if (program->declared_bytes > MOST_DECLARED)
        luaL_error(state, "%s: the file declares more than %d MiB of names and texts; divide it into several",
                   where, MOST_DECLARED >> 20);
}

int declaring_line(lua_State *state)
{
    const char *file = program_of(state)->file;
    lua_Debug frame;
    for (int level = 1; lua_getstack(state, level, &frame); level++) {
        lua_getinfo(state, "Sl", &frame);
        if (frame.currentline > 0 && strcmp(frame.source + 1, file) == 0) /* a chunk of ours: "@FILE" */
            return frame.currentline;
    }
    return 0;
}

const char *declare_begin(lua_State *state, const char *where, const char *const *keys)
{
    check_is_in_script(state, where);
    if (lua_type(state, 1) != LUA_TTABLE)
        luaL_error(state, "%s takes a table, not %s", where, luaL_typename(state, 1));
    fields_check_keys(state, 1, where, keys);
    program_of(state)->unfinished++;
    return fields_id(state, 1, where, "id");
}

cJSON *declare_object(lua_State *state, const char *id, cJSON *list)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(list, json);
    cJSON_AddStringToObject(json, "id", id);
    cJSON_AddStringToObject(json, "file", program_of(state)->file);
    cJSON_AddNumberToObject(json, "line", declaring_line(state));
    return json;
}

void declare_end(lua_State *state)
{
    program_of(state)->unfinished--;
}
