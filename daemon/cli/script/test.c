/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"
#include "cli/script/test_data.h"
#include "cli/script/test_outcomes.h"

#include "base/mem.h"
#include "base/programs.h"
#include "script/check.h"
#include "script/test_file.h"
#include "script/tests.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct run {
    const struct options *options;
    char *worker;
    struct outcomes outcomes;
    const char *file; /* under way: its name */
    struct test_data data;
    struct timespec began;
};

/* ---- outcomes ----------------------------------------------------------------------------------------- */

static void add_outcome(struct run *run, const struct outcome *outcome)
{
    outcomes_add(&run->outcomes, outcome);
    if (run->options->format == FORMAT_TABLE)
        outcomes_print_last(&run->outcomes);
}

/* ---- one test ------------------------------------------------------------------------------------------ */

static void on_loaded(void *data, size_t count)
{
    struct run *run = data;
    if (count > 0)
        return;
    const struct outcome outcome = {
        .file = mem_copy_text(run->file),
        .failure = mem_format("%s: holds no tests; write w.test \"name\" (function(t) ... end)", run->file)};
    add_outcome(run, &outcome);
}

static bool on_begin(void *data, const struct script_test *test)
{
    (void)test;
    struct run *run = data;
    clock_gettime(CLOCK_MONOTONIC, &run->began);
    test_data_begin(&run->data);
    return !is_interrupted();
}

static cJSON *on_question(void *data, const cJSON *question)
{
    struct run *run = data;
    return is_interrupted() ? NULL : test_data_answer(&run->data, question);
}

static void on_end(void *data, const struct script_test *test, const char *failure, uint64_t checks)
{
    struct run *run = data;
    struct timespec now;
    if (run->data.runs)
        private_daemon_show_prints(&run->data.daemon, NULL);
    test_data_end(&run->data);
    clock_gettime(CLOCK_MONOTONIC, &now);
    const struct outcome outcome = {.file = mem_copy_text(run->file),
                                    .name = mem_copy_text(test->name),
                                    .failure = mem_copy_text(failure),
                                    .line = test->line,
                                    .checks = checks,
                                    .seconds = (double)(now.tv_sec - run->began.tv_sec) +
                                               (double)(now.tv_nsec - run->began.tv_nsec) / 1e9};
    add_outcome(run, &outcome);
}

static void on_print(void *data, const char *place, const char *text)
{
    (void)data;
    fprintf(stderr, "%s: %s\n", place, text);
}

static void fail_file(struct run *run, const char *failure)
{
    const struct outcome outcome = {.file = mem_copy_text(run->file), .failure = mem_copy_text(failure)};
    add_outcome(run, &outcome);
}

/* ---- what stands beside it ----------------------------------------------------------------------------- */

/* What the tests of a folder may import: the instruments that its indicators are on. */
struct beside {
    struct texts instruments, levels; /* levels: of indicators on events */
    bool has_events;
    cJSON *declared; /* what is said of instruments */
};

static void add_script(struct beside *beside, const struct script_check *check)
{
    texts_add_all(&beside->instruments, &check->surveys);
    texts_add_all(&beside->levels, &check->levels);
    beside->has_events |= check->has_events;
    for (size_t i = 0; check->instruments_json && i < check->instruments; i++)
        cJSON_AddItemToArray(beside->declared, cJSON_Parse(check->instruments_json[i]));
}

/* A script that does not load fails the file, for its tests would fail for want of it. */
static int look_beside(struct run *run, const char *folder, struct beside *beside)
{
    struct script_check *checks;
    size_t count;
    struct error error;
    char *const paths[] = {(char *)folder};
    const char *failure = NULL;
    beside->declared = cJSON_CreateArray();
    if (script_check_paths(paths, 1, run->worker, &checks, &count, &error) != 0 &&
        error.kind != ERROR_NOT_FOUND) /* tests may stand alone */
        failure = error.text;
    for (size_t i = 0; i < count && !failure; i++) {
        failure = checks[i].error;
        add_script(beside, &checks[i]);
    }
    if (failure)
        fail_file(run, failure);
    script_checks_free(checks, count);
    return failure ? -1 : 0;
}

static void free_beside(struct beside *beside)
{
    texts_free(&beside->instruments);
    texts_free(&beside->levels);
    cJSON_Delete(beside->declared);
}

/* ---- one file ------------------------------------------------------------------------------------------ */

static void run_file(struct run *run, const char *path)
{
    const struct script_tests_callbacks callbacks = {.loaded = on_loaded,
                                                     .begins = on_begin,
                                                     .asked = on_question,
                                                     .ended = on_end,
                                                     .printed = on_print,
                                                     .data = run};
    struct error error;
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mem_copy_text(".");
    struct beside beside = {0};
    run->file = slash ? slash + 1 : path;
    if (look_beside(run, folder, &beside) == 0) {
        run->data = (struct test_data){.folder = folder,
                                       .instruments = &beside.instruments,
                                       .events = {.levels = &beside.levels},
                                       .has_events = beside.has_events,
                                       .declared = beside.declared};
        if (script_tests_run(path, run->worker, &callbacks, &error) != 0)
            fail_file(run, error.text);
        test_data_end(&run->data); /* of a test that was interrupted */
    }
    free_beside(&beside);
    free(folder);
}

/* ---- which files --------------------------------------------------------------------------------------- */

static bool is_test_file(const char *name)
{
    return name[0] != '.' && test_file_is(name);
}

static int is_test_entry(const struct dirent *entry)
{
    return is_test_file(entry->d_name);
}

/* The same order on every machine, whatever its language. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int run_folder(struct run *run, const char *folder)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_test_entry, by_name);
    for (int i = 0; i < count; i++) {
        char *path = mem_format("%s/%s", folder, entries[i]->d_name);
        if (!is_interrupted())
            run_file(run, path);
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (count < 0)
        return fail("%s: %s", folder, strerror(errno));
    return count > 0 ? STATUS_GOOD
                     : fail("%s: holds no tests; they stand in files whose names end in _test.lua", folder);
}

static int run_path(struct run *run, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return fail("%s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return run_folder(run, path);
    const char *slash = strrchr(path, '/');
    if (!is_test_file(slash ? slash + 1 : path))
        return usage("%s: is no file of tests; its name has to end in _test.lua", path);
    run_file(run, path);
    return STATUS_GOOD;
}

/* ---- the command -------------------------------------------------------------------------------------- */

static int run_test(const struct options *options)
{
    static char here[] = ".";
    char *nothing[] = {here};
    char **paths = options->argument_count > 1 ? options->arguments + 1 : nothing;
    const int count = options->argument_count > 1 ? options->argument_count - 1 : 1;
    struct run run = {.options = options, .worker = programs_find("wijzer-worker")};
    int status = STATUS_GOOD;
    if (options->format == FORMAT_TABLE)
        puts("TAP version 14");
    for (int i = 0; i < count && status == STATUS_GOOD && !is_interrupted(); i++)
        status = run_path(&run, paths[i]);
    outcomes_print(&run.outcomes, options->format);
    fflush(stdout); /* does anybody read it? */
    if (status == STATUS_GOOD && options->junit)
        status = outcomes_write_junit(&run.outcomes, options->junit);
    if (status == STATUS_GOOD && (run.outcomes.failed || is_interrupted()))
        status = STATUS_FAILED;
    outcomes_free(&run.outcomes);
    free(run.worker);
    return status;
}

const struct script_command script_test = {.name = "test",
                                           .least_arguments = 0,
                                           .usage = "wijzer script test [FOLDER or FILE_test.lua]...",
                                           .run = run_test};
