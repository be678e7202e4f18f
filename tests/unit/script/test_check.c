/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `wijzer script check` finds, with the real worker. */
#include "folder.h"
#include "script/check.h"

#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define INSTRUMENT                                                                                           \
    "require 'wijzer'.instrument { id = 'm', groups = { team = 'team' }, items = { ai_1 = {} } }\n"
#define INDICATOR(id, item)                                                                                  \
    "local w = require 'wijzer'\n"                                                                           \
    "w.indicator { id = '" id "', source = w.survey 'm', by = { 'team' },\n"                                 \
    "inputs = { x = w.item '" item "' }, compute = function(g) return g.x.mean end }\n"

struct desk {
    char folder[FOLDER_LENGTH];
    struct script_check *checks;
    size_t count;
    struct error error;
};

static int open_desk(void **state)
{
    struct desk *desk = mem_alloc(sizeof *desk);
    *state = desk;
    return folder_make(desk->folder) ? 0 : -1;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    script_checks_free(desk->checks, desk->count);
    const int result = folder_remove(desk->folder);
    free(desk);
    return result;
}

static int check_with(struct desk *desk, const char *name, const char *worker)
{
    char *path = name[0] ? mem_format("%s/%s", desk->folder, name) : mem_copy_text(desk->folder);
    script_checks_free(desk->checks, desk->count);
    const int result = script_check_paths(&path, 1, worker, &desk->checks, &desk->count, &desk->error);
    free(path);
    return result;
}

static void check(struct desk *desk, const char *name)
{
    if (check_with(desk, name, BIN_DIR "/wijzer-worker") != 0)
        fail_msg("%s", desk->error.text);
}

static void assert_good(const struct desk *desk, size_t at, const char *file)
{
    assert_true(at < desk->count);
    assert_string_equal(desk->checks[at].file, file);
    if (desk->checks[at].error)
        fail_msg("%s", desk->checks[at].error);
    assert_int_equal(desk->checks[at].findings.errors, 0);
}

static void assert_bad(const struct desk *desk, size_t at, const char *expected)
{
    assert_true(at < desk->count);
    assert_true(desk->checks[at].error && desk->checks[at].findings.errors);
    if (!strstr(desk->checks[at].error, expected))
        fail_msg("\"%s\" lacks \"%s\"", desk->checks[at].error, expected);
}

static void every_script_of_a_folder_is_checked_against_the_others(void **state)
{
    struct desk *desk = *state;
    folder_save(desk->folder, "a.lua", INDICATOR("a", "ai_1"));
    folder_save(desk->folder, "b.lua", INDICATOR("a", "ai_1"));
    folder_save(desk->folder, "c.lua", INDICATOR("c", "ia_1"));
    folder_save(desk->folder, "d.lua", "x = = 1\n");
    folder_save(desk->folder, "m.lua", INSTRUMENT);
    folder_save(desk->folder, "m_test.lua", "this is no script");
    check(desk, "");
    assert_int_equal(desk->count, 5);
    assert_good(desk, 0, "a.lua");
    assert_int_equal(desk->checks[0].indicators, 1);
    assert_bad(desk, 1, "b.lua:2: indicator 'a' is declared in a.lua:2 already");
    assert_bad(desk, 2, "asks for item 'ia_1', which instrument 'm' does not have; did you mean 'ai_1'?");
    assert_bad(desk, 3, "d.lua:1: unexpected symbol near '='");
    assert_good(desk, 4, "m.lua");
    assert_int_equal(desk->checks[4].instruments, 1);
}

static void a_file_alone_is_checked_with_the_files_beside_it(void **state)
{
    struct desk *desk = *state;
    folder_save(desk->folder, "c.lua", INDICATOR("c", "ia_1"));
    folder_save(desk->folder, "m.lua", INSTRUMENT);
    check(desk, "c.lua");
    assert_int_equal(desk->count, 1);
    assert_bad(desk, 0, "did you mean 'ai_1'?");
}

