/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scripts room with its real worker, as the engine uses it. */
#include "desk.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct caller {
    struct desk at;
    bool done;
    struct error error; /* of the last answer; kind ERROR_NONE: it was good */
    double numbers[16];
    struct compute_result result;
    char reason[5000], extra[500];
    int64_t fewest; /* people, for compute to see them */
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

static void start(struct caller *desk)
{
    const struct scripts_options options = {.params_json = "{\"with_params\":{\"floor\":3.5}}"};
    desk_start(&desk->at, &options);
}

/* ---- what is known of a script ------------------------------------------------------------------------- */

struct wanted {
    const char *file;
    struct script_info info;
    char error[5000];
    bool found;
};

static void look(void *data, const struct script_info *info)
{
    struct wanted *wanted = data;
    if (strcmp(info->file, wanted->file) != 0)
        return;
    wanted->found = true;
    wanted->info = *info;
    snprintf(wanted->error, sizeof wanted->error, "%s", info->error ? info->error : "");
}

static struct wanted info_of(struct caller *desk, const char *file)
{
    struct wanted wanted = {.file = file};
    scripts_each(desk->at.scripts, look, &wanted);
    return wanted;
}

static void assert_error(struct caller *desk, const char *file, const char *expected)
{
    const struct wanted wanted = info_of(desk, file);
    if (!strstr(wanted.error, expected))
        fail_msg("the error of %s is \"%s\", without \"%s\"", file, wanted.error, expected);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

static void on_derived(void *data, const double *numbers, const struct error *error)
{
    struct caller *desk = data;
    desk->done = true;
    desk->error = error ? *error : (struct error){0};
    if (numbers)
        memcpy(desk->numbers, numbers, 4 * sizeof *numbers);
}

static void on_computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct caller *desk = data;
    desk->done = true;
    desk->error = error ? *error : (struct error){0};
    if (!results)
        return;
    desk->result = results[0];
    snprintf(desk->reason, sizeof desk->reason, "%s", results[0].reason ? results[0].reason : "");
    snprintf(desk->extra, sizeof desk->extra, "%s", results[0].extra ? results[0].extra : "");
}

/* Computes for one group, whose only input has the given answers. */
static void compute(struct caller *desk, const char *indicator, const double *answers, size_t count)
{
    desk->done = false;
    desk_compute(&desk->at, indicator, desk->fewest, answers, count, on_computed, desk);
    desk_run_until(&desk->at, &desk->done);
}

static const double answers[] = {1, 2, 2, 4, 5, 5};

#define INDICATOR(id, body)                                                                                  \
    "local w = require 'wijzer'\n"                                                                           \
    "w.indicator { id = '" id "', source = w.survey 'm', by = { 'team' }, inputs = { x = w.item 'a' },\n"    \
    "compute = function(g)\n" body "\nend }\n"

#define INSTRUMENT                                                                                           \
    "require 'wijzer'.instrument { id = 'm', groups = { team = 'team' }, closes_after = 30,\n"               \
    "items = { a = { range = { 1, 5 } }, b = {} } }\n"

/* ---- tests --------------------------------------------------------------------------------------------- */

