/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script cannot let out of its functions that see the rows of single people, in the real worker. */
#include "desk.h"

#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTH = 2000 };

#define NOT_SHOWN "an error whose text is not shown, since the function sees somebody's answers"

struct caller {
    struct desk at;
    bool done;
    char error[LENGTH], reason[LENGTH], extra[LENGTH]; /* of the last answer */
    uint64_t memory, peak;                             /* of the script that was asked for last */
};

static int open_desk(void **state)
{
    struct caller *desk = mem_alloc(sizeof *desk);
    *state = desk;
    return desk_open(&desk->at) ? 0 : -1;
}

static int close_desk(void **state)
{
    struct caller *desk = *state;
    const int result = desk_close(&desk->at);
    free(desk);
    return result;
}

/* A file d.lua: the function of w.derive stands on its line 2, compute on its line 4. */
#define SCRIPT(derive, compute)                                                                              \
    "local w = require 'wijzer'\n"                                                                           \
    "local derive = function(r) " derive " end\n"                                                            \
    "w.indicator { id = 'd', source = w.survey 'm', by = { 'team' }, inputs = { d = w.derive(derive) },\n"   \
    "compute = function(g) " compute " end }\n"

static void start(struct caller *desk, const char *script)
{
    const struct scripts_options options = {.quiet = true};
    desk_save(&desk->at, "d.lua", script);
    desk_start(&desk->at, &options);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

static void on_derived(void *data, const double *numbers, const struct error *error)
{
    struct caller *desk = data;
    (void)numbers;
    desk->done = true;
    snprintf(desk->error, LENGTH, "%s", error ? error->text : "");
}

static void on_computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct caller *desk = data;
    desk->done = true;
    snprintf(desk->error, LENGTH, "%s", error ? error->text : "");
    snprintf(desk->reason, LENGTH, "%s", results && results[0].reason ? results[0].reason : "");
    snprintf(desk->extra, LENGTH, "%s", results && results[0].extra ? results[0].extra : "");
}

/* The answers to `a` are 7341 to 7343. */
static void derive_rows(struct caller *desk, size_t count)
{
    static const char *const columns[] = {"a", "b"};
    static const double values[] = {7341, 1, 7342, 2, 7343, 3};
    const struct derive_call call = {"d", "d", columns, 2, values, count, 0, NULL, 0};
    desk->done = false;
    scripts_derive(desk->at.scripts, &call, on_derived, desk);
    desk_run_until(&desk->at, &desk->done);
}

static void derive(struct caller *desk)
{
    derive_rows(desk, 3);
}

static void compute(struct caller *desk)
{
    static const double answers[] = {0, 1, 2, 3, 4, 5};
    desk->done = false;
    desk_compute(&desk->at, "d", 5, answers, sizeof answers / sizeof *answers, on_computed, desk);
    desk_run_until(&desk->at, &desk->done);
}

static void look(void *data, const struct script_info *info)
{
    struct caller *desk = data;
    snprintf(desk->error, LENGTH, "%s", info->error ? info->error : "");
    desk->memory = info->memory_bytes;
    desk->peak = info->memory_peak_bytes;
}

static void assert_says(const char *text, const char *expected)
{
    if (!strstr(text, expected))
        fail_msg("\"%s\" lacks \"%s\"", text, expected);
}

/* ---- what functions keep ------------------------------------------------------------------------------- */

#define KEEP "seen = (seen or '') .. r.a kept[#kept + 1] = r.a w2.kept = r.a return r.a"
#define KEPT "(seen or 'nothing') .. #kept .. tostring(rawget(w2, 'kept'))"

static void what_a_row_function_keeps_is_not_there_for_compute(void **state)
{
    struct caller *desk = *state;
    start(desk, "local kept, w2 = {}, {} " SCRIPT(KEEP, "return { value = 1, extra = { seen = " KEPT " } }"));
    derive(desk);
    assert_string_equal(desk->error, "");
    compute(desk);
    assert_string_equal(desk->extra, "{\"seen\":\"nothing0nil\"}");
}

static void nor_for_its_reasons_and_errors(void **state)
{
    struct caller *desk = *state;
    start(desk, "local kept, w2 = {}, {} " SCRIPT(KEEP, "return w.no_value(" KEPT ")"));
    derive(desk);
    compute(desk);
    assert_string_equal(desk->reason, "nothing0nil");
    desk_stop(&desk->at);
    start(desk, "local kept, w2 = {}, {} " SCRIPT(KEEP, "error(" KEPT ")"));
    derive(desk);
    compute(desk);
    assert_says(desk->reason, "d.lua:4: nothing0nil");
}

/* Also not by way of a file that both require. */
static void a_module_is_loaded_for_each_state(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "shelf.lua", "return { seen = 'nothing' }");
    start(desk, "local shelf = require 'shelf' " SCRIPT("shelf.seen = shelf.seen .. r.a return r.a",
                                                        "return w.no_value(shelf.seen)"));
    derive(desk);
    assert_string_equal(desk->error, "");
    compute(desk);
    assert_string_equal(desk->reason, "nothing");
}

