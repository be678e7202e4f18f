/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script/test_outcomes.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void outcomes_add(struct outcomes *outcomes, const struct outcome *outcome)
{
    outcomes->list = mem_resize(outcomes->list, outcomes->count + 1, sizeof *outcomes->list);
    outcomes->list[outcomes->count++] = *outcome;
    outcomes->failed += outcome->failure != NULL;
}

void outcomes_free(struct outcomes *outcomes)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        free(outcomes->list[i].file);
        free(outcomes->list[i].name);
        free(outcomes->list[i].failure);
    }
    free(outcomes->list);
}

/* ---- TAP, test by test --------------------------------------------------------------------------------- */

/* A text of several lines as a YAML block in TAP's diagnostics. */
static void print_diagnosis(const char *failure)
{
    puts("  ---\n  message: |");
    for (const char *line = failure; *line;) {
        const int length = (int)strcspn(line, "\n");
        printf("    %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
    puts("  ...");
}

/* On one line, and without starting a directive of TAP. */
static void print_name(const char *name)
{
    char *line = one_line(name);
    for (const char *at = line; *at; at++) {
        if (*at == '#' || *at == '\\')
            putchar('\\');
        putchar(*at);
    }
    free(line);
}

void outcomes_print_last(const struct outcomes *outcomes)
{
    const struct outcome *outcome = &outcomes->list[outcomes->count - 1];
    printf("%sok %zu - %s%s", outcome->failure ? "not " : "", outcomes->count, outcome->file,
           outcome->name ? ": " : "");
    print_name(outcome->name ? outcome->name : "");
    putchar('\n');
    if (outcome->failure)
        print_diagnosis(outcome->failure);
    fflush(stdout);
}

/* ---- JUnit --------------------------------------------------------------------------------------------- */

static void put_xml(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\n':
            fputs("&#10;", out);
            break;
        default: /* of control characters XML has only tabs and line ends */
            fputc((unsigned char)*text < 0x20 && *text != '\t' ? '?' : *text, out);
        }
}

static void put_case(FILE *out, const struct outcome *outcome)
{
    fputs("  <testcase classname=\"", out);
    put_xml(out, outcome->file);
    fputs("\" name=\"", out);
    put_xml(out, outcome->name ? outcome->name : outcome->file);
    fprintf(out, "\" time=\"%.3f\"", outcome->seconds);
    if (!outcome->failure) {
        fputs("/>\n", out);
        return;
    }
    fputs("><failure message=\"", out);
    put_xml(out, outcome->failure);
    fputs("\"/></testcase>\n", out);
}

/* The form that CI systems read: <testsuite> of <testcase>, as Apache Ant's JUnit task writes it. */
int outcomes_write_junit(const struct outcomes *outcomes, const char *path)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return fail("%s: %s", path, strerror(errno));
    double seconds = 0;
    for (size_t i = 0; i < outcomes->count; i++)
        seconds += outcomes->list[i].seconds;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuite name=\"wijzer script test\" tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n",
            outcomes->count, outcomes->failed, seconds);
    for (size_t i = 0; i < outcomes->count; i++)
        put_case(out, &outcomes->list[i]);
    fputs("</testsuite>\n", out);
    const bool written = !ferror(out);
    return fclose(out) == 0 && written ? STATUS_GOOD : fail("%s: %s", path, strerror(errno));
}

/* ---- all of them ----------------------------------------------------------------------------------------
 */

static void print_csv(const struct outcomes *outcomes)
{
    static const char *const headings[] = {"file", "line", "name", "is", "checks", "failure"};
    struct table table = {0};
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        table_column(&table, headings[i], false);
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *outcome = &outcomes->list[i];
        char *line = mem_format("%d", outcome->line),
             *checks = mem_format("%llu", (unsigned long long)outcome->checks);
        table_cell(&table, outcome->file);
        table_cell(&table, line);
        table_cell(&table, outcome->name);
        table_cell(&table, outcome->failure ? "failed" : "passed");
        table_cell(&table, checks);
        table_cell(&table, outcome->failure);
        free(line);
        free(checks);
    }
    table_print(&table, FORMAT_CSV);
    table_free(&table);
}

static void print_json(const struct outcomes *outcomes)
{
    cJSON *tests = cJSON_CreateArray();
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *outcome = &outcomes->list[i];
        cJSON *test = cJSON_CreateObject();
        cJSON_AddItemToArray(tests, test);
        cJSON_AddStringToObject(test, "file", outcome->file);
        cJSON_AddNumberToObject(test, "line", outcome->line);
        cJSON_AddItemToObject(test, "name",
                              outcome->name ? cJSON_CreateString(outcome->name) : cJSON_CreateNull());
        cJSON_AddBoolToObject(test, "passed", !outcome->failure);
        cJSON_AddNumberToObject(test, "checks", (double)outcome->checks);
        cJSON_AddNumberToObject(test, "seconds", outcome->seconds);
        cJSON_AddItemToObject(test, "failure",
                              outcome->failure ? cJSON_CreateString(outcome->failure) : cJSON_CreateNull());
    }
    char *text = cJSON_PrintUnformatted(tests);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(tests);
}

void outcomes_print(const struct outcomes *outcomes, enum format format)
{
    if (format == FORMAT_JSON)
        print_json(outcomes);
    else if (format == FORMAT_CSV)
        print_csv(outcomes);
    else
        printf("1..%zu\n# %zu passed, %zu failed\n", outcomes->count, outcomes->count - outcomes->failed,
               outcomes->failed);
}