static void a_script_is_loaded_and_its_numbers_are_those_of_r(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "m.lua", INSTRUMENT);
    desk_save(&desk->at, "good.lua",
              INDICATOR("good", "return { value = g.x.mean, ci95 = g.x.ci95, extra = { sd = g.x.sd, med = "
                                "g.x.median, q = g.x:quantile(0.25), s = g.x.share(4, 5), n = g.x.n, "
                                "who = g.group .. ' ' .. g.level .. ' ' .. g.period } }"));
    start(desk);
    assert_int_equal(info_of(desk, "good.lua").info.state, SCRIPT_ACTIVE);
    assert_true(scripts_all_active(desk->at.scripts));
    const struct instrument_declaration *instrument = scripts_instrument(desk->at.scripts, "m");
    assert_non_null(instrument);
    assert_int_equal(instrument->item_count, 2);
    assert_int_equal(instrument->closes_after_days, 30);
    compute(desk, "good", answers, 6);
    assert_int_equal(desk->result.kind, COMPUTE_NUMBER);
    /* R: x <- c(1,2,2,4,5,5); mean(x); t.test(x)$conf.int; sd(x); quantile(x, .25) */
    assert_true(fabs(desk->result.value - 3.166666666666667) < 1e-12);
    assert_true(fabs(desk->result.ci[0] - 1.35911722572675) < 1e-9);
    assert_true(fabs(desk->result.ci[1] - 4.97421610760659) < 1e-9);
    assert_non_null(strstr(desk->extra, "\"sd\":1.7224014243685")); /* sqrt(89/30) */
    assert_non_null(strstr(desk->extra, "\"med\":3"));
    assert_non_null(strstr(desk->extra, "\"q\":2"));
    assert_non_null(strstr(desk->extra, "\"s\":0.5"));
    assert_non_null(strstr(desk->extra, "\"n\":6"));
    assert_non_null(strstr(desk->extra, "\"who\":\"roc/team team 2025\""));
    assert_true(desk->result.n == 6);
}

/* R: all(quantile(c(3, 3, 3), 0:100 / 100) == 3) and all(quantile(rep(0.1, 3), 0:100 / 100) == 0.1) are TRUE.
 * Whoever asks whether a quantile is above 3 gets no for an answer. */
static void a_quantile_between_equal_numbers_is_that_number(void **state)
{
    struct caller *desk = *state;
    static const double threes[] = {3, 3, 3}, tenths[] = {0.1, 0.1, 0.1};
    desk_save(&desk->at, "m.lua", INSTRUMENT);
    desk_save(&desk->at, "flat.lua",
              INDICATOR("flat", "local others = 0 for i = 0, 100 do "
                                "if g.x.quantile(i / 100) ~= g.x.min then others = others + 1 end end "
                                "return others"));
    start(desk);
    compute(desk, "flat", threes, 3);
    assert_int_equal(desk->result.integer, 0);
    compute(desk, "flat", tenths, 3);
    assert_int_equal(desk->result.integer, 0);
}

static void an_edit_is_live_within_a_second_and_a_bad_one_leaves_the_old(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "a.lua", INDICATOR("a", "return 1"));
    start(desk);
    compute(desk, "a", answers, 6);
    assert_true(desk->result.kind == COMPUTE_INTEGER && desk->result.integer == 1);

    const uint64_t before = uv_hrtime();
    const unsigned changes = desk->at.changes;
    desk_save(&desk->at, "a.lua", INDICATOR("a", "return 2"));
    desk_run_until_changes(&desk->at, changes + 1);
    assert_true(uv_hrtime() - before < 1000000000u);
    compute(desk, "a", answers, 6);
    assert_true(desk->result.integer == 2);

    desk_save(&desk->at, "a.lua", "x = = 3\n");
    desk_be_patient(&desk->at);
    while (info_of(desk, "a.lua").info.state != SCRIPT_FAILED)
        uv_run(&desk->at.loop, UV_RUN_ONCE);
    assert_error(desk, "a.lua", "a.lua:1: unexpected symbol near '='");
    compute(desk, "a", answers, 6);
    assert_true(desk->result.integer == 2);

    const unsigned more = desk->at.changes;
    desk_erase(&desk->at, "a.lua");
    desk_run_until_changes(&desk->at, more + 1);
    assert_false(info_of(desk, "a.lua").found);
    compute(desk, "a", answers, 6);
    assert_int_equal(desk->error.kind, ERROR_CLOSED);
}

