/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/mem.h"
#include "script/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beside our own executable in a build, in libexec once installed. */
static char *find_worker(void)
{
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = length > 0 ? memrchr(self, '/', (size_t)length) : NULL;
    if (slash) {
        *slash = '\0';
        char *beside = mem_format("%s/wijzer-worker", self);
        if (access(beside, X_OK) == 0)
            return beside;
        free(beside);
    }
    return mem_copy_text(WIJZER_LIBEXEC_DIR "/wijzer-worker");
}

static void add_check(struct table *table, cJSON *json, const struct script_check *check)
{
    char *declares = mem_format("%zu instruments, %zu indicators", check->instruments, check->indicators);
    table_cell(table, check->file);
    table_cell(table, check->ok ? "good" : "wrong");
    table_cell(table, check->error ? check->error : declares);
    free(declares);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(json, object);
    cJSON_AddStringToObject(object, "file", check->file);
    cJSON_AddBoolToObject(object, "ok", check->ok);
    cJSON_AddItemToObject(object, "error",
                          check->error ? cJSON_CreateString(check->error) : cJSON_CreateNull());
    cJSON_AddNumberToObject(object, "instruments", (double)check->instruments);
    cJSON_AddNumberToObject(object, "indicators", (double)check->indicators);
}

/* Checks one path; *good is cleared where something is wrong. */
static int check_path(const char *path, const char *worker, struct table *table, cJSON *json, bool *good)
{
    struct script_check *checks;
    size_t count;
    struct error error;
    if (script_check_path(path, worker, &checks, &count, &error) != 0)
        return fail("%s", error.text);
    for (size_t i = 0; i < count; i++) {
        add_check(table, json, &checks[i]);
        *good &= checks[i].ok;
    }
    script_checks_free(checks, count);
    return STATUS_GOOD;
}

static int run_check(const struct options *options)
{
    char *worker = find_worker();
    struct table table = {0};
    cJSON *json = cJSON_CreateArray();
    bool good = true;
    int status = STATUS_GOOD;
    table_column(&table, "file", false);
    table_column(&table, "is", false);
    table_column(&table, "", false);
    for (int i = 1; i < options->argument_count && status == STATUS_GOOD; i++)
        status = check_path(options->arguments[i], worker, &table, json, &good);
    if (options->format == FORMAT_JSON) {
        char *text = cJSON_PrintUnformatted(json);
        puts(text);
        free(text);
    } else {
        table_print(&table, options->format);
    }
    cJSON_Delete(json);
    table_free(&table);
    free(worker);
    return status == STATUS_GOOD && good ? STATUS_GOOD : STATUS_FAILED;
}

static int run_script(const struct options *options)
{
    if (options->argument_count < 2 || strcmp(options->arguments[0], "check") != 0)
        return usage("it is wijzer script check FILE.lua or FOLDER; see wijzer script --help");
    return run_check(options);
}

const struct command command_script = {
    .name = "script",
    .summary = "checks scripts before they go live",
    .help = "Usage: wijzer script check PATH... [--format table|csv|json]\n"
            "\n"
            "Loads a script, or every script of a folder, as wijzerd would: in the same worker, behind the "
            "same walls,\n"
            "beside the other scripts of its folder. Says what is wrong with file and line. Needs no running "
            "wijzerd.\n"
            "\n"
            "Exit status: 0 when every script is good, 1 when one is not.\n"
            "\n"
            "Example: wijzer script check /etc/wijzer/scripts\n",
    .options = "f",
    .run = run_script,
};
