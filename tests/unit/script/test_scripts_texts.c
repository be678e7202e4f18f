/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script says, and what is said of it, as it reaches people: whole, on one line, with its place once.
 */
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

struct reader_desk {
    struct desk desk;
    bool done;
    enum compute_kind kind;
    char reason[5000], extra[5000]; /* of the last answer */
};

static int open_desk(void **state)
{
    struct reader_desk *at = mem_alloc(sizeof *at);
    *state = at;
    return desk_open(&at->desk) ? 0 : -1;
}

static int close_desk(void **state)
{
    struct reader_desk *at = *state;
    const int result = desk_close(&at->desk);
    free(at);
    return result;
}

static const struct scripts_options usual = {.quiet = true};

#define INDICATOR(id, body)                                                                                  \
    "local w = require 'wijzer'\n"                                                                           \
    "w.indicator { id = '" id "', source = w.survey 'm', by = { 'team' }, inputs = { x = w.item 'a' },\n"    \
    "compute = function(g)\n" body "\nend }\n"

static void on_computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct reader_desk *at = data;
    at->done = true;
    if (!results)
        fail_msg("%s", error->text);
    at->kind = results[0].kind;
    snprintf(at->reason, sizeof at->reason, "%s", results[0].reason ? results[0].reason : "");
    snprintf(at->extra, sizeof at->extra, "%s", results[0].extra ? results[0].extra : "");
}

static void compute(struct reader_desk *at, const char *indicator)
{
    static const double answers[] = {1, 2, 2, 4, 5, 5};
    at->done = false;
    desk_compute(&at->desk, indicator, 0, answers, sizeof answers / sizeof *answers, on_computed, at);
    desk_run_until(&at->desk, &at->done);
}

/* What a script gives back that is the body of compute. */
static void compute_body(struct reader_desk *at, const char *body)
{
    char *text = mem_format(INDICATOR("a", "%s"), body);
    desk_save(&at->desk, "a.lua", text);
    free(text);
    desk_start(&at->desk, &usual);
    compute(at, "a");
    desk_stop(&at->desk);
}

struct wanted {
    const char *file;
    enum script_state state;
    char error[5000];
};

static void look(void *data, const struct script_info *info)
{
    struct wanted *wanted = data;
    if (strcmp(info->file, wanted->file) != 0)
        return;
    wanted->state = info->state;
    snprintf(wanted->error, sizeof wanted->error, "%s", info->error ? info->error : "");
}

static struct wanted look_up(struct reader_desk *at, const char *file)
{
    struct wanted wanted = {.file = file};
    scripts_each(at->desk.scripts, look, &wanted);
    return wanted;
}