static void what_is_declared_wrongly_is_named_with_its_line(void **state)
{
    struct caller *desk = *state;
    static const struct {
        const char *name, *text, *expected;
    } wrong[] = {
        {"a.lua", "local w = require 'wijzer'\n\nw.indicator { id = 'a', inptus = {} }",
         "a.lua:3: unknown key 'inptus' in "
         "w.indicator; did you mean 'inputs'?"},
        {"b.lua", "require 'wijzer'.indicator { id = 'a b' }", "b.lua:1: w.indicator: 'id' is made of"},
        {"c.lua", "require 'wijzer'.indicator { id = 'c' }", "c.lua:1: w.indicator needs 'source'"},
        {"d.lua", "local w = require 'wijzer'\nw.scael { 'a' }",
         "d.lua:2: there is no function w.scael; did you mean w.scale?"},
        {"e.lua", "local w = require 'wijzer'\nw.scale { 'a', min_answered = 2 }",
         "e.lua:2: w.scale: 'min_answered'"},
        {"f.lua", "require 'wijzer'.share { 'a' }", "f.lua:1: w.share needs 'at_least' or 'at_most'"},
        {"g.lua",
         "require 'wijzer'.instrument { id = 'g', groups = { team = 'x' }, items = { a = { reverse = true } "
         "} }",
         "a reversed item needs its 'range'"},
        {"h.lua",
         "require 'wijzer'.instrument { id = 'h', groups = { team = 'x', roc = 'y' }, items = { 'a' } }",
         "needs 'levels'"},
        {"ha.lua",
         "require 'wijzer'.instrument { id = 'ha', groups = { team = 'x' }, items = { a = { labels = 5 } } }",
         "item 'a' of w.instrument: 'labels' must be a table from answer text to code"},
        {"hb.lua",
         "require 'wijzer'.instrument { id = 'hb', groups = { team = 'x' }, items = { a = { labels = { A1 = "
         "'1' } } } }",
         "item 'a' of w.instrument: 'A1' must be a number, not string"},
        {"hc.lua",
         "require 'wijzer'.instrument { id = 'hc', groups = { team = 'x' }, items = { a = { labels = { 4 } } "
         "} }",
         "item 'a' of w.instrument: 'labels' must be a text, not number"},
        {"hd.lua",
         "require 'wijzer'.instrument { id = 'hd', groups = { team = 'x' }, labels = { [''] = 0 }, items = { "
         "'a' } }",
         "w.instrument: 'labels' is empty"},
        {"he.lua",
         "require 'wijzer'.instrument { id = 'he', groups = { team = 'x' }, labels = { ['2'] = 2, ['1'] = 5 "
         "}, "
         "items = { 'a' } }",
         "w.instrument: the label '1' is a number, and is read as that number"},
        {"hea.lua",
         "local w = require 'wijzer'\n\nw.instrument { id = 'hea', groups = { team = 'x' }, labels = { Ja = "
         "1, "
         "JA = 2 }, items = { 'a' } }",
         "hea.lua:3: w.instrument: the labels 'JA' and 'Ja' are one answer, since capitals, white space and "
         "how "
         "an accent is coded do not count, but they stand for 2.0 and 1.0; keep one of them"},
        {"heb.lua",
         "local w = require 'wijzer'\nw.instrument { id = 'heb', groups = { team = 'x' }, items = { a = { "
         "labels "
         "= { ['e\xcc\x81\xc3\xa9n'] = 1, ['\xc3\x89\xc3\x89N'] = 0 } } } }",
         "heb.lua:2: item 'a' of w.instrument: the labels 'e\xcc\x81\xc3\xa9n' and '\xc3\x89\xc3\x89N' are "
         "one "
         "answer"},
        {"hf.lua",
         "require 'wijzer'.instrument { id = 'hf', groups = { team = 'x' }, items = { 'a' }, closes_after = "
         "2.5 }",
         "w.instrument: 'closes_after' must be a whole number of days from 0 to 3650"},
        {"hg.lua",
         "require 'wijzer'.instrument { id = 'hg', groups = { team = 'x' }, items = { 'a' }, closes_after = "
         "-1 }",
         "w.instrument: 'closes_after' must be a whole number of days from 0 to 3650"},
        {"hh.lua",
         "require 'wijzer'.instrument { id = 'hh', groups = { team = 'x' }, items = { 'a' }, closes_after = "
         "3651 }",
         "w.instrument: 'closes_after' must be a whole number of days from 0 to 3650"},
        {"hi.lua",
         "require 'wijzer'.instrument { id = 'hi', groups = { team = 'x' }, items = { 'a' }, closes_after = "
         "1/0 }",
         "w.instrument: 'closes_after' must be a finite number"},
        {"hj.lua",
         "require 'wijzer'.instrument { id = 'hj', groups = { team = 'x' }, items = { 'a' }, closes_after = "
         "'14d' }",
         "w.instrument: 'closes_after' must be a number, not string"},
        {"i.lua", "os.execute('true')", "i.lua:1: attempt to index a nil value (global 'os')"},
        {"j.lua", "require 'socket'", "j.lua:1: there is no module 'socket'"},
        {"k.lua", "error({})", "k.lua:1: an error object of type table"},
        {"l.lua", "\033Lua", "attempt to load a binary chunk"},
        {"n.lua", "setmetatable({}, { __gc = print })", "n.lua:1: __gc is not available"},
        {"o.lua", "local t\nt = ('x'):rep(1e9)", "o.lua:2: out of memory"},
        {"p.lua", "local function f() return f() + 1 end f()", "p.lua:1: out of memory"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        desk_save(&desk->at, wrong[i].name, wrong[i].text);
    start(desk);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(info_of(desk, wrong[i].name).info.state, SCRIPT_FAILED);
        assert_error(desk, wrong[i].name, wrong[i].expected);
    }
}

static void files_that_contradict_each_other_are_set_aside(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "a.lua", INDICATOR("same", "return 1"));
    desk_save(&desk->at, "b.lua", INDICATOR("same", "return 2"));
    desk_save(
        &desk->at, "c.lua",
        "local w = require 'wijzer'\nw.indicator { id = 'c', source = w.survey 'm', by = { 'team' }, inputs "
        "= "
        "{ x = w.item 'aa' }, compute = function(g) return 1 end }");
    desk_save(&desk->at, "z.lua", INSTRUMENT);
    start(desk);
    assert_int_equal(info_of(desk, "a.lua").info.state, SCRIPT_ACTIVE);
    assert_error(desk, "b.lua", "b.lua:2: indicator 'same' is declared in a.lua:2 already");
    assert_error(
        desk, "c.lua",
        "c.lua:2: input 'x' of indicator 'c' asks for item 'aa', which instrument 'm' does not have; "
        "did you mean 'a'?");
    const unsigned changes = desk->at.changes;
    desk_erase(&desk->at, "a.lua");
    desk_run_until_changes(&desk->at, changes + 1);
    assert_int_equal(info_of(desk, "b.lua").info.state, SCRIPT_ACTIVE);
    compute(desk, "same", answers, 6);
    assert_true(desk->result.integer == 2);
}

