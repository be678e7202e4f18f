/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a check finds in a script, and where, with the real worker. */
#include "folder.h"
#include "script/check.h"

#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const char instrument[] = "require 'wijzer'.instrument { id = 'm', levels = { 'school', 'team' },\n"
                                 "  groups = { school = 's', team = 't' },\n"
                                 "  items = { ai_1 = { range = { 1, 5 } }, ai_2 = { range = { 1, 5 } } } }\n";

/* An indicator whose compute stands alone on line 4. */
#define W "local w = require 'wijzer'\n"
#define COMPUTE(compute)                                                                                     \
    W "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' },\n"                                    \
      "inputs = { one = w.item 'ai_1', two = w.item 'ai_2' },\n" compute " }\n"
#define BODY(body) COMPUTE("compute = function(g) " body " end")
#define BOTH "return g.one.mean + g.two.mean"

struct desk {
    char folder[FOLDER_LENGTH];
};

static int open_desk(void **state)
{
    struct desk *desk = mem_alloc(sizeof *desk);
    *state = desk;
    if (!folder_make(desk->folder))
        return -1;
    folder_save(desk->folder, "m.lua", instrument);
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    const int result = folder_remove(desk->folder);
    free(desk);
    return result;
}

static void describe(const struct findings *findings, struct buf *text)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *one = &findings->list[i];
        buf_append_format(text, "%d:%d-%d %s%s\n", one->place.line, one->place.column, one->place.end_column,
                          one->code, one->severity == SEVERITY_WARNING ? "?" : "");
    }
    buf_put_u8(text, 0);
}

