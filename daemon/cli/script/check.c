/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/mem.h"
#include "base/programs.h"
#include "base/utf8.h"
#include "script/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_good(const struct script_check *check)
{
    return !check->error && !check->findings.errors;
}

static const char *severity_word(enum severity severity)
{
    return severity == SEVERITY_ERROR ? "error" : "warning";
}

/* ---- for people, and for editors that read "FILE:LINE:COLUMN: " ---------------------------------------- */

/* As it goes to a terminal: a finding is one line, whatever its file is called. To be freed. */
static char *shown_path(const struct script_check *check)
{
    char *path = mem_copy_text(check->path);
    utf8_mend(path);
    for (char *at = path; (at = strpbrk(at, "\n\t")) != NULL;)
        *at = '?';
    return path;
}

static void print_findings(const struct script_check *check)
{
    char *path = shown_path(check);
    for (size_t i = 0; i < check->findings.count; i++) {
        const struct finding *finding = &check->findings.list[i];
        printf("%s:%d:%d: %s: %s [%s]\n", path, finding->place.line, finding->place.column,
               severity_word(finding->severity), finding->message, finding->code);
        if (finding->trace)
            printf("%s\n", finding->trace);
    }
    free(path);
}

/* "2 indicators, 1 alert" */
static void put_count(struct buf *text, size_t count, const char *what)
{
    if (count)
        buf_append_format(text, "%s%zu %s%s", text->size ? ", " : "", count, what, count == 1 ? "" : "s");
}

static void add_summary(struct table *table, const struct script_check *check)
{
    const struct findings *findings = &check->findings;
    struct buf text = {0};
    if (is_good(check)) {
        put_count(&text, check->instruments, "instrument");
        put_count(&text, check->indicators, "indicator");
        put_count(&text, check->alerts, "alert");
        if (!text.size)
            buf_append_text(&text, "declares nothing");
    }
    put_count(&text, findings->errors, "error");
    put_count(&text, findings->count - findings->errors, "warning");
    if (findings_are_full(findings))
        buf_append_text(&text, ", and more");
    buf_put_u8(&text, 0);
    table_cell(table, check->path);
    table_cell(table, is_good(check) ? "good" : "wrong");
    table_cell(table, (const char *)text.data);
    buf_free(&text);
}

static void print_for_people(const struct script_check *checks, size_t count)
{
    struct table table = {0};
    table_column(&table, "file", false);
    table_column(&table, "is", false);
    table_column(&table, "", false);
    for (size_t i = 0; i < count; i++) {
        print_findings(&checks[i]);
        add_summary(&table, &checks[i]);
    }
    table_print(&table, FORMAT_TABLE);
    table_free(&table);
}

/* ---- for programs -------------------------------------------------------------------------------------- */

static void number_cell(struct table *table, int number)
{
    char *text = mem_format("%d", number);
    table_cell(table, text);
    free(text);
}

static void print_csv(const struct script_check *checks, size_t count)
{
    struct table table = {0};
    table_column(&table, "file", false);
    table_column(&table, "line", true);
    table_column(&table, "column", true);
    table_column(&table, "end_column", true);
    table_column(&table, "severity", false);
    table_column(&table, "code", false);
    table_column(&table, "message", false);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < checks[i].findings.count; k++) {
            const struct finding *finding = &checks[i].findings.list[k];
            table_cell(&table, checks[i].path);
            number_cell(&table, finding->place.line);
            number_cell(&table, finding->place.column);
            number_cell(&table, finding->place.end_column);
            table_cell(&table, severity_word(finding->severity));
            table_cell(&table, finding->code);
            table_cell(&table, finding->message);
        }
    table_print(&table, FORMAT_CSV);
    table_free(&table);
}

static cJSON *finding_json(const struct finding *finding)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "line", finding->place.line);
    cJSON_AddNumberToObject(json, "column", finding->place.column);
    cJSON_AddNumberToObject(json, "end_column", finding->place.end_column);
    cJSON_AddStringToObject(json, "severity", severity_word(finding->severity));
    cJSON_AddStringToObject(json, "code", finding->code);
    cJSON_AddStringToObject(json, "message", finding->message);
    if (finding->trace)
        cJSON_AddStringToObject(json, "trace", finding->trace);
    return json;
}

static cJSON *check_json(const struct script_check *check)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", check->path);
    cJSON_AddBoolToObject(json, "ok", is_good(check));
    cJSON_AddItemToObject(json, "error",
                          check->error ? cJSON_CreateString(check->error) : cJSON_CreateNull());
    cJSON_AddNumberToObject(json, "instruments", (double)check->instruments);
    cJSON_AddNumberToObject(json, "indicators", (double)check->indicators);
    cJSON_AddNumberToObject(json, "alerts", (double)check->alerts);
    cJSON *findings = cJSON_AddArrayToObject(json, "findings");
    for (size_t i = 0; i < check->findings.count; i++)
        cJSON_AddItemToArray(findings, finding_json(&check->findings.list[i]));
    return json;
}

static void print_json(const struct script_check *checks, size_t count)
{
    cJSON *json = cJSON_CreateArray();
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(json, check_json(&checks[i]));
    char *text = cJSON_PrintUnformatted(json);
    puts(text);
    free(text);
    cJSON_Delete(json);
}

/* ---- the command --------------------------------------------------------------------------------------- */

static void print_checks(const struct script_check *checks, size_t count, enum format format)
{
    if (format == FORMAT_JSON)
        print_json(checks, count);
    else if (format == FORMAT_CSV)
        print_csv(checks, count);
    else
        print_for_people(checks, count);
}

static int run_check(const struct options *options)
{
    char *worker = programs_find("wijzer-worker");
    struct script_check *checks;
    size_t count;
    struct error error;
    int status = STATUS_GOOD;
    if (script_check_paths(options->arguments + 1, (size_t)options->argument_count - 1, worker, &checks,
                           &count, &error) != 0)
        status = fail("%s", error.text);
    else
        print_checks(checks, count, options->format);
    for (size_t i = 0; i < count; i++)
        if (!is_good(&checks[i]))
            status = STATUS_FAILED;
    script_checks_free(checks, count);
    free(worker);
    return status;
}

const struct script_command script_check = {.name = "check",
                                            .least_arguments = 1,
                                            .usage = "wijzer script check FILE.lua or FOLDER ...",
                                            .run = run_check};
