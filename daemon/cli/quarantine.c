/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_number(struct table *table, const cJSON *object, const char *key)
{
    char *text = mem_format("%.0f", json_amount(object, key));
    table_cell(table, text);
    free(text);
}

/* The words behind the first, as numbers of rows. NULL: one of them is none, which has been said. */
static char *join_ids(const struct options *options)
{
    struct buf ids = {0};
    for (int i = 1; i < options->argument_count; i++) {
        const char *id = options->arguments[i];
        if (!*id || strspn(id, "0123456789") != strlen(id)) {
            usage("'%s' is no number of a row; see wijzer quarantine list", id);
            buf_free(&ids);
            return NULL;
        }
        buf_append_format(&ids, "%s%s", i > 1 ? "," : "", id);
    }
    buf_put_u8(&ids, 0);
    return (char *)ids.data;
}

/* The path of the feed's quarantine, something below it, and the rows that are meant. To be freed. */
static char *make_path(const struct options *options, const char *below, const char *ids)
{
    struct buf path = {0};
    const struct parameter parameters[] = {{"document", options->document},
                                           {"id", ids && *ids ? ids : NULL},
                                           {"all", options->all ? "1" : NULL},
                                           {NULL, NULL}};
    buf_append_text(&path, "/v1/feeds/");
    client_escape(&path, options->feed);
    buf_append_format(&path, "/quarantine%s", below);
    client_parameters(&path, parameters);
    return (char *)path.data;
}

/* ---- list ---------------------------------------------------------------------------------------------- */

static void add_row(struct table *table, const cJSON *row)
{
    add_number(table, row, "id");
    table_cell(table, json_text(row, "document"));
    add_number(table, row, "row");
    table_cell(table, json_text(row, "column"));
    table_cell(table, json_text(row, "problem"));
    table_cell(table, json_text(row, "at"));
    table_cell(table, cJSON_IsTrue(json_get(row, "can_replay")) ? "yes" : "no");
}

static void print_rows(const struct options *options, const cJSON *json)
{
    static const char *const headings[] = {"id", "document", "row", "column", "problem", "at", "replay"};
    struct table table = {0};
    const cJSON *row;
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        table_column(&table, headings[i], i == 0 || i == 2);
    cJSON_ArrayForEach(row, json_get(json, "quarantine"))
    {
        add_row(&table, row);
    }
    table_print(&table, options->format);
    table_free(&table);
    if (json_amount(json, "missed") > 0)
        fprintf(
            stderr,
            "wijzer: %.0f more rows were rejected when there was no room for them; replay or drop some, and "
            "import their documents again\n",
            json_amount(json, "missed"));
}

static int list(const struct options *options)
{
    struct answer answer;
    if (options->argument_count > 1)
        return usage("'%s' is one word too many; see wijzer quarantine --help", options->arguments[1]);
    char *path = make_path(options, "", NULL);
    const int status = client_ask_pages(options, path, "quarantine", &answer);
    free(path);
    if (status != STATUS_GOOD)
        return status;
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else
        print_rows(options, answer.json);
    answer_free(&answer);
    return STATUS_GOOD;
}

/* ---- show ---------------------------------------------------------------------------------------------- */

static void print_cells(const struct options *options, const cJSON *row)
{
    struct table table = {0};
    const cJSON *cells = json_get(row, "cells"), *cell;
    const char *column = json_text(row, "column"), *document = json_text(row, "document");
    const char *problem = json_text(row, "problem");
    if (options->format == FORMAT_TABLE)
        print_line(stdout, "%s, row %.0f%s%s: %s", document ? document : "", json_amount(row, "row"),
                   column ? ", column " : "", column ? column : "", problem ? problem : "");
    if (options->format == FORMAT_TABLE && !cJSON_IsArray(cells))
        puts("Nothing else was kept of this row; look into the document itself.");
    table_column(&table, "column", false);
    table_column(&table, "text", false);
    cJSON_ArrayForEach(cell, cells)
    {
        table_cell(&table, json_text(cell, "column"));
        table_cell(&table, json_text(cell, "text"));
    }
    if (cJSON_IsArray(cells) || options->format == FORMAT_CSV)
        table_print(&table, options->format);
    table_free(&table);
}

static int show(const struct options *options)
{
    struct answer answer;
    if (options->argument_count != 2)
        return usage("name one row by its number, as in: wijzer quarantine show 12 --feed %s", options->feed);
    char *id = join_ids(options), *below = id ? mem_format("/%s", id) : NULL;
    char *path = id ? make_path(options, below, NULL) : NULL;
    const int status = id ? client_ask(options, path, &answer) : STATUS_USAGE;
    free(path);
    free(below);
    free(id);
    if (status != STATUS_GOOD)
        return status;
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else
        print_cells(options, answer.json);
    answer_free(&answer);
    return STATUS_GOOD;
}

/* ---- replay and drop ----------------------------------------------------------------------------------- */

