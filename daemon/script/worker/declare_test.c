/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/declare.h"
#include "script/worker/fields.h"
#include "script/worker/program.h"

#include "base/mem.h"

enum { MOST_TESTS = 1000 };

static const char where[] = "w.test";

/* The second half of w.test "name" (function(t) ... end); the test's number is the upvalue. */
static int take_function(lua_State *state)
{
    struct program_test *test = &program_of(state)->tests[lua_tointeger(state, lua_upvalueindex(1))];
    declare_only_while_loading(state, where);
    if (lua_type(state, 1) != LUA_TFUNCTION)
        return luaL_error(state, "%s \"%s\" takes a function, as in %s \"%s\" (function(t) ... end)", where,
                          test->name, where, test->name);
    if (test->function != LUA_NOREF)
        return luaL_error(state, "%s \"%s\" has a function already", where, test->name);
    lua_settop(state, 1);
    test->function = luaL_ref(state, LUA_REGISTRYINDEX);
    return 0;
}

int declare_test(lua_State *state)
{
    struct program *program = program_of(state);
    declare_only_while_loading(state, where);
    if (!program_is_test(program))
        return luaL_error(state, "%s belongs in a file whose name ends in _test.lua, beside the script",
                          where);
    const char *name = fields_check_text(state, 1, where, "name", LONGEST_TEXT);
    if (program->test_count >= MOST_TESTS)
        return luaL_error(state, "a file holds at most %d tests", MOST_TESTS);
    program->tests = mem_resize(program->tests, program->test_count + 1, sizeof *program->tests);
    program->tests[program->test_count] = (struct program_test){
        .name = mem_copy_text(name), .line = declaring_line(state), .function = LUA_NOREF};
    lua_pushinteger(state, (lua_Integer)program->test_count++);
    lua_pushcclosure(state, take_function, 1);
    return 1;
}