static void assert_begins(const char *text, const char *expected)
{
    if (strncmp(text, expected, strlen(expected)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, expected);
}

/* ---- places -------------------------------------------------------------------------------------------- */

/* 66 and 67 bytes; Lua's own messages keep the last 56 of them. */
#define LONG_NAME "gereedheid-voor-generatieve-ai-per-team-en-instelling-versie-2.lua"
#define LONG_MODULE "gedeelde-functies-voor-alle-indicatoren-van-de-instelling-in-nl"

static void a_long_file_name_is_written_whole_and_once(void **state)
{
    struct reader_desk *at = *state;
    desk_save(&at->desk, LONG_NAME, INDICATOR("a", "local x = nil + 1"));
    desk_start(&at->desk, &usual);
    compute(at, "a");
    assert_string_equal(at->reason,
                        LONG_NAME ":4: attempt to perform arithmetic on a nil value\n  at " LONG_NAME ":4");
}

static void also_where_error_and_a_module_raise_it(void **state)
{
    struct reader_desk *at = *state;
    desk_save(&at->desk, LONG_MODULE ".lua", "return function(x)\n  error 'boo' end");
    desk_save(&at->desk, LONG_NAME,
              "local f = require '" LONG_MODULE "'\n" INDICATOR("a", "error 'far'") INDICATOR("b", "f(1)"));
    desk_start(&at->desk, &usual);
    assert_string_equal(look_up(at, LONG_NAME).error, "");
    compute(at, "a");
    assert_begins(at->reason, LONG_NAME ":5: far\n  at " LONG_NAME ":5");
    compute(at, "b");
    assert_begins(at->reason, LONG_MODULE ".lua:2: boo\n  at " LONG_MODULE ".lua:2");
}

static void also_while_it_loads(void **state)
{
    struct reader_desk *at = *state;
    desk_save(&at->desk, LONG_NAME, "local x\nx = = 3");
    desk_start(&at->desk, &usual);
    assert_string_equal(look_up(at, LONG_NAME).error, LONG_NAME ":2: unexpected symbol near '='");
    desk_stop(&at->desk);
    desk_save(&at->desk, LONG_NAME, "local x\nx.y = 3");
    desk_start(&at->desk, &usual);
    assert_begins(look_up(at, LONG_NAME).error,
                  LONG_NAME ":2: attempt to index a nil value (local 'x')\n  at ");
    desk_stop(&at->desk);
    desk_save(&at->desk, LONG_NAME,
              "require 'wijzer'.instrument { id = 'm', groups = { team = 't' }, items = { 'a' },\n"
              "wave = function() end }");
    desk_start(&at->desk, &usual);
    assert_string_equal(scripts_instrument(at->desk.scripts, "m")->wave_function, LONG_NAME ":2");
}

/* ---- control characters -------------------------------------------------------------------------------- */

static void what_people_are_shown_of_a_declaration_is_on_one_line(void **state)
{
    struct reader_desk *at = *state;
#define OF(keys)                                                                                             \
    "local w = require 'wijzer'\nw.indicator { id = 'i', source = w.survey 'm', inputs = { x = w.item 'a' "  \
    "},\ncompute = function() return 1 end, " keys " }"
#define ALERT(keys)                                                                                          \
    "local w = require 'wijzer'\nw.alert { id = 'i', on = 'x', raise = function() end, " keys " }"
    static const struct {
        const char *name, *text, *expected;
    } wrong[] = {
        {"a.lua", OF("by = { 'team' }, title = 'a\\27[31mred'"),
         "a.lua:2: w.indicator: 'title' holds a control character (U+001B); "},
        {"b.lua", OF("by = { 'team' }, title = { nl = 'a\\nb' }"),
         "b.lua:2: w.indicator: 'nl' holds a control character (U+000A); "},
        {"c.lua", OF("by = { 'team' }, unit = 'a\\u{9b}b'"),
         "c.lua:2: w.indicator: 'unit' holds a control character (U+009B); "},
        {"d.lua", OF("by = { 'te\\127am' }"),
         "d.lua:2: w.indicator: 'by' holds a control character (U+007F); "},
        {"e.lua", ALERT("summary = { en = 'a\\u{202e}b' }"),
         "e.lua:2: w.alert: 'en' holds a control character (U+202E); "},
        {"f.lua", ALERT("summary = 's', level = 'a\\tb'"),
         "f.lua:2: w.alert: 'level' holds a control character (U+0009); "},
        {"g.lua",
         "require 'wijzer'.instrument { id = 'm', title = 'a\\rb', groups = { team = 't' }, items = { 'a' } "
         "}",
         "g.lua:1: w.instrument: 'title' holds a control character (U+000D); "},
        {"h.lua", "require 'wijzer'.instrument { id = 'm', groups = { ['te\\nam'] = 't' }, items = { 'a' } }",
         "h.lua:1: w.instrument: 'groups' holds a control character (U+000A); "},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        desk_save(&at->desk, wrong[i].name, wrong[i].text);
    desk_start(&at->desk, &usual);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct wanted wanted = look_up(at, wrong[i].name);
        assert_int_equal(wanted.state, SCRIPT_FAILED);
        assert_begins(wanted.error, wrong[i].expected);
    }
}

/* The headings and cells of an export are what they are. */
static void what_is_looked_up_in_an_export_may_hold_anything(void **state)
{
    struct reader_desk *at = *state;
    desk_save(&at->desk, "m.lua",
              "require 'wijzer'.instrument { id = 'm', respondent = 'to\\nken', groups = { team = 't\\t' },\n"
              "labels = { ['mee\\neens'] = 4 }, missing = { 'n\\tvt' }, items = { ['a\\nb'] = {} } }");
    desk_start(&at->desk, &usual);
    assert_int_equal(look_up(at, "m.lua").state, SCRIPT_ACTIVE);
}

static void what_compute_says_is_made_one_line(void **state)
{
    struct reader_desk *at = *state;
    compute_body(at, "return { value = 1, extra = { a = 'x\\27[2Jy\\nz', b = { c = 'é\\u{9b}!' } } }");
    assert_string_equal(at->extra, "{\"a\":\"x [2Jy z\",\"b\":{\"c\":\"é !\"}}");
    compute_body(at, "return w.no_value 'te\\27[31m weinig\\u{2028}mensen'");
    assert_int_equal(at->kind, COMPUTE_NO_VALUE);
    assert_string_equal(at->reason, "te [31m weinig mensen");
}

static void a_reason_that_is_no_text_keeps_what_can_be_read(void **state)
{
    struct reader_desk *at = *state;
    compute_body(at, "return w.no_value '\\xffte weinig\\0 caf\\xe9'");
    assert_string_equal(at->reason, "?te weinig? caf?");
    compute_body(at, "return w.no_value(('é'):rep(150))"); /* 300 bytes */
    assert_int_equal(strlen(at->reason), 200);
    compute_body(at, "return w.no_value('x' .. ('é'):rep(150))");
    assert_int_equal(strlen(at->reason), 199);
    assert_string_equal(at->reason + 197, "é");
}

/* ---- memory -------------------------------------------------------------------------------------------- */

static void a_limit_that_is_reached_is_named(void **state)
{
    struct reader_desk *at = *state;
    const struct scripts_options roomy = {.quiet = true, .memory_bytes = (uint64_t)4 << 30, .call_ms = 5000};
    desk_save(&at->desk, "a.lua", INDICATOR("a", "local s = ('x'):rep(40 << 20)"));
    desk_save(&at->desk, "b.lua", INDICATOR("b", "local s = ('x'):rep(1600 << 20)"));
    desk_start(&at->desk, &usual);
    compute(at, "a");
    assert_string_equal(at->reason, "a.lua:4: out of memory: the script holds more than 32 MiB");
    desk_stop(&at->desk);
    desk_start(&at->desk, &roomy);
    compute(at, "b");
    assert_string_equal(at->reason,
                        "b.lua:4: out of memory: all scripts together hold more than the 1536 MiB that "
                        "they share; see memory_bytes of GET /v1/scripts for which hold most");
}

/* The first holds what the second would need. Of that nothing is touched, since it is refused. */
static void what_others_hold_counts_until_they_go(void **state)
{
    struct reader_desk *at = *state;
    const struct scripts_options roomy = {.quiet = true, .memory_bytes = (uint64_t)4 << 30, .call_ms = 5000};
    static const char together[] = "b.lua:1: out of memory: all scripts together hold more than the 1536 MiB";
    desk_save(&at->desk, "a.lua", "held = ('x'):rep(30 << 20)");
    desk_save(&at->desk, "b.lua", "local s = ('x'):rep(1520 << 20)");
    desk_start(&at->desk, &roomy);
    assert_int_equal(look_up(at, "a.lua").state, SCRIPT_ACTIVE);
    assert_begins(look_up(at, "b.lua").error, together);
    const unsigned changes = at->desk.changes;
    desk_save(&at->desk, "b.lua", "held = ('x'):rep(10 << 20)"); /* what was refused is not held */
    desk_run_until_changes(&at->desk, changes + 1);
    assert_int_equal(look_up(at, "b.lua").state, SCRIPT_ACTIVE);
}

static long long available_mib(void)
{
    char line[128];
    long long kib = 0;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file && fgets(line, sizeof line, file) && sscanf(line, "MemAvailable: %lld", &kib) != 1)
        ;
    if (file)
        fclose(file);
    return kib >> 10;
}

