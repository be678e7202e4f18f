/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/module.h"
#include "script/worker/requests.h"
#include "script/worker/testing.h"

/* Each asks and counts for the test that runs, also where an earlier test's `t` was kept. */
static const luaL_Reg functions[] = {
    {"check", testing_check},   {"equal", testing_equal},     {"near", testing_near},
    {"fails", testing_fails},   {"import", testing_import},   {"value", testing_value},
    {"values", testing_values}, {"alert", testing_alert},     {"alerts", testing_alerts},
    {"clock", testing_clock},   {"advance", testing_advance}, {NULL, NULL},
};

/* Runs below program_call: (test). */
static int run_test(lua_State *state)
{
    const struct program_test *test = lua_touserdata(state, 1);
    lua_rawgeti(state, LUA_REGISTRYINDEX, test->function);
    module_push_table(state, "t", functions);
    lua_call(state, 1, 0);
    return 0;
}

bool request_test(struct program *program, struct reader *request, struct inbox *inbox, struct buf *answer,
                  struct buf *error)
{
    const uint64_t index = read_varint(request);
    if (request->failed || index >= program->test_count) {
        buf_append_format(error, "%s: there is no test of that number", program->file);
        return false;
    }
    struct testing testing = {.inbox = inbox};
    program->testing = &testing;
    lua_pushcfunction(program->state, run_test);
    lua_pushlightuserdata(program->state, &program->tests[index]);
    const bool good = program_call(program, 1, 0, error);
    program->testing = NULL;
    cJSON_Delete(testing.question);
    cJSON_Delete(testing.answer);
    if (!good && program->stopped)
        return false;
    buf_put_u8(error, 0);
    buf_put_text(answer, good ? "" : (const char *)error->data);
    buf_put_varint(answer, testing.checks);
    return true;
}
