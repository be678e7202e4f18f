/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/programs.h"
#include "script/check.h"

#include <stdio.h>
#include <stdlib.h>

static void add_check(struct table *table, cJSON *json, const struct script_check *check)
{
    char *declares = mem_format("%zu instruments, %zu indicators, %zu alerts", check->instruments,
                                check->indicators, check->alerts);
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
    cJSON_AddNumberToObject(object, "alerts", (double)check->alerts);
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
    char *worker = programs_find("wijzer-worker");
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

const struct script_command script_check = {.name = "check",
                                            .least_arguments = 1,
                                            .usage = "wijzer script check FILE.lua or FOLDER",
                                            .run = run_check};