/* It takes all that there is, to the last bytes. */
static void who_holds_little_goes_on_when_others_hold_all(void **state)
{
    struct reader_desk *at = *state;
    const struct scripts_options roomy = {.quiet = true, .memory_bytes = (uint64_t)4 << 30, .call_ms = 60000};
    if (available_mib() < 4096) {
        puts("SKIPPED: it takes 2 GiB, and there are no 4 GiB of memory free");
        skip();
    }
    desk_save(&at->desk, "a.lua", INDICATOR("a", "return 1"));
    desk_save(&at->desk, "b.lua",
              "held = {} for _, size in ipairs { 64 << 20, 1 << 20, 1 << 12, 64 } do "
              "while pcall(function() held[#held + 1] = ('x'):rep(size - 10) end) do end end");
    desk_start(&at->desk, &roomy);
    assert_int_equal(look_up(at, "b.lua").state, SCRIPT_ACTIVE);
    compute(at, "a");
    assert_string_equal(at->reason, "");
    unsigned changes = at->desk.changes;
    desk_save(&at->desk, "c.lua", INDICATOR("c", "local s = ('x'):rep(1 << 20)"));
    desk_run_until_changes(&at->desk, changes + 1);
    assert_int_equal(look_up(at, "c.lua").state, SCRIPT_ACTIVE);
    compute(at, "c");
    assert_begins(at->reason, "c.lua:4: out of memory: all scripts together hold more than the 1536 MiB");
}