static void a_file_that_takes_too_long_does_not_keep_the_next_from_its_check(void **state)
{
    struct desk *desk = *state;
    folder_save(desk->folder, "a.lua", "while true do end\n");
    folder_save(desk->folder, "b.lua",
                "\nlocal n = string.find(('a'):rep(50), ('a?'):rep(50) .. ('.-'):rep(30) .. 'b')\n");
    folder_save(desk->folder, "c.lua", INDICATOR("c", "ai_1"));
    check(desk, "");
    assert_int_equal(desk->count, 3);
    assert_bad(desk, 0, "a.lua:1: took too long");
    assert_bad(desk, 1, "b.lua:2: took longer than 1000 ms and was ended");
    assert_good(desk, 2, "c.lua");
}

static void a_file_that_cannot_be_loaded_at_all_is_named(void **state)
{
    struct desk *desk = *state;
    folder_save(desk->folder, "long.lua", "");
    char *path = mem_format("%s/long.lua", desk->folder);
    assert_int_equal(truncate(path, (1 << 20) + 1), 0);
    free(path);
    check(desk, "");
    assert_int_equal(desk->count, 1);
    assert_bad(desk, 0, "long.lua: is longer than 1 MiB");
    folder_erase(desk->folder, "long.lua");
    folder_save(desk->folder, "a.lua", "return require 'b'");
    folder_save(desk->folder, "b.lua", "return 1 --");
    path = mem_format("%s/b.lua", desk->folder);
    FILE *file = fopen(path, "a");
    fprintf(file, "%0*d", (1 << 20) - 20, 0);
    fclose(file);
    free(path);
    check(desk, "");
    assert_int_equal(desk->count, 2);
    assert_bad(desk, 0, "a.lua: is longer than 1 MiB together with the files that it requires");
    assert_good(desk, 1, "b.lua");
}

static void a_check_that_cannot_be_made_says_why(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(check_with(desk, "missing.lua", BIN_DIR "/wijzer-worker"), -1);
    assert_non_null(strstr(desk->error.text, "missing.lua: No such file or directory"));
    folder_save(desk->folder, "a.lua", INDICATOR("a", "ai_1"));
    assert_int_equal(check_with(desk, "", "/nonexistent/worker"), -1);
    assert_non_null(strstr(desk->error.text, "/nonexistent/worker could not be started"));
}

static void a_worker_without_walls_is_not_the_fault_of_the_script(void **state)
{
    struct desk *desk = *state;
    folder_save(desk->folder, "a.lua", INDICATOR("a", "ai_1"));
    char *worker = mem_format("%s/worker", desk->folder);
    folder_save(desk->folder, "worker", "#!/bin/sh\necho 'no walls could be raised' >&2\nexit 3\n");
    chmod(worker, 0700);
    if (check_with(desk, "", worker) == 0)
        assert_bad(desk, 0, "no walls could be raised");
    else
        assert_non_null(strstr(desk->error.text, "no walls could be raised"));
    free(worker);
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

static int check_folder(struct desk *desk)
{
    char *path = desk->folder;
    return script_check_paths(&path, 1, BIN_DIR "/wijzer-worker", &desk->checks, &desk->count, &desk->error);
}

static void a_folder_without_scripts_or_permission_is_refused(void **state)
{
    struct desk *desk = *state;
    folder_save(desk->folder, "x_test.lua", "");
    assert_int_equal(check_folder(desk), -1);
    assert_int_equal(desk->error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(desk->error.text, ": holds no scripts; they are files whose names end in .lua"));
    folder_save(desk->folder, "x.lua", "");
    const uid_t own = geteuid();
    chmod(desk->folder, 0100);
    if (own == 0) /* who may read everything */
        assert_int_equal(seteuid(65534), 0);
    const int result = check_folder(desk);
    assert_int_equal(seteuid(own), 0);
    chmod(desk->folder, 0700);
    assert_int_equal(result, -1);
    assert_non_null(strstr(desk->error.text, ": the folder cannot be read: Permission denied"));
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DESK(every_script_of_a_folder_is_checked_against_the_others),
        AT_A_DESK(a_file_alone_is_checked_with_the_files_beside_it),
        AT_A_DESK(a_file_that_takes_too_long_does_not_keep_the_next_from_its_check),
        AT_A_DESK(a_file_that_cannot_be_loaded_at_all_is_named),
        AT_A_DESK(a_folder_without_scripts_or_permission_is_refused),
        AT_A_DESK(a_check_that_cannot_be_made_says_why),
        AT_A_DESK(a_worker_without_walls_is_not_the_fault_of_the_script),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
