/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/check.h"

#include "base/mem.h"
#include "script/lint/lint.h"
#include "script/scripts_internal.h"
#include "script/test_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was asked for: a folder, or a file in one. */
struct target {
    const char *path;
    char *folder;
    const char *file; /* NULL: the whole folder */
    bool found;
};

struct checking {
    struct target *targets;
    size_t target_count;
    const char *folder; /* the one that is checked now */
    struct scripts *scripts;
    struct script_check *checks;
    size_t count;
    struct error *error;
    bool failed;
};

/* ---- what was asked for -------------------------------------------------------------------------------- */

static void split_target(struct target *target, bool is_folder)
{
    if (is_folder) {
        for (size_t end = strlen(target->folder); end > 1 && target->folder[end - 1] == '/'; end--)
            target->folder[end - 1] = '\0';
        return;
    }
    char *slash = strrchr(target->folder, '/');
    target->file = slash ? strrchr(target->path, '/') + 1 : target->path;
    if (slash)
        slash[slash == target->folder ? 1 : 0] = '\0';
    else
        strcpy(target->folder, ".");
}

static int read_target(struct target *target, const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error, ERROR_NOT_FOUND, "%s: %s", path, strerror(errno));
    *target = (struct target){.path = path, .folder = mem_copy_text(path)};
    split_target(target, S_ISDIR(status.st_mode));
    return faccessat(AT_FDCWD, target->folder, R_OK | X_OK, AT_EACCESS) == 0
               ? 0
               : error_set(error, ERROR_FAILED, "%s: the folder cannot be read: %s", target->folder,
                           strerror(errno));
}

static bool is_meant(const struct checking *checking, const struct target *target, const char *file)
{
    return strcmp(target->folder, checking->folder) == 0 &&
           (!target->file || strcmp(target->file, file) == 0);
}

static char *path_in_target(const struct target *target, const char *file)
{
    if (target->file)
        return mem_copy_text(target->path);
    if (strcmp(target->folder, ".") == 0)
        return mem_copy_text(file);
    return mem_format("%s%s%s", target->folder, strcmp(target->folder, "/") == 0 ? "" : "/", file);
}

/* How the file was asked for first. NULL: it was not. */
static char *asked_path(const struct checking *checking, const char *file)
{
    char *path = NULL;
    for (size_t i = 0; i < checking->target_count; i++) {
        struct target *target = &checking->targets[i];
        if (!is_meant(checking, target, file))
            continue;
        target->found = true;
        if (!path)
            path = path_in_target(target, file);
    }
    return path;
}

/* ---- one script ---------------------------------------------------------------------------------------- */

static void add_source(struct script_check *check, const struct indicator_declaration *indicator)
{
    if (indicator->instrument) {
        texts_add(&check->surveys, indicator->instrument);
        return;
    }
    check->has_events = true;
    for (size_t i = 0; i < indicator->level_count; i++)
        texts_add(&check->levels, indicator->levels[i]);
}

static void add_declarations(struct script_check *check, const struct declarations *declarations)
{
    check->instruments = declarations->instrument_count;
    check->indicators = declarations->indicator_count;
    check->alerts = declarations->alert_count;
    check->instruments_json = mem_alloc(check->instruments * sizeof *check->instruments_json);
    for (size_t i = 0; i < check->instruments; i++)
        check->instruments_json[i] = mem_copy_text(declarations->instruments[i].json);
    for (size_t i = 0; i < declarations->indicator_count; i++)
        add_source(check, &declarations->indicators[i]);
}

/* What is known of a script, though it may not have loaded. */
static const struct declarations *declared_by(const struct script *script)
{
    return script->running ? &script->declarations : &script->draft;
}

/* Is everything that it declares known? An unknown key is left out of a declaration that is read on. */
static bool is_known_whole(const struct script *script)
{
    const struct declarations *draft = &script->draft;
    bool whole = script->running || draft->problem_count;
    for (size_t i = 0; i < draft->problem_count && !script->running; i++)
        whole &= strcmp(draft->problems[i].code, "unknown-key") == 0;
    return whole;
}

/* A script that was ended, or cannot be read, told nothing of itself. */
static void add_failure(const struct lint *lint, const struct script *script)
{
    if (script->running || script->draft.problem_count || !script->failure)
        return;
    lint_problem(lint, script->problem ? "unreadable" : "limit", script->failure, 0);
}

/* All scripts of the folder, as they declare things; *known is cleared where not all of it is known. To be
 * freed. */
static const struct declarations **list_declared(const struct scripts *scripts, bool *known)
{
    const struct declarations **list = mem_alloc(scripts->count * sizeof *list);
    for (size_t i = 0; i < scripts->count; i++) {
        list[i] = declared_by(scripts->all[i]);
        *known &= is_known_whole(scripts->all[i]);
    }
    return list;
}

/* The outlines of a script and, behind it, of what it requires. */
static struct outline *outline_all(const struct source *source)
{
    struct outline *outlines = mem_alloc((source->module_count + 1) * sizeof *outlines);
    outline_make(&outlines[0], source->text);
    for (size_t i = 0; i < source->module_count; i++)
        outline_make(&outlines[i + 1], source->modules[i].text);
    return outlines;
}