static void of_two_that_start_together_the_first_by_name_is_used_and_both_say_so(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "a.lua", INDICATOR("same", "return 1"));
    desk_save(&desk->at, "b.lua", INDICATOR("same", "return 2"));
    start(desk);
    assert_int_equal(info_of(desk, "a.lua").info.state, SCRIPT_ACTIVE);
    assert_error(desk, "a.lua", "a.lua:2: indicator 'same' is declared in b.lua:2 already");
    assert_error(desk, "b.lua", "b.lua:2: indicator 'same' is declared in a.lua:2 already");
    const unsigned changes = desk->at.changes;
    desk_save(&desk->at, "c.lua", "");
    desk_run_until_changes(&desk->at, changes + 1);
    assert_error(desk, "a.lua", "declared in b.lua:2 already");
    desk_save(&desk->at, "b.lua", INDICATOR("other", "return 2"));
    desk_run_until_changes(&desk->at, changes + 2);
    assert_string_equal(info_of(desk, "a.lua").error, "");
}

static void a_newcomer_does_not_take_an_id_from_what_runs(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "r1.lua", INDICATOR("same", "return 1"));
    start(desk);
    unsigned changes = desk->at.changes;
    desk_save(&desk->at, "copy.lua", INDICATOR("same", "return 2"));
    desk_run_until_changes(&desk->at, changes + 1);
    assert_error(desk, "copy.lua", "copy.lua:2: indicator 'same' is declared in r1.lua:2 already");
    assert_int_equal(info_of(desk, "copy.lua").info.state, SCRIPT_FAILED);
    assert_int_equal(info_of(desk, "r1.lua").info.state, SCRIPT_ACTIVE);
    assert_string_equal(info_of(desk, "r1.lua").error, "");
    compute(desk, "same", answers, 6);
    assert_true(desk->result.integer == 1);

    changes = desk->at.changes;
    desk_save(&desk->at, "r1.lua", INDICATOR("same", "return 3")); /* an edit is no end of what runs */
    desk_run_until_changes(&desk->at, changes + 1);
    compute(desk, "same", answers, 6);
    assert_true(desk->result.integer == 3);

    changes = desk->at.changes;
    desk_save(&desk->at, "r1.lua", INDICATOR("different", "return 4"));
    desk_run_until_changes(&desk->at, changes + 1);
    assert_int_equal(info_of(desk, "copy.lua").info.state, SCRIPT_ACTIVE);
    compute(desk, "same", answers, 6);
    assert_true(desk->result.integer == 2);
}