/* How much a script holds is shown to everybody. */
static void the_memory_of_a_row_function_does_not_show(void **state)
{
    struct caller *desk = *state;
    start(desk, SCRIPT("seen = ('x'):rep(r.a * 100 // 1 | 0) return r.a", "return 1"));
    scripts_each(desk->at.scripts, look, desk);
    const uint64_t memory = desk->memory, peak = desk->peak;
    assert_true(memory > 0 && peak >= memory);
    derive(desk);
    assert_string_equal(desk->error, "");
    scripts_each(desk->at.scripts, look, desk);
    assert_true(desk->memory == memory && desk->peak == peak);
}

static void a_row_function_has_the_limits_of_a_script(void **state)
{
    struct caller *desk = *state;
    start(desk, SCRIPT("seen = ('x'):rep(1 << 26) return 1", "return 1"));
    derive(desk);
    assert_says(desk->error, "d.lua:2: out of memory: the script holds more than 32 MiB");
    desk_stop(&desk->at);
    start(desk, SCRIPT("while true do pcall(error, r.a) end", "return 1"));
    derive_rows(desk, 1); /* several would be asked for again, one by one */
    scripts_each(desk->at.scripts, look, desk);
    assert_says(desk->error, "d.lua:2: took too long");
}

/* ---- errors -------------------------------------------------------------------------------------------- */

static void assert_derive_says(struct caller *desk, const char *function, const char *expected)
{
    char *script = mem_format(SCRIPT("%s", "return 1"), function);
    char *whole = mem_format("d.lua:2: %s\n", expected);
    start(desk, script);
    derive(desk);
    if (strncmp(desk->error, whole, strlen(whole)) != 0)
        fail_msg("%s: \"%s\" is not \"%s\"", function, desk->error, whole);
    assert_null(strstr(desk->error, "7341"));
    assert_says(desk->error, "\n  at d.lua:2"); /* the frames are there */
    desk_stop(&desk->at);
    free(whole);
    free(script);
}