static void free_outlines(struct outline *outlines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        outline_free(&outlines[i]);
    free(outlines);
}

static void look_at(const struct scripts *scripts, size_t at, struct findings *findings)
{
    const struct script *script = scripts->all[at];
    struct source nothing = {.text = ""}; /* a file that cannot be read */
    const struct source *source = script->seen ? script->seen : &nothing;
    struct outline *outlines = outline_all(source);
    bool all_known = true;
    const struct declarations **list = list_declared(scripts, &all_known);
    const struct declarations_list earlier = {list, at}, all = {list, scripts->count};
    const struct lint lint = {.file = script->file,
                              .outline = outlines,
                              .modules = outlines + 1,
                              .module_count = source->module_count,
                              .declarations = list[at],
                              .earlier = &earlier,
                              .all = &all,
                              .all_known = all_known,
                              .findings = findings};
    add_failure(&lint, script);
    lint_script(&lint);
    free_outlines(outlines, source->module_count + 1);
    free(list);
}

static char *reason_to_refuse(const struct script *script)
{
    if (script->conflict || script->failure)
        return mem_copy_text(script->conflict ? script->conflict : script->failure);
    return script->running ? NULL : mem_format("%s: cannot be loaded", script->file);
}

static void add_check(struct checking *checking, size_t at)
{
    const struct script *script = checking->scripts->all[at];
    char *path = asked_path(checking, script->file);
    if (!path)
        return;
    checking->checks = mem_resize(checking->checks, checking->count + 1, sizeof *checking->checks);
    struct script_check *check = &checking->checks[checking->count++];
    *check = (struct script_check){
        .file = mem_copy_text(script->file), .path = path, .error = reason_to_refuse(script)};
    add_declarations(check, declared_by(script));
    look_at(checking->scripts, at, &check->findings);
}

/* ---- one folder ---------------------------------------------------------------------------------------- */

static void on_stopped(void *data)
{
    (void)data;
}

static void on_changed(void *data)
{
    (void)data;
}

static void on_ready(void *data)
{
    struct checking *checking = data;
    const char *problem = checking->scripts->worker_problem;
    checking->failed = problem != NULL;
    if (problem)
        error_set(checking->error, ERROR_FAILED, "%s", problem);
    for (size_t i = 0; i < checking->scripts->count && !problem; i++)
        add_check(checking, i);
    scripts_stop(checking->scripts, on_stopped, NULL);
}

static int check_folder(struct checking *checking, const char *worker_path)
{
    uv_loop_t loop;
    const struct scripts_options options = {
        .folders = checking->folder, .worker_path = worker_path, .quiet = true};
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = checking};
    uv_loop_init(&loop);
    const int result = scripts_start(&checking->scripts, &loop, &options, &callbacks, checking->error);
    uv_run(&loop, UV_RUN_DEFAULT);
    const int left_open = uv_loop_close(&loop);
    assert(left_open == 0); /* whoever was stopped has closed what it opened */
    (void)left_open;
    return result == 0 && !checking->failed ? 0 : -1;
}

static int no_script(const struct target *target, struct error *error)
{
    if (test_file_is(target->file))
        return error_set(error, ERROR_INPUT, "%s: holds tests, and is not loaded as a script", target->path);
    return error_set(error, ERROR_INPUT, "%s: is not a script: its name has to end in .lua", target->path);
}

static bool is_done(const struct checking *checking, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(checking->targets[i].folder, checking->targets[at].folder) == 0)
            return true;
    return false;
}

static int check_folders(struct checking *checking, const char *worker_path)
{
    for (size_t i = 0; i < checking->target_count; i++) {
        const struct target *target = &checking->targets[i];
        checking->folder = target->folder;
        if (!is_done(checking, i) && check_folder(checking, worker_path) != 0)
            return -1;
        if (!target->found)
            return target->file ? no_script(target, checking->error)
                                : error_set(checking->error, ERROR_NOT_FOUND,
                                            "%s: holds no scripts; they are files whose names end in .lua",
                                            target->path);
    }
    return 0;
}

int script_check_paths(char *const *paths, size_t path_count, const char *worker_path,
                       struct script_check **checks, size_t *count, struct error *error)
{
    struct checking checking = {.targets = mem_alloc(path_count * sizeof *checking.targets), .error = error};
    int result = 0;
    for (; checking.target_count < path_count && result == 0; checking.target_count++)
        result = read_target(&checking.targets[checking.target_count], paths[checking.target_count], error);
    if (result == 0)
        result = check_folders(&checking, worker_path);
    for (size_t i = 0; i < checking.target_count; i++)
        free(checking.targets[i].folder);
    free(checking.targets);
    *checks = checking.checks;
    *count = checking.count;
    return result;
}

void script_checks_free(struct script_check *checks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(checks[i].file);
        free(checks[i].path);
        free(checks[i].error);
        findings_free(&checks[i].findings);
        texts_free(&checks[i].surveys);
        texts_free(&checks[i].levels);
        for (size_t k = 0; checks[i].instruments_json && k < checks[i].instruments; k++)
            free(checks[i].instruments_json[k]);
        free(checks[i].instruments_json);
    }
    free(checks);
}