static void an_edit_that_takes_an_id_waits_until_that_is_free(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "a.lua", INDICATOR("own", "return 1"));
    desk_save(&desk->at, "r1.lua", INDICATOR("same", "return 2"));
    start(desk);
    unsigned changes = desk->at.changes;
    desk_save(&desk->at, "a.lua", INDICATOR("same", "return 3"));
    desk_run_until_changes(&desk->at, changes + 1);
    assert_error(desk, "a.lua", "a.lua:2: indicator 'same' is declared in r1.lua:2 already");
    assert_int_equal(info_of(desk, "r1.lua").info.state, SCRIPT_ACTIVE);
    compute(desk, "own", answers, 6);
    assert_true(desk->result.integer == 1);

    changes = desk->at.changes;
    desk_erase(&desk->at, "r1.lua");
    desk_run_until_changes(&desk->at, changes + 2); /* it goes, and what waited for that comes */
    assert_int_equal(info_of(desk, "a.lua").info.state, SCRIPT_ACTIVE);
    assert_string_equal(info_of(desk, "a.lua").error, "");
    compute(desk, "same", answers, 6);
    assert_true(desk->result.integer == 3);
}

static void a_new_version_that_contradicts_another_file_leaves_the_old(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "a.lua", INDICATOR("a", "return 1"));
    desk_save(&desk->at, "z.lua", INSTRUMENT);
    start(desk);
    const unsigned changes = desk->at.changes;
    desk_save(
        &desk->at, "a.lua",
        "local w = require 'wijzer'\nw.indicator { id = 'a', source = w.survey 'm', by = { 'team' }, inputs "
        "= "
        "{ x = w.item 'aa' }, compute = function(g) return 2 end }");
    desk_run_until_changes(&desk->at, changes + 1);
    assert_int_equal(info_of(desk, "a.lua").info.state, SCRIPT_FAILED);
    assert_error(desk, "a.lua", "a.lua:2: input 'x' of indicator 'a' asks for item 'aa'");
    compute(desk, "a", answers, 6);
    assert_true(desk->result.integer == 1);
    const unsigned more = desk->at.changes;
    desk_save(&desk->at, "a.lua", INDICATOR("a", "return 3"));
    desk_run_until_changes(&desk->at, more + 1);
    assert_int_equal(info_of(desk, "a.lua").info.state, SCRIPT_ACTIVE);
    compute(desk, "a", answers, 6);
    assert_true(desk->result.integer == 3);
}

