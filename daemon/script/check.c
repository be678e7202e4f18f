/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/check.h"

#include "base/mem.h"
#include "script/scripts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct checking {
    const char *only; /* the file that was asked for; NULL: all */
    struct scripts *scripts;
    struct script_check *checks;
    size_t count;
};

static bool has_survey(const struct script_check *check, const char *instrument)
{
    for (size_t i = 0; i < check->survey_count; i++)
        if (strcmp(check->surveys[i], instrument) == 0)
            return true;
    return false;
}

static void add_declarations(struct script_check *check, const struct declarations *declarations)
{
    check->instruments = declarations->instrument_count;
    check->indicators = declarations->indicator_count;
    check->alerts = declarations->alert_count;
    for (size_t i = 0; i < declarations->indicator_count; i++) {
        const char *instrument = declarations->indicators[i].instrument;
        if (!instrument || has_survey(check, instrument))
            continue;
        check->surveys = mem_resize(check->surveys, check->survey_count + 1, sizeof *check->surveys);
        check->surveys[check->survey_count++] = mem_copy_text(instrument);
    }
}

static void add_check(void *data, const struct script_info *info)
{
    struct checking *checking = data;
    if (checking->only && strcmp(checking->only, info->file) != 0)
        return;
    checking->checks = mem_resize(checking->checks, checking->count + 1, sizeof *checking->checks);
    struct script_check *check = &checking->checks[checking->count++];
    *check = (struct script_check){.file = mem_copy_text(info->file),
                                   .ok = info->state == SCRIPT_ACTIVE,
                                   .error = mem_copy_text(info->error)};
    if (info->declarations)
        add_declarations(check, info->declarations);
}

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
    scripts_each(checking->scripts, add_check, checking);
    scripts_stop(checking->scripts, on_stopped, NULL);
}

static int check_folder(const char *folder, const char *worker_path, struct checking *checking,
                        struct error *error)
{
    uv_loop_t loop;
    const struct scripts_options options = {.folders = folder, .worker_path = worker_path, .quiet = true};
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = checking};
    uv_loop_init(&loop);
    const int result = scripts_start(&checking->scripts, &loop, &options, &callbacks, error);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    return result;
}

int script_check_path(const char *path, const char *worker_path, struct script_check **checks, size_t *count,
                      struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return error_set(error, ERROR_NOT_FOUND, "%s: %s", path, strerror(errno));
    char *folder = mem_copy_text(path);
    struct checking checking = {0};
    if (!S_ISDIR(status.st_mode)) {
        /* The other files of its folder are loaded with it: it may stand on one of them. */
        char *slash = strrchr(folder, '/');
        checking.only = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
        if (slash)
            slash[slash == folder ? 1 : 0] = '\0';
        else
            strcpy(folder, ".");
    }
    int result = check_folder(folder, worker_path, &checking, error);
    if (result == 0 && checking.only && checking.count == 0)
        result = error_set(error, ERROR_INPUT, "%s: is not a script: its name has to end in .lua", path);
    free(folder);
    *checks = checking.checks;
    *count = checking.count;
    return result;
}

void script_checks_free(struct script_check *checks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(checks[i].file);
        free(checks[i].error);
        for (size_t k = 0; k < checks[i].survey_count; k++)
            free(checks[i].surveys[k]);
        free(checks[i].surveys);
    }
    free(checks);
}
