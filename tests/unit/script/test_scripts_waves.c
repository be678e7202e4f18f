/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The functions that make the wave of a row, in the real worker. */
#include "desk.h"

#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 8, COLUMNS = 4, LENGTH = 1000 };

struct caller {
    struct desk at;
    bool done;
    size_t asked;       /* rows */
    struct error error; /* of the last answer; kind ERROR_NONE: it was good */
    char waves[MOST][LENGTH], failures[MOST][LENGTH];
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

#define INSTRUMENT(wave)                                                                                     \
    "local w = require 'wijzer'\n"                                                                           \
    "w.instrument { id = 'm', groups = { team = 'team' }, items = { 'a' },\n"                                \
    "wave = " wave " }\n"

static void start(struct caller *desk, const char *script)
{
    const struct scripts_options options = {.quiet = true};
    desk_save(&desk->at, "m.lua", script);
    desk_start(&desk->at, &options);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

static const char *const columns[COLUMNS] = {"token", "submitdate", "twice", "twice"};

static void on_waves(void *data, const struct wave *waves, const struct error *error)
{
    struct caller *desk = data;
    desk->done = true;
    desk->error = error ? *error : (struct error){0};
    for (size_t i = 0; waves && i < desk->asked; i++) {
        snprintf(desk->waves[i], LENGTH, "%s", waves[i].text ? waves[i].text : "");
        snprintf(desk->failures[i], LENGTH, "%s", waves[i].failure ? waves[i].failure : "");
    }
}

/* Asks for rows whose tokens are `first` and on, up to "7". */
static void ask_from(struct caller *desk, size_t first)
{
    static const char *const dates[MOST] = {
        "2023-01-01 10:00:00", "2024-01-01", "", "x", "2026", "é", "1", "2"};
    struct buf rows = {0};
    for (size_t i = first; i < MOST; i++) {
        const char token[] = {(char)('0' + i), '\0'};
        buf_put_text(&rows, token);
        buf_put_text(&rows, dates[i]);
        buf_put_text(&rows, "");
        buf_put_text(&rows, "");
    }
    const struct waves_call call = {.instrument = "m",
                                    .columns = columns,
                                    .column_count = COLUMNS,
                                    .rows = rows.data,
                                    .rows_size = rows.size,
                                    .row_count = MOST - first};
    desk->asked = MOST - first;
    desk->done = false;
    scripts_waves(desk->at.scripts, &call, on_waves, desk);
    desk_run_until(&desk->at, &desk->done);
    buf_free(&rows);
}

/* For all eight. */
static void ask(struct caller *desk)
{
    ask_from(desk, 0);
}

static void assert_good(const struct caller *desk)
{
    if (desk->error.kind != ERROR_NONE)
        fail_msg("%s", desk->error.text);
}

static void assert_wave(const struct caller *desk, size_t row, const char *expected)
{
    if (desk->failures[row][0])
        fail_msg("row %zu: %s", row, desk->failures[row]);
    assert_string_equal(desk->waves[row], expected);
}

static void assert_failure(const struct caller *desk, size_t row, const char *expected)
{
    assert_string_equal(desk->waves[row], "");
    if (!strstr(desk->failures[row], expected))
        fail_msg("row %zu: \"%s\" lacks \"%s\"", row, desk->failures[row], expected);
    assert_null(strchr(desk->failures[row], '\n'));
}

static void find_error(void *data, const struct script_info *info)
{
    snprintf(data, LENGTH, "%s", info->error ? info->error : "");
}

/* A function that gets all of it wrong in the same way. */
static void assert_all_fail(void **state, const char *script, const char *expected)
{
    struct caller *desk = *state;
    start(desk, script);
    ask(desk);
    assert_good(desk);
    for (size_t i = 0; i < MOST; i++)
        assert_failure(desk, i, expected);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void a_text_is_the_wave_and_a_wrong_row_has_its_own_failure(void **state)
{
    struct caller *desk = *state;
    start(desk, INSTRUMENT("function(row)\nlocal year = row.submitdate:match '^%d%d%d%d'\nreturn ' ' .. year "
                           ".. '\\t'\nend"));
    const struct instrument_declaration *instrument = scripts_instrument(desk->at.scripts, "m");
    assert_string_equal(instrument->wave_function, "m.lua:3");
    assert_non_null(strstr(instrument->json, "\"wave_function\":true"));
    ask(desk);
    assert_good(desk);
    assert_wave(desk, 0, "2023");
    assert_wave(desk, 1, "2024");
    assert_wave(desk, 4, "2026");
    assert_failure(desk, 2, "m.lua:5: attempt to concatenate a nil value (local 'year')");
    assert_failure(desk, 3, "m.lua:5: ");
}

static void a_number_is_written_as_people_write_it(void **state)
{
    struct caller *desk = *state;
    start(desk, INSTRUMENT("function(row) return ({ 2025, 2025.0, 2025.5, 4050 / 2, -3, 1e15, 0, 2^53 "
                           "})[tonumber(row.token) + 1] end"));
    ask(desk);
    assert_good(desk);
    static const char *const expected[] = {
        "2025", "2025", "2025.5", "2025", "-3", "1000000000000000", "0", "9007199254740992"};
    for (size_t i = 0; i < MOST; i++)
        assert_wave(desk, i, expected[i]);
}

static void what_is_neither_is_wrong(void **state)
{
    struct caller *desk = *state;
    start(desk, INSTRUMENT("function(row)\nreturn ({ false, {}, print, 0/0, 1/0, '', 'a\\0b', '\\xff' "
                           "})[tonumber(row.token) + 1]\nend"));
    ask(desk);
    assert_good(desk);
    static const char *const said[] = {"returned boolean",         "returned table",
                                       "returned function",        "returned 0/0",
                                       "returned an infinite",     "returned an empty text",
                                       "a text that is not UTF-8", "a text that is not UTF-8"};
    for (size_t i = 0; i < MOST; i++) {
        assert_failure(desk, i, "m.lua:3: a function of 'wave' returns a text or a number; here it ");
        assert_failure(desk, i, said[i]);
    }
}

static void nothing_is_wrong_too(void **state)
{
    assert_all_fail(state, INSTRUMENT("function() end"),
                    "m.lua:3: a function of 'wave' returns a text or a "
                    "number; here it returned nil");
}

static void a_wave_longer_than_any_name(void **state)
{
    assert_all_fail(state, INSTRUMENT("function() return ('x'):rep(65) end"), "one of more than 64 bytes");
}

static void a_column_that_is_none(void **state)
{
    assert_all_fail(state, INSTRUMENT("function(row)\nreturn row.submitdat\nend"),
                    "m.lua:4: the export has no column 'submitdat'; did you mean 'submitdate'?");
}

static void a_column_that_is_there_twice(void **state)
{
    assert_all_fail(state, INSTRUMENT("function(row) return row.twice end"),
                    "m.lua:3: the column 'twice' is there twice");
}

static void a_row_that_is_changed(void **state)
{
    assert_all_fail(state, INSTRUMENT("function(row) row.token = 'x' return 1 end"),
                    "m.lua:3: a row cannot be changed");
}

/* The name of a period is read by everybody: a reason for a row that is refused does not quote one. */
static void a_wave_that_is_no_name(void **state)
{
    struct caller *desk = *state;
    start(desk,
          INSTRUMENT("function(row)\nreturn ({ 'a\\nb', 'a\\27b', 'a\\127b', 'a\\u{9b}b', 'a\\u{202e}b', "
                     "('é'):rep(32), ('é'):rep(32) .. 'x', ' ok ' })[tonumber(row.token) + 1]\nend"));
    ask(desk);
    for (size_t i = 0; i < 5; i++)
        assert_failure(desk, i,
                       "m.lua:3: a function of 'wave' returns a text or a number; here it returned "
                       "one with a control character");
    assert_int_equal(strlen(desk->waves[5]), 64);
    assert_failure(desk, 6, "one of more than 64 bytes");
    assert_wave(desk, 7, "ok");
}

static void the_text_of_an_error_is_not_shown(void **state)
{
    assert_all_fail(state, INSTRUMENT("function(row) error('one\\ntwo' .. row.token) end"),
                    "m.lua:3: an error whose text is not shown, since the function sees somebody's answers");
}

static void a_column_with_a_name_out_of_the_row(void **state)
{
    assert_all_fail(state, INSTRUMENT("function(row) return row['x' .. row.token] end"),
                    "m.lua:3: an error whose text is not shown, since the function sees somebody's answers");
}

static void a_row_is_read_whole_and_not_kept(void **state)
{
    struct caller *desk = *state;
    start(desk, "local kept\n" INSTRUMENT("function(row)\n"
                                          "local all = ''\n"
                                          "for column, text in pairs(row) do all = all .. column .. '=' .. "
                                          "text .. ';' end\n"
                                          "if kept and not pcall(function() return kept.token end) then all "
                                          "= 'gone' end\n"
                                          "kept = row\n"
                                          "return all\nend"));
    ask(desk);
    assert_wave(desk, 0, "token=0;submitdate=2023-01-01 10:00:00;");
    assert_wave(desk, 2, "token=2;submitdate=;");
    ask(desk);
    assert_wave(desk, 0, "gone");
    assert_wave(desk, 1, "token=1;submitdate=2024-01-01;");
}

static void a_function_that_never_ends_is_out_after_three_strikes(void **state)
{
    struct caller *desk = *state;
    start(desk, INSTRUMENT("function(row)\nif row.token == '7' then while true do end end return 1 end"));
    ask(desk);
    assert_int_equal(desk->error.kind, ERROR_TOO_MUCH);
    for (ask_from(desk, 7); desk->error.kind == ERROR_CLOSED; ask_from(desk, 7))
        uv_run(&desk->at.loop, UV_RUN_NOWAIT);
    assert_int_equal(desk->error.kind, ERROR_FAILED);
    assert_non_null(
        strstr(desk->error.text, "m.lua:4: took too long; the script is set aside until its file"));
    desk_save(&desk->at, "m.lua", INSTRUMENT("function(row) return 1 end"));
    for (ask(desk); desk->error.kind != ERROR_NONE; ask(desk))
        uv_run(&desk->at.loop, UV_RUN_NOWAIT);
    assert_wave(desk, 7, "1");
}

static void a_pattern_that_never_returns_is_ended_from_outside(void **state)
{
    struct caller *desk = *state;
    start(desk, INSTRUMENT("function(row)\nreturn #string.find(('a'):rep(50), ('a?'):rep(50) .. "
                           "('.-'):rep(30) .. 'b') end"));
    ask(desk);
    assert_int_equal(desk->error.kind, ERROR_TOO_MUCH);
    char error[LENGTH] = "";
    for (; !error[0]; scripts_each(desk->at.scripts, find_error, error)) /* once is one strike */
        ask_from(desk, 7);
    assert_int_equal(desk->error.kind, ERROR_CLOSED);
    assert_string_equal(error, "m.lua:4: took longer than 300 ms and was ended");
}

static void memory_without_end_is_a_failure_of_the_row(void **state)
{
    assert_all_fail(state, INSTRUMENT("function(row) return ('x'):rep(1 << 30) end"),
                    "m.lua:3: out of memory: the script holds more than 32 MiB");
}

static void an_instrument_without_a_function_is_said_to_have_none(void **state)
{
    struct caller *desk = *state;
    start(desk, INSTRUMENT("'jaar'"));
    assert_null(scripts_instrument(desk->at.scripts, "m")->wave_function);
    ask(desk);
    assert_int_equal(desk->error.kind, ERROR_FAILED);
    assert_non_null(strstr(desk->error.text, "m.lua: the 'wave' of instrument 'm' is not a function"));
}

static void an_instrument_that_nobody_declares_may_come_yet(void **state)
{
    struct caller *desk = *state;
    start(desk, "");
    ask(desk);
    assert_int_equal(desk->error.kind, ERROR_CLOSED);
}

/* ---- declarations -------------------------------------------------------------------------------------- */

static void assert_not_taken(void **state, const char *script, const char *expected)
{
    struct caller *desk = *state;
    char error[LENGTH] = "";
    start(desk, script);
    scripts_each(desk->at.scripts, find_error, error);
    if (!strstr(error, expected))
        fail_msg("\"%s\" lacks \"%s\"", error, expected);
}

static void a_function_of_lua_itself_is_none(void **state)
{
    assert_not_taken(state, INSTRUMENT("tostring"),
                     "m.lua:2: w.instrument: 'wave' is the name of a column, or a function of a row, as in ");
}

static void only_the_wave_may_be_a_function(void **state)
{
    assert_not_taken(
        state, INSTRUMENT("'jaar', respondent = function() end"),
        "m.lua:2: w.instrument: 'respondent' is the name of a column; only 'wave' may be a function");
}

static void a_table_is_neither(void **state)
{
    assert_not_taken(state, INSTRUMENT("{}"), "m.lua:2: w.instrument: 'wave' must be a text");
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DESK(a_text_is_the_wave_and_a_wrong_row_has_its_own_failure),
        AT_A_DESK(a_number_is_written_as_people_write_it),
        AT_A_DESK(what_is_neither_is_wrong),
        AT_A_DESK(nothing_is_wrong_too),
        AT_A_DESK(a_wave_longer_than_any_name),
        AT_A_DESK(a_column_that_is_none),
        AT_A_DESK(a_column_that_is_there_twice),
        AT_A_DESK(a_row_that_is_changed),
        AT_A_DESK(a_wave_that_is_no_name),
        AT_A_DESK(the_text_of_an_error_is_not_shown),
        AT_A_DESK(a_column_with_a_name_out_of_the_row),
        AT_A_DESK(a_row_is_read_whole_and_not_kept),
        AT_A_DESK(a_function_that_never_ends_is_out_after_three_strikes),
        AT_A_DESK(a_pattern_that_never_returns_is_ended_from_outside),
        AT_A_DESK(memory_without_end_is_a_failure_of_the_row),
        AT_A_DESK(an_instrument_without_a_function_is_said_to_have_none),
        AT_A_DESK(an_instrument_that_nobody_declares_may_come_yet),
        AT_A_DESK(a_function_of_lua_itself_is_none),
        AT_A_DESK(only_the_wave_may_be_a_function),
        AT_A_DESK(a_table_is_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