static void what_a_script_says_in_an_error_is_not_shown(void **state)
{
    static const char *const functions[] = {
        "error('one said ' .. r.a)",
        "error('d.lua:2: attempt to call a nil value', 0)",
        "error({ r.a })",
        "error()",
        "assert(false, 'one said ' .. r.a)",
        "return ('%' .. r.a):format(1)", /* invalid conversion '%7341' to 'format' */
        "return string.char(table.unpack({ 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1 }))", /* #11 */
        "string['said' .. r.a] = string.rep table.sort({ {}, {} }, string.rep)",
        "return ('x'):rep(setmetatable({}, { __name = 'said' .. r.a }))",
        "return ('x'):rep(setmetatable({}, { __name = 'said expected, got nil' }))",
        "error('d.lua:2: bad argument #' .. 3 .. ' to \\'rep\\' (number expected, got nil)', 0)",
        "assert(nil, 'bad argument #1 to \\'assert\\' (value expected)')",
        "table.sort({ 2, 1 }, function() error('d.lua:2: unfinished capture', 0) end)",
        "local ok, e = coroutine.resume(coroutine.create(function() error('d.lua:2: number has no integer ' "
        ".. "
        "'representation', 0) end)) error(e, 0)",
        "coroutine.wrap(function() return setmetatable({}, { __name = 'said' .. r.a }) + 1 end)()",
        "coroutine.wrap(function() return ('%' .. r.a):format(1) end)()",
        "return require('said' .. r.a)",
        "return w['said' .. r.a]",
        "return r['x' .. r.a]",
        "return r[tostring(r.b)]",
        "w.log() pcall(function() return r.c end) error('one said ' .. r.a)",
        "coroutine.wrap(function() error('one said ' .. r.a) end)()",
        "local x <close> = setmetatable({}, { __close = function() error('said ' .. r.a) end })",
        "xpcall(error, function(e) said = e end, r.a) error(said)",
        /* Lua names the type of a table by what its metatable says. */
        "return setmetatable({}, { __name = 'one said ' .. r.a }) + 1",
        "return setmetatable({}, { __name = 'table value (local \\'said' .. r.a .. '\\')' }) + 1",
        "local t = setmetatable({}, { __name = 'table value (local \\'said' .. r.a }) return t + 1",
        "return {} < setmetatable({}, { __name = 'said' .. r.a })",
        "return setmetatable({}, { __name = 'said' .. r.a }) < {}",
        "local m = { __name = 'said' .. r.a } return setmetatable({}, m) < setmetatable({}, m)",
        "for i = setmetatable({}, { __name = 'said' .. r.a }), 2 do end",
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        assert_derive_says(*state, functions[i], NOT_SHOWN);
}

static void what_lua_and_we_say_is_shown(void **state)
{
    static const char *const cases[][2] = {
        {"return r.a + nil", "attempt to perform arithmetic on a nil value"},
        {"local x return r.a + x", "attempt to perform arithmetic on a nil value (local 'x')"},
        {"return r.a.b", "attempt to index a number value (field 'a')"},
        {"return #r.a", "attempt to get length of a number value (field 'a')"},
        {"return r.a .. {}", "attempt to concatenate a table value"},
        {"missing(r.a) return 1", "attempt to call a nil value (global 'missing')"},
        {"local n = ('x'):bad() return n", "attempt to call a nil value (method 'bad')"},
        {"return r.a < {}", "attempt to compare number with table"},
        {"return {} < {}", "attempt to compare two table values"},
        {"for i = {}, r.a do end", "bad 'for' initial value (number expected, got table)"},
        {"return r.a | 0.5", "number has no integer representation"},
        {"return r.aa", "the instrument has no item 'aa'; did you mean 'a'?"},
        {"return r['zz']", "the instrument has no item 'zz'"},
        {"return r[2]", "the instrument has no item 'number'"},
        {"r.a = 1 r.c = 2 return 1", "a row cannot be changed"},
        /* of its library */
        {"return ('%d'):format('one said ' .. r.a)",
         "bad argument #1 to 'format' (number expected, got string)"},
        {"return math.floor(r.a, nil) + math.floor(nil)",
         "bad argument #1 to 'floor' (number expected, got nil)"},
        {"return string.format('%d', 0.5)",
         "bad argument #2 to 'format' (number has no integer representation)"},
        {"for k in ipairs() do end", "bad argument #1 to 'ipairs' (value expected)"},
        {"for k in pairs(nil) do end", "bad argument #1 to 'for iterator' (table expected, got nil)"},
        {"return tonumber(tostring(r.a), 99)", "bad argument #2 to 'tonumber' (base out of range)"},
        {"return 'one said' + r.a", "attempt to add a 'string' with a 'number'"},
        {"return ('x'):match('(')", "unfinished capture"},
        {"for x in ('x'):gmatch('[') do end", "malformed pattern (missing ']')"},
        {"local t = { r.a, 'x' } table.sort(t)", "attempt to compare string with number"},
        {"return ('x'):rep(1 << 40)", "resulting string too large"},
        /* through a coroutine */
        {"coroutine.wrap(function() return r.a + nil end)()", "attempt to perform arithmetic on a nil value"},
        {"local c = coroutine.create(function() local x return x.y end) local ok, e = coroutine.resume(c) "
         "error(e, 0)",
         "attempt to index a nil value (local 'x')"},
        {"coroutine.wrap(function() coroutine.wrap(function() return math.floor('x' .. r.a) end)() end)()",
         "bad argument #1 to 'floor' (number expected, got string)"},
        {"coroutine.wrap(function() return r.aa end)()",
         "the instrument has no item 'aa'; did you mean 'a'?"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_derive_says(*state, cases[i][0], cases[i][1]);
}

static void which_row_gave_a_wrong_number_is_not_said(void **state)
{
    struct caller *desk = *state;
    start(desk, SCRIPT("return r.a == 7342 and 1/0 or 1", "return 1"));
    derive(desk);
    assert_string_equal(desk->error,
                        "d.lua:2: a function of w.derive returned an infinite number; return nil instead");
    desk_stop(&desk->at);
    start(desk, SCRIPT("return 'said ' .. r.a", "return 1"));
    derive(desk);
    assert_string_equal(desk->error, "d.lua:2: a function of w.derive returns a number or nil, not a string");
}

/* ---- two loads ----------------------------------------------------------------------------------------- */

static void a_script_that_declares_something_else_each_time(void **state)
{
    struct caller *desk = *state;
    start(desk, "local w = require 'wijzer'\n"
                "here = {}\n"
                "w.indicator { id = 'd' .. tostring(here):match '%x+$', source = w.survey 'm', by = { 'team' "
                "}, inputs = { d = w.derive(function(r) return r.a end) }, compute = function() end }");
    scripts_each(desk->at.scripts, look, desk);
    assert_says(desk->error, "d.lua: the file is loaded twice, the second time for its functions that see "
                             "somebody's answers, and then declares another indicator 'd");
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DESK(what_a_row_function_keeps_is_not_there_for_compute),
        AT_A_DESK(nor_for_its_reasons_and_errors),
        AT_A_DESK(a_module_is_loaded_for_each_state),
        AT_A_DESK(the_memory_of_a_row_function_does_not_show),
        AT_A_DESK(a_row_function_has_the_limits_of_a_script),
        AT_A_DESK(what_a_script_says_in_an_error_is_not_shown),
        AT_A_DESK(what_lua_and_we_say_is_shown),
        AT_A_DESK(which_row_gave_a_wrong_number_is_not_said),
        AT_A_DESK(a_script_that_declares_something_else_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