static void results_are_checked(void **state)
{
    struct caller *desk = *state;
    static const struct {
        const char *body, *expected;
    } wrong[] = {
        {"return 0/0", "the value is not a number"},
        {"return 1/0", "the value is infinite"},
        {"return 'x'", "compute returned a string"},
        {"", "compute returned nothing"},
        {"return { valeu = 1 }", "unknown key 'valeu' in the result; did you mean 'value'?"},
        {"return { value = 1, ci95 = { 2 } }", "'ci95' must be { lowest, highest }"},
        {"local t = {} t.t = t return { value = 1, extra = t }", "nested more than 4 deep, or holds itself"},
        {"return { value = 1, extra = { f = print } }", "'f' of 'extra' is a function"},
        {"return { value = 1, extra = { a = 1 }, ['extra\\0'] = { a = 2 } }", "a key with a NUL byte in it"},
        {"return g.y.mean", "4: g has no 'y'"},
        {"return g.x.maen", "4: g.x has no 'maen'; did you mean 'mean'?"},
        {"return g.x.rate", "4: g.x has no 'rate', which only inputs of events have; it has n, mean"},
        {"return setmetatable({}, { __index = function() return 1 end })", "the result has no 'value'"},
        {"error('boo')", "a.lua:4: boo"},
    };
    desk_save(&desk->at, "a.lua", INDICATOR("a", "return 1"));
    start(desk);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *text = mem_format(INDICATOR("a", "%s"), wrong[i].body);
        const unsigned changes = desk->at.changes;
        desk_save(&desk->at, "a.lua", text);
        desk_run_until_changes(&desk->at, changes + 1);
        free(text);
        compute(desk, "a", answers, 6);
        assert_int_equal(desk->result.kind, COMPUTE_FAILED);
        if (!strstr(desk->reason, wrong[i].expected) || strncmp(desk->reason, "a.lua:", 6) != 0)
            fail_msg("\"%s\" lacks \"%s\"", desk->reason, wrong[i].expected);
    }
    const unsigned changes = desk->at.changes;
    desk_save(&desk->at, "a.lua", INDICATOR("a", "return require 'wijzer'.no_value 'too few'"));
    desk_run_until_changes(&desk->at, changes + 1);
    compute(desk, "a", answers, 6);
    assert_int_equal(desk->result.kind, COMPUTE_NO_VALUE);
    assert_string_equal(desk->reason, "too few");
}

static void parameters_come_from_the_configuration(void **state)
{
    struct caller *desk = *state;
    desk_save(
        &desk->at, "a.lua",
        "local w = require 'wijzer'\nw.indicator { id = 'with_params', source = w.survey 'm', by = { 'team' "
        "}, "
        "params = { floor = { type = 'number', default = 2.5, max = 5 }, step = { type = 'integer', default "
        "= 2 } "
        "}, inputs = { x = w.item 'a' }, compute = function(g) return g.params.floor * g.params.step end }");
    start(desk);
    compute(desk, "with_params", answers, 6);
    assert_true(desk->result.value == 7.0);
}

static void rows_are_derived(void **state)
{
    struct caller *desk = *state;
    desk_save(
        &desk->at, "a.lua",
        "local w = require 'wijzer'\nw.indicator { id = 'a', source = w.survey 'm', by = { 'team' }, inputs "
        "= { gap = "
        "w.derive(function(r) local n = 0 for item, value in pairs(r) do n = n + 1 end return r.a and r.b "
        "and r.a - r.b + n "
        "end) }, compute = function(g) return g.gap.mean end }");
    start(desk);
    const char *const columns[] = {"a", "b"};
    const double values[] = {5, 2, NAN, 1, 3, NAN, 1.5, 1};
    const struct derive_call call = {"a", "gap", columns, 2, values, 4, 0, NULL, 0};
    scripts_derive(desk->at.scripts, &call, on_derived, desk);
    desk_run_until(&desk->at, &desk->done);
    assert_int_equal(desk->error.kind, ERROR_NONE);
    assert_true(desk->numbers[0] == 5 && isnan(desk->numbers[1]) && isnan(desk->numbers[2]) &&
                desk->numbers[3] == 2.5);
}

static void what_too_few_people_answered_is_not_shown_to_the_script(void **state)
{
    struct caller *desk = *state;
    desk_save(
        &desk->at, "a.lua",
        INDICATOR(
            "a",
            "local ok, mean = pcall(function() return g.x.mean end)\n"
            "if ok then seen = seen or mean end return { value = 1, extra = { seen = seen or 'nothing' } }"));
    start(desk);
    desk->fewest = 7;
    compute(desk, "a", answers, 6);
    assert_int_equal(desk->result.kind, COMPUTE_NO_VALUE);
    assert_true(desk->result.n == 6);
    desk->fewest = 6;
    compute(desk, "a", answers, 6);
    assert_int_equal(desk->result.kind, COMPUTE_INTEGER);
    /* Nothing was kept of the group that was too small: 3.16... is of this call. */
    assert_non_null(strstr(desk->extra, "\"seen\":3.1666"));
}