static void print_counts(const struct options *options, const cJSON *json, const char *const *keys,
                         size_t count)
{
    struct table table = {0};
    for (size_t i = 0; i < count; i++)
        table_column(&table, keys[i], true);
    for (size_t i = 0; i < count; i++)
        add_number(&table, json, keys[i]);
    table_print(&table, options->format);
    table_free(&table);
}

static void print_replay(const struct options *options, const cJSON *json)
{
    static const char *const keys[] = {"rows", "accepted", "replaced", "duplicate", "rejected", "unreadable"};
    if (options->format == FORMAT_CSV) {
        print_counts(options, json, keys, sizeof keys / sizeof *keys);
        return;
    }
    printf("%.0f rows: %.0f accepted, %.0f replaced, %.0f there already, %.0f rejected again\n",
           json_amount(json, "rows"), json_amount(json, "accepted"), json_amount(json, "replaced"),
           json_amount(json, "duplicate"), json_amount(json, "rejected"));
    if (json_amount(json, "unreadable") > 0)
        printf("  %.0f cannot be read again; mend their document and import it\n",
               json_amount(json, "unreadable"));
    if (json_amount(json, "rejected") > 0)
        print_line(stdout, "  why: wijzer quarantine list --feed %s", options->feed);
}

static int replay(const struct options *options)
{
    struct answer answer;
    char *ids = join_ids(options);
    if (!ids)
        return STATUS_USAGE;
    char *path = make_path(options, "/replay", ids);
    int status = client_do(options, "POST", path, NULL, &answer);
    free(path);
    free(ids);
    if (status != STATUS_GOOD)
        return status;
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else
        print_replay(options, answer.json);
    if (json_amount(answer.json, "rejected") + json_amount(answer.json, "unreadable") > 0)
        status = STATUS_FAILED;
    answer_free(&answer);
    return status;
}

static int drop(const struct options *options)
{
    static const char *const keys[] = {"dropped"};
    struct answer answer;
    if (!options->all && !options->document && options->argument_count == 1)
        return usage("say which rows: by their numbers, with --document, or with --all");
    char *ids = join_ids(options);
    if (!ids)
        return STATUS_USAGE;
    char *path = make_path(options, "", ids);
    const int status = client_do(options, "DELETE", path, NULL, &answer);
    free(path);
    free(ids);
    if (status != STATUS_GOOD)
        return status;
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else if (options->format == FORMAT_CSV)
        print_counts(options, answer.json, keys, 1);
    else
        printf("%.0f rows dropped\n", json_amount(answer.json, "dropped"));
    answer_free(&answer);
    return STATUS_GOOD;
}

/* ---- the command --------------------------------------------------------------------------------------- */

static int run_quarantine(const struct options *options)
{
    static const struct {
        const char *word;
        int (*run)(const struct options *options);
        bool takes_all;
    } words[] = {
        {"list", list, false}, {"show", show, false}, {"replay", replay, false}, {"drop", drop, true}};
    if (options->argument_count == 0)
        return usage("say what to do: list, show, replay or drop; see wijzer quarantine --help");
    if (!options->feed)
        return usage("say which feed's rows, as in --feed monitor; see wijzer feeds");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, options->arguments[0]) != 0)
            continue;
        if (options->all && !words[i].takes_all)
            return usage("wijzer quarantine %s has no option --all; without rows it is about all of them",
                         words[i].word);
        return words[i].run(options);
    }
    return usage("'%s' is none of list, show, replay and drop", options->arguments[0]);
}

const struct command command_quarantine = {
    .name = "quarantine",
    .summary = "rows that were rejected: looks at them, reads them again, drops them",
    .help =
        "Usage: wijzer quarantine list --feed NAME [--document FILE] [--format table|csv|json]\n"
        "       wijzer quarantine show ID --feed NAME [--format table|csv|json]\n"
        "       wijzer quarantine replay [ID...] --feed NAME [--document FILE] [--format table|csv|json]\n"
        "       wijzer quarantine drop ID...|--document FILE|--all --feed NAME [--format table|csv|json]\n"
        "\n"
        "A row that is rejected stays in the quarantine of its feed, as it was sent, until it is taken or "
        "dropped.\n"
        "list says which rows there are and why, and show what stands in one. Once the reason is mended (a "
        "label in a\n"
        "script, say), replay puts the rows through the feed again: those that are taken leave the "
        "quarantine, "
        "and the\n"
        "others stay with their new reason. A file that is imported again takes the place of what is there "
        "of "
        "it.\n"
        "\n"
        "The rows are personal: identifiers and answers as they were sent. All of this is for "
        "administrators. At most\n"
        "20,000 rows and 32 MiB are kept of a feed; list says how many had no room.\n"
        "\n"
        "  --feed NAME       the feed, see wijzer feeds\n"
        "  --document FILE   only what came in under this name\n"
        "  --all             drop: everything of the feed\n"
        "\n"
        "Exit status: of replay 0 when every row was taken, 1 when any was not.\n"
        "\n"
        "Example: wijzer quarantine replay --feed monitor --document export.csv\n",
    .options = "fdmw",
    .run = run_quarantine,
};