/* ---- extra --------------------------------------------------------------------------------------------- */

static void extra_is_exact_or_refused(void **state)
{
    static const char *const cases[][3] = {
        {"{ [1] = 'a', [2] = 'b' }", "{\"1\":\"a\",\"2\":\"b\"}", NULL},
        {"{ [1] = 'a', ['1'] = 'b' }", NULL, "'extra' has the key 1 twice, as a number and as a text"},
        {"{ t = { ['-7'] = 'a', [-7] = 'b' } }", NULL, "'extra' has the key -7 twice"},
        {"{ n = 9007199254740992, m = -9007199254740992 }",
         "{\"m\":-9007199254740992,\"n\":9007199254740992}", NULL},
        {"{ n = 9007199254740993 }", NULL,
         "'n' of 'extra' is 9007199254740993, a whole number beyond 2^53, which would be rounded"},
        {"{ n = math.mininteger }", NULL, "'n' of 'extra' is -9223372036854775808, a whole number beyond"},
        {"{ n = 2.0^60 }", "{\"n\":1.152921504606847e+18}", NULL},
        {"{ ['a\\nb'] = 1 }", NULL, "'extra' has a key, 'a b', that is"},
        {"{ ['a\\xff'] = 1 }", NULL, "'extra' has a key, 'a?', that is"},
        {"{ [('k'):rep(79)] = 1, ['k'] = 2 }", "{\"k\":2,\"kkkk", NULL},
        {"{ [('k'):rep(80)] = 1 }", NULL, "is longer than 79 bytes"},
    };
    struct reader_desk *at = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *body = mem_format("return { value = 1, extra = %s }", cases[i][0]);
        compute_body(at, body);
        free(body);
        if (cases[i][1]) {
            assert_string_equal(at->reason, "");
            assert_begins(at->extra, cases[i][1]);
        } else {
            assert_int_equal(at->kind, COMPUTE_FAILED);
            if (!strstr(at->reason, cases[i][2]))
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i][0], at->reason, cases[i][2]);
        }
    }
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DESK(a_long_file_name_is_written_whole_and_once),
        AT_A_DESK(also_where_error_and_a_module_raise_it),
        AT_A_DESK(also_while_it_loads),
        AT_A_DESK(what_people_are_shown_of_a_declaration_is_on_one_line),
        AT_A_DESK(what_is_looked_up_in_an_export_may_hold_anything),
        AT_A_DESK(what_compute_says_is_made_one_line),
        AT_A_DESK(a_reason_that_is_no_text_keeps_what_can_be_read),
        AT_A_DESK(extra_is_exact_or_refused),
        AT_A_DESK(a_limit_that_is_reached_is_named),
        AT_A_DESK(who_holds_little_goes_on_when_others_hold_all),
        AT_A_DESK(what_others_hold_counts_until_they_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