/* Things that a script keeps or throws away must not reach what is gone (run under AddressSanitizer). */
static void nothing_outlives_its_call(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "a.lua",
              INDICATOR("a", "if kept then return #tostring(kept.mean) end\n"
                             "kept = g.x g.x = nil for i = 1, 1e4 do local t = { i } end return 1"));
    desk_save(
        &desk->at, "b.lua",
        "local w = require 'wijzer'\nw.indicator { id = 'b', source = w.survey 'm', by = { 'team' }, inputs "
        "= { d "
        "= w.derive(function(r) local before = row row = r return before.a end) }, compute = function(g) "
        "return row.a end }");
    desk_save(&desk->at, "c.lua", "local w = require 'wijzer'\npcall(w.indicator, { id = 'c' })");
    desk_save(
        &desk->at, "d.lua",
        INDICATOR(
            "d",
            "getmetatable(require 'wijzer'.no_value 'x').__gc = function() while true do end end return 1"));
    start(desk);
    assert_error(desk, "c.lua", "c.lua:2: w.indicator needs 'source'");
    compute(desk, "a", answers, 6);
    assert_true(desk->result.integer == 1);
    compute(desk, "a", answers, 6);
    assert_non_null(strstr(desk->reason, "can only be read inside the compute"));
    const char *const columns[] = {"a"};
    const double values[] = {5, 2, 1, 3};
    const struct derive_call call = {"b", "d", columns, 1, values, 4, 0, NULL, 0};
    desk->done = false;
    scripts_derive(desk->at.scripts, &call, on_derived, desk);
    desk_run_until(&desk->at, &desk->done);
    assert_non_null(strstr(desk->error.text, "b.lua:2: attempt to index a nil value (local 'before')"));
    desk->done = false;
    scripts_derive(desk->at.scripts, &call, on_derived, desk);
    desk_run_until(&desk->at, &desk->done);
    assert_int_equal(desk->error.kind, ERROR_NONE); /* what was kept is there, and reads the row at hand */
    compute(desk, "b", answers, 6);                 /* it has never seen a row */
    assert_non_null(strstr(desk->reason, "attempt to index a nil value (global 'row')"));
    compute(desk, "d", answers, 6);
    assert_non_null(strstr(desk->reason, "attempt to index a boolean value"));
}

/* The call of a bad script is answered as one to be asked again; the good one's is answered all the same. */
static void a_script_that_never_ends_is_ended_and_named(void **state, const char *body, int line)
{
    struct caller *desk = *state;
    char *bad = mem_format(INDICATOR("bad", "%s"), body);
    desk_save(&desk->at, "bad.lua", bad);
    desk_save(&desk->at, "good.lua", INDICATOR("good", "return g.x.mean"));
    start(desk);
    compute(desk, "bad", answers, 6);
    assert_int_equal(desk->error.kind, ERROR_CLOSED);
    char *expected = mem_format("bad.lua:%d: took", line);
    assert_error(desk, "bad.lua", expected);
    const uint64_t before = uv_hrtime();
    compute(desk, "good", answers, 6);
    assert_int_equal(desk->error.kind, ERROR_NONE);
    assert_true(uv_hrtime() - before < 500000000u);

    /* Two more strikes, after a second and after ten, would take long; a changed file starts anew instead. */
    const unsigned changes = desk->at.changes;
    desk_save(&desk->at, "bad.lua", INDICATOR("bad", "return 3"));
    desk_run_until_changes(&desk->at, changes + 1);
    compute(desk, "bad", answers, 6);
    assert_true(desk->result.integer == 3);
    free(bad);
    free(expected);
}

static void an_endless_loop(void **state)
{
    a_script_that_never_ends_is_ended_and_named(state, "while true do end", 4);
}

static void an_endless_loop_that_catches_everything(void **state)
{
    a_script_that_never_ends_is_ended_and_named(
        state, "\nwhile true do pcall(function() while true do end end) end", 5);
}

static void an_endless_coroutine(void **state)
{
    a_script_that_never_ends_is_ended_and_named(
        state, "while true do coroutine.resume(coroutine.create(function()\nwhile true do end end)) end", 4);
}

