/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool is_empty(const cJSON *json)
{
    return json_amount(json, "responses") + json_amount(json, "events") + json_amount(json, "resources") +
               json_amount(json, "quarantined") + json_amount(json, "files") ==
           0;
}

static void print_counts(const cJSON *json, struct table *table)
{
    static const char *const keys[] = {"responses",   "events", "resources",
                                       "quarantined", "files",  "unreadable"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *text = mem_format("%.0f", json_amount(json, keys[i]));
        table_cell(table, text);
        free(text);
    }
}

static void print_for_people(const cJSON *json)
{
    if (!cJSON_IsTrue(json_get(json, "done"))) {
        puts("it has begun and takes longer; it goes on, and wijzer audit shows when it is done");
        return;
    }
    printf(
        "forgotten: %.0f responses, %.0f events, %.0f resources, %.0f rows of the quarantine, %.0f files\n",
        json_amount(json, "responses"), json_amount(json, "events"), json_amount(json, "resources"),
        json_amount(json, "quarantined"), json_amount(json, "files"));
    if (json_amount(json, "unreadable") > 0)
        printf(
            "  %.0f files in done/ and failed/ could not be looked through: the log of wijzerd names them; "
            "look yourself\n",
            json_amount(json, "unreadable"));
}

/* ---- one identifier ------------------------------------------------------------------------------------ */

static void print_answer(const struct options *options, const struct answer *answer, struct table *table)
{
    if (options->format == FORMAT_JSON)
        answer_print_json(answer);
    else if (options->format == FORMAT_CSV)
        print_counts(answer->json, table);
    else
        print_for_people(answer->json);
}

/* `quiet`: prints nothing where nothing was known. */
static int forget_as(const struct options *options, const char *identifier, struct table *table, bool quiet,
                     bool *known)
{
    struct answer answer;
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "id", identifier);
    char *text = cJSON_PrintUnformatted(body);
    cJSON_Delete(body);
    const int asked = client_do(options, "POST", "/v1/forget", text, &answer);
    free(text);
    if (asked != STATUS_GOOD)
        return asked;
    const bool is_unknown = answer.status == 200 && is_empty(answer.json);
    *known |= !is_unknown;
    if (!is_unknown || !quiet)
        print_answer(options, &answer, table);
    answer_free(&answer);
    return STATUS_GOOD;
}

/* How an LMS's feed has an address: without "mailto:", and with the domain in lower case. NULL: it is none,
 * or written so already. */
static char *as_address(const char *identifier)
{
    static const char scheme[] = "mailto:";
    const bool has_scheme = strncasecmp(identifier, scheme, sizeof scheme - 1) == 0;
    const char *given = identifier + (has_scheme ? sizeof scheme - 1 : 0);
    if (!strchr(given, '@') || strpbrk(given, ":/ "))
        return NULL;
    char *address = mem_copy_text(given);
    for (char *at = strrchr(address, '@'); *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at);
    if (strcmp(address, identifier) != 0)
        return address;
    free(address);
    return NULL;
}

static int forget(const struct options *options, const char *identifier, struct table *table)
{
    bool known = false;
    char *address = as_address(identifier);
    int status = forget_as(options, identifier, table, address != NULL, &known);
    if (status == STATUS_GOOD && address)
        status = forget_as(options, address, table, known, &known);
    free(address);
    if (status == STATUS_GOOD && !known)
        status = fail(
            "nothing was known of this identifier; is it written as in the export? Of an LMS the README of "
            "its plugin says how");
    return status;
}

/* ---- the command --------------------------------------------------------------------------------------- */

/* A line each. */
static int forget_lines(const struct options *options, struct table *table)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int status = STATUS_GOOD, count = 0;
    if (isatty(STDIN_FILENO))
        fputs("The identifiers, a line each; Ctrl-D ends:\n", stderr);
    while ((length = getline(&line, &room, stdin)) > 0) {
        line[strcspn(line, "\r\n")] = '\0';
        if (!*line)
            continue;
        count++;
        if (forget(options, line, table) != STATUS_GOOD)
            status = STATUS_FAILED;
    }
    const bool failed = ferror(stdin);
    free(line);
    if (failed)
        return fail("standard input: %s", strerror(errno));
    return count ? status : usage("no identifier came on standard input");
}

static int run_forget(const struct options *options)
{
    static const char *const headings[] = {"responses",   "events", "resources",
                                           "quarantined", "files",  "unreadable"};
    struct table table = {0};
    if (options->argument_count > 1)
        return usage("one identifier at a time, or a line each on standard input");
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        table_column(&table, headings[i], true);
    const int status = options->argument_count ? forget(options, options->arguments[0], &table)
                                               : forget_lines(options, &table);
    if (options->format == FORMAT_CSV && status != STATUS_USAGE)
        table_print(&table, FORMAT_CSV);
    table_free(&table);
    return status;
}

const struct command command_forget = {
    .name = "forget",
    .summary = "removes everything that there is of a person",
    .help =
        "Usage: wijzer forget [ID] [--format table|csv|json]\n"
        "\n"
        "Forgets the person with this identifier, written as in the export: their responses in every wave, "
        "also earlier\n"
        "versions, their events, what the quarantine has of them, and the documents in done/ and failed/ of "
        "the watched\n"
        "folders that they are in (whole files: the other rows are in the store). Indicators and alerts are "
        "then as if\n"
        "the person had never been there. Of somebody in an LMS, ID is the mail address, \"sha1:DIGITS\", "
        "the OpenID, or\n"
        "\"HOMEPAGE NAME\" of an account. Without ID, identifiers are read from standard input, a line each, "
        "and are in\n"
        "no shell history.\n"
        "\n"
        "Returns when nothing is left, or after a minute; then it goes on, also after a restart. Remove the "
        "person from\n"
        "the survey tool first: an export that comes in again brings them back. Copies of their own "
        "(backups, "
        "files\n"
        "elsewhere) are yours to remove.\n"
        "\n"
        "Exit status: 1 where nothing was known of an identifier.\n"
        "\n"
        "Example: wijzer forget < identifiers.txt\n",
    .options = "f",
    .run = run_forget,
};