static struct findings check(const struct desk *desk, const char *file)
{
    char *path = mem_format("%s/%s", desk->folder, file);
    struct script_check *checks;
    size_t count;
    struct error error;
    if (script_check_paths(&path, 1, BIN_DIR "/wijzer-worker", &checks, &count, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(count, 1);
    const struct findings findings = checks[0].findings;
    checks[0].findings = (struct findings){0};
    script_checks_free(checks, count);
    free(path);
    return findings;
}

/* One finding a line, as in "4:7-9 unused-input?"; the '?' is a warning's. */
static void finds(void **state, const char *text, const char *expected)
{
    const struct desk *desk = *state;
    struct buf found = {0};
    folder_save(desk->folder, "x.lua", text);
    struct findings findings = check(desk, "x.lua");
    describe(&findings, &found);
    if (strcmp((const char *)found.data, expected) != 0)
        fail_msg("%s\nhas\n%snot\n%s(%s)", text, (const char *)found.data, expected,
                 findings.count ? findings.list[0].message : "nothing");
    buf_free(&found);
    findings_free(&findings);
}

static void says(void **state, const char *text, const char *message)
{
    const struct desk *desk = *state;
    folder_save(desk->folder, "x.lua", text);
    struct findings findings = check(desk, "x.lua");
    assert_true(findings.count > 0);
    assert_string_equal(findings.list[0].message, message);
    findings_free(&findings);
}

/* ---- what does not load -------------------------------------------------------------------------------- */

static void a_syntax_error_is_where_the_parser_stumbles(void **state)
{
    finds(state, "local x = = 1\n", "1:11-11 syntax\n");
    finds(state, "local t = { a = 1 b = 2 }\n", "1:19-19 syntax\n");
    finds(state, "local t = { 'a' 'b' }\n", "1:17-19 syntax\n");
    finds(state, "local s = 'caf\xc3\xa9' local local\n", "1:24-28 syntax\n"); /* characters, not bytes */
    finds(state, "local s = 'never\n", "1:11-16 syntax\n");
    finds(state, "if x then\n", "2:1-1 syntax\n");
    says(state, "local x = = 1\n", "unexpected symbol near '='");
}

/* The hint behind Lua's own words. */
static void hints(void **state, const char *text, const char *hint)
{
    const struct desk *desk = *state;
    folder_save(desk->folder, "x.lua", text);
    struct findings findings = check(desk, "x.lua");
    assert_int_equal(findings.count, 1);
    if (!strstr(findings.list[0].message, hint))
        fail_msg("%s\nsays '%s', without '%s'", text, findings.list[0].message, hint);
    findings_free(&findings);
}

static void what_other_languages_write_is_known(void **state)
{
    hints(state, "local x = 1\nif x != 2 then end\n", "near '!'; Lua writes 'is not equal to' as ~=");
    hints(state, "return 1 && 2\n", "as and");
    hints(state, "return 1 || 2\n", "as or");
    hints(state, "return !x\n", "as not");
    hints(state, "local x = 1\nx += 1\n", "write x = x + 1");
    hints(state, "local x = 1\nx++\n", "write x = x + 1");
    hints(state, "// what this is\nreturn 1\n", "a comment begins with --");
    hints(state, "local x = 1 // what this is\n", "if // is to begin a comment");
    hints(state, "# what this is\nreturn 1\n", "a comment begins with --");
    hints(state, "/* what this is */\n", "between --[[ and ]]");
    hints(state, "local x = 1\nif x = 1 then end\n", "compares with ==");
    hints(state, "return { a: 1 }\n", "key = value");
    hints(state, "return 1 > 2 ? 3 : 4\n", "a and b or c");
    hints(state, "if 1 < 2,5 then end\n", "with a point");
    hints(state, "return function(x)\n  if x then return 1\n  else if x == 2 then return 2 end\nend\n",
          "the 'else if' on line 3 begins a second 'if'");
    hints(state, "return \xe2\x80\x9cwaar\xe2\x80\x9d\n", "straight quotes");
    hints(state, "return 'waar\xe2\x80\x99\n", "straight quotes");
    hints(state, "local\xc2\xa0x = 1\n", "no plain blank");
    hints(state, "return 2 \xe2\x80\x93 1\n", "Lua's minus is -");
}

static void every_problem_of_every_declaration_is_found(void **state)
{
    finds(state,
          W "w.alert { id = 'a', on = 'i', tilte = 'x', summary = '{gruop}',\n"
            "  sevrity = 'info', raise = function(now) return now.value < 2 end }\n"
            "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' },\n"
            "  inputs = { one = w.scale { 'ai_1', min_anwered = 1 } },\n"
            "  compute = function(g) return g.one.mean end }\n"
            "w.indicator { id = 'j', source = w.survey 'm', by = { 'team' },\n"
            "  inputs = { one = w.scale {}, two = w.item 'ai_1' }, compute = function(g) return g.x end }\n"
            "w.no_vaule 'x'\n",
          "2:31-35 unknown-key\n2:44-50 declaration\n3:3-9 unknown-key\n5:38-48 unknown-key\n"
          "8:20-26 declaration\n9:1-10 error\n");
    says(state, W "w.alert {}\n", "w.alert needs the key 'id'");
    says(state, W "w:alert { id = 'a' }\n", "w.alert is called with a point, not with a colon");
}

static void an_error_in_a_required_file_is_where_it_is_required(void **state)
{
    folder_save(((const struct desk *)*state)->folder, "helpers.lua",
                "local nothing\nreturn { x = nothing.x }\n");
    finds(state, W "local h = require 'helpers'\nw.log(h)\n", "2:19-27 error\n");
    says(state, W "local h = require 'helpers'\nw.log(h)\n",
         "helpers.lua:2: attempt to index a nil value (local 'nothing')");
}

static void a_mark_of_the_encoding_before_the_text_is_no_part_of_it(void **state)
{
    finds(state, "\xef\xbb\xbflocal x = 1 return x\n", "");
    finds(state, "\xef\xbb\xbfreturn maht\n", "1:8-11 undefined-variable?\n");
    finds(state, "\xef\xbb\xbfreturn = 1\n", "1:8-8 syntax\n");
    finds(state, "\xef\xbb\xbf", "");
    folder_save(((const struct desk *)*state)->folder, "helpers.lua", "\xef\xbb\xbfreturn { one = 1 }\n");
    finds(state, "return require('helpers').one\n", "");
}

static void a_long_name_is_no_part_of_what_is_wrong(void **state)
{
    static const char name[] = "a-name-that-is-so-long-that-lua-leaves-its-beginning-out-of-what-it-says.lua";
    static const char *const texts[] = {"\nlocal x = nil + 1 return x\n", "\nlocal x = = 1\n",
                                        "\nerror 'no'\n"};
    static const char *const messages[] = {"attempt to perform arithmetic on a nil value",
                                           "unexpected symbol near '='", "no"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        folder_save(((const struct desk *)*state)->folder, name, texts[i]);
        struct findings findings = check(*state, name);
        assert_int_equal(findings.count, 1);
        assert_int_equal(findings.list[0].place.line, 2);
        assert_string_equal(findings.list[0].message, messages[i]);
        findings_free(&findings);
    }
}

/* ---- what is not there --------------------------------------------------------------------------------- */

static void items_levels_and_ids_are_found_in_the_text(void **state)
{
    finds(state,
          W "w.indicator { id = 'i', source = w.survey 'm',\n"
            "  by = { 'team',\n   'scool' },\n"
            "  inputs = { ai_9 = w.item 'ai_1', one = w.scale { 'ai_1',\n 'ai_9' } },\n"
            "  compute = function(g) return g.one.mean + g.ai_9.mean end }\n"
            "w.alert { id = 'a', on = 'i', level = 'school', summary = 'x',\n"
            "  raise = function(now) return now.value < 2 end }\n",
          "4:4-10 unknown-level\n6:2-7 unknown-item\n8:39-46 unknown-level\n");
    /* Made elsewhere, but the only text of its kind; and put together while the script runs. */
    finds(state,
          W "local items = { 'ai_1', 'ai_8' }\n"
            "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' },\n"
            "  inputs = { one = w.scale(items) }, compute = function(g) return g.one.mean end }\n",
          "2:25-30 unknown-item\n");
    finds(state,
          W "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' },\n"
            "  inputs = { one = w.item('ai_' .. 7) }, compute = function(g) return g.one.mean end }\n",
          "2:1-63 unknown-item\n");
    folder_save(((const struct desk *)*state)->folder, "a.lua", BODY(BOTH));
    finds(state, BODY(BOTH), "2:20-22 duplicate-id\n");
}

static void what_nobody_declares_is_a_warning_unless_it_may_stand_in_a_file_that_failed(void **state)
{
    static const char text[] =
        W "w.indicator { id = 'i', source = w.survey 'mm', by = { 'team' },\n"
          "  inputs = { one = w.item 'ai_1' }, compute = function(g) return g.one.mean end }\n"
          "w.alert { id = 'a', on = 'j', summary = 'x', raise = function(now) return now.value < 2 end }\n";
    finds(state, text, "2:43-46 unknown-instrument?\n4:26-28 unknown-indicator?\n");
    says(state, text,
         "indicator 'i' is of instrument 'mm', which no script here declares, so it is not computed; did you "
         "mean 'm'?");
    folder_save(((const struct desk *)*state)->folder, "a.lua", "oops(");
    finds(state, text, "");
}

static void members_of_g_of_rows_and_of_results_are_known(void **state)
{
    finds(state, BODY("return g.one.mean + g.tow.mean"), "3:33-35 unused-input?\n4:45-47 unknown-input\n");
    finds(state, BODY("return g.one.maen + g.two.mean"), "4:36-39 unknown-member\n");
    finds(state, BODY("return g['one'].mean + g[\"two\"].quantlie(0.5)"), "4:55-62 unknown-member\n");
    finds(state, BODY("return g.group and g.previous and g.one.n + g.two.n"), "");
    finds(state,
          W "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' },\n"
            "  inputs = { one = w.derive(function(r) return r.ai_1 and r.ai_3 and r['ai_4'] end) },\n"
            "  compute = function(g) return g.one.mean end }\n",
          "3:61-64 unknown-item\n3:72-77 unknown-item\n");
    finds(state,
          BODY(BOTH) "w.alert { id = 'a', on = 'i', summary = 'x',\n"
                     "  raise = function(now, before) return before and now.valeu < before.n end,\n"
                     "  clear = function(now, before) return now.value > before.men end }\n",
          "6:55-59 unknown-member\n7:59-61 unknown-member\n");
    finds(state,
          W "w.indicator { id = 'e', source = w.events(), by = { 'course' }, period = 'day',\n"
            "  inputs = { n = w.count(), m = w.sum 'duration' },\n"
            "  compute = function(g) return g.n.value + g.n.mean + g.m.mean end }\n",
          "4:48-51 unknown-member\n");
    says(state,
         W "w.indicator { id = 'e', source = w.events(), by = { 'course' }, period = 'day',\n"
           "  inputs = { m = w.sum 'duration' }, compute = function(g) return g.m.median end }\n",
         "input 'm', made by w.sum, has no 'median', which only inputs of surveys have; it has n, value, "
         "rate, mean, min "
         "and max");
    says(state,
         W "w.indicator { id = 'e', source = w.events(), by = { 'course' }, period = 'day',\n"
           "  inputs = { m = w.count() }, compute = function(g) return g.m.mean end }\n",
         "input 'm', made by w.count, has no 'mean'; it has n, value and rate");
    says(state, BODY("return g.one.mean + g.two.maen"),
         "input 'two', made by w.item, has no 'maen'; did you mean 'mean'?");
}

static void parameters_that_are_not_there_are_nil(void **state)
{
#define PARAMS(body)                                                                                         \
    W "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' },\n"                                    \
      "params = { floor = { type = 'number', default = 1 } },\n"                                             \
      "inputs = { one = w.item 'ai_1' }, compute = function(g) return g.one.n > " body " end }\n"
    finds(state, PARAMS("g.params.floor"), "");
    finds(state, PARAMS("g.params.flor"), "3:12-16 unused-param?\n4:83-86 unknown-param?\n");
    finds(state, PARAMS("3"), "3:12-16 unused-param?\n");
    finds(state, PARAMS("#g.params"), "3:12-16 unused-param?\n");
    finds(state, PARAMS("w.log(g.params['fl' .. 'oor'])"), "");
}

/* ---- what nobody uses ---------------------------------------------------------------------------------- */

static void inputs_that_are_never_used_are_found(void **state)
{
    finds(state, BODY("return g.one.mean"), "3:33-35 unused-input?\n");
    finds(state, BODY("return g.one.mean -- and g.two.mean\n"), "3:33-35 unused-input?\n");
    finds(state, BODY("return { value = g.one.mean, extra = { two = 2 } }"), "3:33-35 unused-input?\n");
    finds(state, COMPUTE("compute = function() return 1 end"),
          "3:12-14 unused-input?\n3:33-35 unused-input?\n");
    finds(state,
          W "local function mean(g) return g.one.mean end\n"
            "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' }, compute = mean,\n"
            "inputs = { one = w.item 'ai_1', two = w.item 'ai_2' } }\n",
          "4:33-35 unused-input?\n");
    says(state, BODY("return g.one.mean"),
         "input 'two' of indicator 'i' is never used; use it as g.two in compute, or take it out");
}

static void odd_code_raises_no_false_alarm(void **state)
{
    static const char *const good[] = {
        BODY("return g.one.mean + g['two'].mean"),
        BODY("return g.one.mean + g['\\x74wo'].mean"),
        BODY("return g.one.mean + g[ [[two]] ].mean"),
        BODY("local name = 'tw' .. 'o' return g.one.mean + g[name].mean"),
        BODY("local sum = 0 for _, x in pairs(g) do sum = sum + 1 end return sum"),
        BODY("local h = g return h.one.mean + h.two.mean"),
        BODY("local function f(g) return g.whatever end return f({ whatever = g.one.n + g.two.n })"),
        BODY("g.kept = g.one.n + g.two.n return g.kept"),
        BODY("for _, peer in ipairs(g.peers) do w.log(peer.two.n) end return g.one.n"),
        BODY("return g:children('team')[1].two.n + g.one.n"),
        COMPUTE("compute = function(...) local g = ... return g.one.n + g.two.n end"),
        COMPUTE("compute = function(...) local k = 'tw' return (...)[k .. 'o'].n end"),
        COMPUTE("['compute'] = function(g) return g.one.n + g.two.n end"),
        W "local fields = { one = w.item 'ai_1' }\n"
          "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' }, inputs = fields,\n"
          "  compute = function(g) return g.one.n end }\n",
        W "for _, name in ipairs { 'ai_1', 'ai_2' } do\n"
          "  w.indicator { id = name, source = w.survey 'm', by = { 'team' },\n"
          "    inputs = { [name] = w.item(name) }, compute = function(g) return g.ai_1 or g.ai_2 end } end\n",
        W "local function make(id, inputs)\n"
          "  w.indicator { id = id, source = w.survey 'm', by = { 'team' }, inputs = inputs,\n"
          "    compute = function(g) return g.a.n end }\nend\n"
          "make('i', { a = w.item 'ai_1' }) make('j', { a = w.item 'ai_2', b = w.item 'ai_1' })\n",
        "local w <const> = require 'wijzer' goto done do local _unused = 1 end ::done:: w.log(1)\n",
        "function math.round(x) return x // 1 end return math.round(1)\n",
        "local table = { rows = 1 } return table.rows\n",
        "local t = { undefined = 1 } function t.x() return t.whatever:method() end\n"
        "a, b = 1, 2 for i = a, b do t[i] = i end return t\n",
        "setmetatable(_G, { __index = function() return 1 end }) return whatever\n",
        "return print(_VERSION, utf8.char(1), string.rep('x', 2), math.pi, table.concat {}, select('#'))\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        finds(state, good[i], "");
    folder_save(((const struct desk *)*state)->folder, "means.lua",
                "return { two = function(g) return g.two.mean end }\n");
    finds(state,
          W "local means = require 'means'\n"
            "w.indicator { id = 'i', source = w.survey 'm', by = { 'team' }, compute = means.two,\n"
            "inputs = { two = w.item 'ai_2' } }\n",
          "");
    folder_save(((const struct desk *)*state)->folder, "globals.lua", "shared = 1 function helper() end\n");
    finds(state, "require 'globals' return shared, helper()\n", "");
}

static void names_that_nothing_stands_behind_are_found(void **state)
{
    finds(state, "return maht and x.y\n", "1:8-11 undefined-variable?\n1:17-17 undefined-variable?\n");
    finds(state, "local function f() return os.time() end return f\n", "1:27-28 undefined-variable?\n");
    finds(state, "local answer = 1 return function() return anwser, answer end\n",
          "1:43-48 undefined-variable?\n");
    says(state, "local answer = 1 return function() return anwser, answer end\n",
         "nothing defines 'anwser', so it is nil; did you mean 'answer'?");
    finds(state, "local a, b <const>, c = 1, 2, 3 return a\n", "1:21-21 unused-local?\n");
    finds(state, "local function f() end local t = { f = 1 } return t.f\n", "1:16-16 unused-local?\n");
    says(state, "return null\n", "nothing defines 'null', so it is nil; did you mean 'nil'?");
    finds(state, "return math.random, math.abs(1), string.dump, math['rond'], table.Sort\n",
          "1:13-18 undefined-variable?\n1:41-44 undefined-variable?\n1:52-57 undefined-variable?\n1:67-70 "
          "undefined-variable?\n");
    says(state, "return function() return math.random() end\n",
         "math.random is not there for scripts: an indicator is a function of its inputs, without chance");
    says(state, "return table.Sort\n", "table.Sort is not there for scripts; did you mean 'table.sort'?");
    finds(state, "return { wave = jaar, levels = 1 }, { id = readiness, ['title'] = 2 }\n",
          "1:17-20 undefined-variable?\n1:44-52 undefined-variable?\n");
}

/* ---- decimal commas ------------------------------------------------------------------------------------ */

static void a_decimal_comma_is_found_where_two_values_make_no_sense(void **state)
{
    finds(state, "return function(now, before) return now.value < before.value - 2,5 end\n",
          "1:64-66 decimal-comma?\n");
    finds(state, COMPUTE("compute = function(g) if g.one.mean > g.two.mean then return 2,5 end return 0 end"),
          "4:62-64 decimal-comma?\n");
    finds(state, "return { value = 2,5 }, { min = 1,5, max = 4 * 2,5, name = 'x' }\n",
          "1:18-20 decimal-comma?\n1:33-35 decimal-comma?\n1:48-50 decimal-comma?\n");
    finds(state, "local t = {a={}} t.a[1] = 2,5 local x <const> = 10,25 return x, t\n",
          "1:27-29 decimal-comma?\n1:49-53 decimal-comma?\n");
    finds(state, "floor = 2,5 return function(g) return g.x.quantile(0,5) end, floor\n",
          "1:9-11 decimal-comma?\n1:52-54 decimal-comma?\n");
    says(state, "return { value = 2,5 }\n",
         "2,5 is two values, of which the second is lost; Lua writes the number 2.5 with a point");
}

static void two_values_that_may_be_meant_are_no_decimal_comma(void **state)
{
    static const char *const good[] = {
        "return { 1,5 }, { range = { 1,5 }, ci95 = { 2,5 } }, { [1] = { 0,1 }, missing = { 99,98 } }\n",
        "return { n = 2,5,7 }, { n = 2,5, 7 }, { 3, n = 2,5 }\n",
        "local function f(...) return ... end return f(2,5), math.max(1,5), f(f(1) < 2,5)\n",
        "local a, b = 1,5 a, b = 2,5 local t = {} t.a, t.b = 1,5 for i = 1,5 do t[i] = a + b end return t\n",
        "return function() return 1,5 end, function(x) return x + 1,5 end, function(x) return x and 2,5 "
        "end\n",
        "local a = { value = 2, 5 } return 1 < 2, 5, a\n",
        "local x = 1.5,2 local y = 0x1,2 return x < 2.5,3, y\n",
        "local function f() return { a = {} } end f(1).a, f(2).b = 1,5 f('x').a, f 'y'.b, f {}.c = 1,5 "
        "return f\n",
        "return { compute = function() return 2,5 end }\n",
        "local s = '2,5' return s -- 2,5\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        finds(state, good[i], "");
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static void answers_that_contradict_each_other_are_found(void **state)
{
#define ANSWERS(missing, labels)                                                                             \
    W "w.instrument { id = 'n', groups = { team = 't' }, items = { a = { range = { 1, 5 } } },\n" missing    \
      "\n" labels " }\n"
    finds(state, ANSWERS("missing = { 99, 5, 'n.v.t.' },", "labels = { ['eens'] = 5, ['nooit'] = 99 }"),
          "3:17-17 missing-in-range?\n");
    finds(state, ANSWERS("missing = { 'n.v.t.' },", "labels = { ['n.v.t.'] = 1, oneens = 0 }"),
          "4:13-20 label-missing?\n4:28-33 label-out-of-range?\n");
    finds(state, ANSWERS("missing = { 'Gee\xc3\x8bn  idee' },", "labels = { ['geee\xcc\x88n idee'] = 1 }"),
          "4:13-25 label-missing?\n");
    says(state, ANSWERS("missing = { 5 },", ""),
         "the missing answer 5 lies in the range 1-5 of item 'a': whoever gives it counts as not having "
         "answered");
    finds(state,
          W "w.instrument { id = 'n', groups = { team = 't' }, missing = { 99 }, items = {\n"
            "['Q[A]'] = { range = { 1, 5 }, labels = { A1 = 1, A6 = 6, none = 99 } },\n"
            "b = { labels = { A6 = 6 } } } }\n",
          "3:51-52 label-out-of-range?\n");
}

/* ---- whatever is handed in ----------------------------------------------------------------------------- */

/* A text of a mebibyte, made of a beginning, many of one piece, and an end. */
static char *long_text(const char *begin, const char *piece, const char *end)
{
    struct buf text = {0};
    buf_append_text(&text, begin);
    while (text.size + strlen(piece) + strlen(end) < 1 << 20)
        buf_append_text(&text, piece);
    buf_append_text(&text, end);
    buf_put_u8(&text, 0);
    return (char *)text.data;
}

static void no_text_takes_long_or_does_harm(void **state)
{
    static const char *const texts[][3] = {
        {"", "\x80\xff$?", ""},
        {"", "(", ""},
        {"", "{[(function(", ""},
        {"", "x.indicator{id=", ""},
        {"", ")", ""},
        {"x = '", "\\z ", ""},
        {"x = '", "\\u{", ""},
        {"x = ", "[==[", ""},
        {"--[=[", "]=", ""},
        {"", "\n", "="},
        {"", "a=a ", ""},
        {"local x = {", "x,", "}"},
        {"local x = {", "x=1,", "}"},
        {"", "local x ", ""},
        {"", "x.y=print ", ""},
        {"local _ = ", "''..", "''"},
        {"local x = {", "x.indicator{id=1},", "}"},
        {"local x = {", "a=1,2,", "3}"},
        {"return 1", ",2,1 ", ""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *text = long_text(texts[i][0], texts[i][1], texts[i][2]);
        const time_t begin = time(NULL);
        folder_save(((const struct desk *)*state)->folder, "x.lua", text);
        struct findings findings = check(*state, "x.lua");
        if (time(NULL) - begin > 10)
            fail_msg("'%s' takes %d seconds", texts[i][1], (int)(time(NULL) - begin));
        findings_free(&findings);
        free(text);
    }
}

static void a_hostile_script_is_checked_all_the_same(void **state)
{
    finds(state, "local w = require 'wijzer' while true do pcall(w.alert, 1) end\n",
          "1:1-62 limit\n1:48-54 declaration\n");
    finds(state, W "w.alert { id = '\\27[2J' }\n", "2:11-12 declaration\n");
    struct findings many = {0};
    char *text = long_text(W "local g = 1 ", "w.alert { }\n", "");
    folder_save(((const struct desk *)*state)->folder, "x.lua", text);
    many = check(*state, "x.lua");
    assert_true(many.count >= 100 && many.count <= MOST_FINDINGS && many.errors);
    findings_free(&many);
    free(text);
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DESK(a_syntax_error_is_where_the_parser_stumbles),
        AT_A_DESK(what_other_languages_write_is_known),
        AT_A_DESK(every_problem_of_every_declaration_is_found),
        AT_A_DESK(an_error_in_a_required_file_is_where_it_is_required),
        AT_A_DESK(a_mark_of_the_encoding_before_the_text_is_no_part_of_it),
        AT_A_DESK(a_long_name_is_no_part_of_what_is_wrong),
        AT_A_DESK(items_levels_and_ids_are_found_in_the_text),
        AT_A_DESK(what_nobody_declares_is_a_warning_unless_it_may_stand_in_a_file_that_failed),
        AT_A_DESK(members_of_g_of_rows_and_of_results_are_known),
        AT_A_DESK(parameters_that_are_not_there_are_nil),
        AT_A_DESK(inputs_that_are_never_used_are_found),
        AT_A_DESK(odd_code_raises_no_false_alarm),
        AT_A_DESK(names_that_nothing_stands_behind_are_found),
        AT_A_DESK(a_decimal_comma_is_found_where_two_values_make_no_sense),
        AT_A_DESK(two_values_that_may_be_meant_are_no_decimal_comma),
        AT_A_DESK(answers_that_contradict_each_other_are_found),
        AT_A_DESK(no_text_takes_long_or_does_harm),
        AT_A_DESK(a_hostile_script_is_checked_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
