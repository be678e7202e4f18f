/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/require.h"
#include "script/worker/parse.h"
#include "script/worker/program.h"

#include "base/nearest.h"

#include <string.h>

enum { MOST_NAMES = 64 };

static int no_such_module(lua_State *state, const struct program *program, const char *name)
{
    const char *names[MOST_NAMES] = {"wijzer"};
    size_t count = 1;
    for (size_t i = 0; i < program->module_count && count < MOST_NAMES; i++)
        names[count++] = program->modules[i].name;
    const char *nearest = nearest_name(name, names, count);
    if (nearest)
        return luaL_error(state, "there is no module '%s'; did you mean '%s'?", name, nearest);
    return luaL_error(
        state,
        "there is no module '%s'; a script can require \"wijzer\", and files beside it by a name that "
        "is written out, as in require \"helpers\" for helpers.lua",
        name);
}

static struct program_module *find_module(struct program *program, const char *name)
{
    for (size_t i = 0; i < program->module_count; i++)
        if (strcmp(program->modules[i].name, name) == 0)
            return &program->modules[i];
    return NULL;
}

/* Runs the file, and leaves what it returned on the stack. */
static void run_module(lua_State *state, struct program_module *module)
{
    if (parse_file(state, module->file, module->text, NULL) != LUA_OK)
        lua_error(state);
    struct program *program = program_of(state);
    program->unfinished++; /* an error ends the load, also where a pcall catches it */
    module->running = true;
    lua_call(state, 0, 1);
    module->running = false;
    program->unfinished--;
    if (lua_isnil(state, -1)) {
        lua_pop(state, 1);
        lua_pushboolean(state, 1);
    }
    lua_pushvalue(state, -1);
    module->value = luaL_ref(state, LUA_REGISTRYINDEX);
    module->has_run = true;
}

static int require_module(lua_State *state)
{
    struct program *program = program_of(state);
    const char *name = luaL_checkstring(state, 1);
    if (strcmp(name, "wijzer") == 0) {
        lua_pushvalue(state, lua_upvalueindex(1));
        return 1;
    }
    struct program_module *module = find_module(program, name);
    if (!module)
        return no_such_module(state, program, name);
    if (module->running)
        return luaL_error(state, "%s requires itself, by way of this file", module->file);
    if (module->has_run)
        lua_rawgeti(state, LUA_REGISTRYINDEX, module->value);
    else
        run_module(state, module);
    return 1;
}

void require_open(lua_State *state)
{
    lua_pushcclosure(state, require_module, 1);
    lua_setglobal(state, "require");
}