static void a_pattern_that_never_returns(void **state)
{
    a_script_that_never_ends_is_ended_and_named(
        state, "\n\nreturn #string.find(('a'):rep(50), ('a?'):rep(50) .. ('.-'):rep(30) .. 'b')", 6);
}

static void three_strikes_are_out_until_the_file_changes(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "bad.lua", "while true do end");
    desk_save(&desk->at, "good.lua", INDICATOR("good", "return g.x.mean"));
    start(desk);
    desk_be_patient(&desk->at);
    while (info_of(desk, "bad.lua").info.state != SCRIPT_QUARANTINED)
        uv_run(&desk->at.loop, UV_RUN_ONCE);
    assert_error(desk, "bad.lua", "bad.lua:1: took too long");
    compute(desk, "good", answers, 6);
    assert_int_equal(desk->error.kind, ERROR_NONE);
    const unsigned changes = desk->at.changes;
    desk_save(&desk->at, "bad.lua", INDICATOR("bad", "return 3"));
    desk_run_until_changes(&desk->at, changes + 1);
    assert_int_equal(info_of(desk, "bad.lua").info.state, SCRIPT_ACTIVE);
}

static void a_worker_that_is_killed_is_replaced(void **state)
{
    struct caller *desk = *state;
    desk_save(&desk->at, "good.lua", INDICATOR("good", "return g.x.mean"));
    start(desk);
    compute(desk, "good", answers, 6);
    char *command = mem_format("pkill -KILL -P %d -x wijzer-worker", (int)getpid());
    assert_int_equal(system(command), 0);
    free(command);
    compute(desk, "good", answers, 6);
    if (desk->error.kind == ERROR_CLOSED) { /* it was sent before the death was known: one asks again */
        const unsigned changes = desk->at.changes;
        desk_run_until_changes(&desk->at, changes + 1);
        compute(desk, "good", answers, 6);
    }
    assert_int_equal(desk->error.kind, ERROR_NONE);
}

static void a_missing_worker_is_an_error_at_the_start(void **state)
{
    struct caller *desk = *state;
    const struct scripts_options options = {.folders = desk->at.folder, .worker_path = "/nonexistent/worker"};
    const struct scripts_callbacks callbacks = {0}; /* nothing is called */
    struct error error;
    assert_int_equal(scripts_start(&desk->at.scripts, &desk->at.loop, &options, &callbacks, &error), -1);
    assert_non_null(strstr(error.text, "/nonexistent/worker could not be started: no such file"));
    desk->at.scripts = NULL;
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DESK(a_script_is_loaded_and_its_numbers_are_those_of_r),
        AT_A_DESK(a_quantile_between_equal_numbers_is_that_number),
        AT_A_DESK(an_edit_is_live_within_a_second_and_a_bad_one_leaves_the_old),
        AT_A_DESK(what_is_declared_wrongly_is_named_with_its_line),
        AT_A_DESK(files_that_contradict_each_other_are_set_aside),
        AT_A_DESK(of_two_that_start_together_the_first_by_name_is_used_and_both_say_so),
        AT_A_DESK(a_newcomer_does_not_take_an_id_from_what_runs),
        AT_A_DESK(an_edit_that_takes_an_id_waits_until_that_is_free),
        AT_A_DESK(a_new_version_that_contradicts_another_file_leaves_the_old),
        AT_A_DESK(results_are_checked),
        AT_A_DESK(parameters_come_from_the_configuration),
        AT_A_DESK(rows_are_derived),
        AT_A_DESK(what_too_few_people_answered_is_not_shown_to_the_script),
        AT_A_DESK(nothing_outlives_its_call),
        AT_A_DESK(an_endless_loop),
        AT_A_DESK(an_endless_loop_that_catches_everything),
        AT_A_DESK(an_endless_coroutine),
        AT_A_DESK(a_pattern_that_never_returns),
        AT_A_DESK(three_strikes_are_out_until_the_file_changes),
        AT_A_DESK(a_worker_that_is_killed_is_replaced),
        AT_A_DESK(a_missing_worker_is_an_error_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
