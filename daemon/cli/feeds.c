/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_count(struct table *table, const cJSON *feed, const char *key)
{
    double count = 0;
    json_number(feed, key, &count);
    char *text = mem_format("%.0f", count);
    table_cell(table, text);
    free(text);
}

/* How far it is with what is under way. */
static void add_state(struct table *table, const cJSON *feed, const cJSON *importing)
{
    double bytes = 0, done = 0;
    json_number(importing, "bytes", &bytes);
    json_number(importing, "bytes_done", &done);
    char *text = importing ? mem_format("importing %.0f %%", bytes > 0 ? 100 * done / bytes : 0)
                           : mem_copy_text(json_text(feed, "state"));
    table_cell(table, text);
    free(text);
}

/* What keeps it from working, or else the last that went wrong. */
static void add_wrong(struct table *table, const cJSON *feed, const cJSON *last)
{
    const char *error = json_text(feed, "error"), *problem = json_text(feed, "watch_problem"),
               *refusal = json_text(feed, "refusal"), *document = json_text(last, "error");
    if (error || problem || document || !refusal) {
        table_cell(table, error ? error : problem ? problem : document);
        return;
    }
    char *text = mem_format("refused at %s: %s", json_text(feed, "refused_at"), refusal);
    table_cell(table, text);
    free(text);
}

static void add_feed(struct table *table, const cJSON *feed)
{
    const cJSON *importing = json_get(feed, "importing");
    const cJSON *last = importing ? importing : json_get(feed, "last");
    table_cell(table, json_text(feed, "name"));
    table_cell(table, json_text(feed, "plugin"));
    add_state(table, feed, importing);
    add_count(table, feed, "accepted");
    add_count(table, feed, "replaced");
    add_count(table, feed, "duplicate");
    add_count(table, feed, "rejected");
    add_count(table, feed, "quarantined");
    add_count(table, feed, "refused");
    table_cell(table, json_text(last, "document"));
    table_cell(table, json_text(last, importing ? "since" : "at"));
    add_wrong(table, feed, last);
}

static int cancel(const struct options *options)
{
    struct answer answer;
    struct buf path = {0};
    if (options->argument_count != 2)
        return usage("name one feed, as in: wijzer feeds cancel monitor");
    buf_append_text(&path, "/v1/feeds/");
    client_escape(&path, options->arguments[1]);
    buf_append_text(&path, "/import");
    buf_put_u8(&path, 0);
    const int status = client_do(options, "DELETE", (const char *)path.data, NULL, &answer);
    buf_free(&path);
    if (status != STATUS_GOOD)
        return status;
    const char *name = json_text(answer.json, "cancelled");
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else
        print_line(stdout, "%s: cancelled; the rows that are in stay in", name ? name : "");
    answer_free(&answer);
    return STATUS_GOOD;
}

static int run_feeds(const struct options *options)
{
    struct answer answer;
    if (options->argument_count && strcmp(options->arguments[0], "cancel") == 0)
        return cancel(options);
    if (options->argument_count)
        return usage("'%s' is one word too many; see wijzer feeds --help", options->arguments[0]);
    if (client_ask_pages(options, "/v1/feeds", "feeds", &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON) {
        answer_print_json(&answer);
    } else {
        static const char *const headings[] = {"feed",     "plugin",        "state",    "accepted",
                                               "replaced", "duplicate",     "rejected", "in quarantine",
                                               "refused",  "last document", "last at",  "error"};
        struct table table = {0};
        const cJSON *feed;
        for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
            table_column(&table, headings[i], i >= 3 && i <= 8);
        cJSON_ArrayForEach(feed, json_get(answer.json, "feeds"))
        {
            add_feed(&table, feed);
        }
        table_print(&table, options->format);
        table_free(&table);
    }
    answer_free(&answer);
    return STATUS_GOOD;
}

const struct command command_feeds = {
    .name = "feeds",
    .summary = "what comes in, and what became of it",
    .help =
        "Usage: wijzer feeds [--format table|csv|json]\n"
        "       wijzer feeds cancel NAME\n"
        "\n"
        "Lists the feeds of wijzer.conf, with the rows they have taken in since the beginning: accepted "
        "(new),\n"
        "replaced (the same respondent again, with other answers), duplicate (nothing new) and rejected;\n"
        "and the rejected rows that are in the quarantine now, see wijzer quarantine. Of a feed that serves "
        "an LMS,\n"
        "refused counts its requests that were refused, as a whole and with nothing kept; the last column "
        "says why the last was.\n"
        "\n"
        "cancel ends the document that the feed is reading; the rows that are in stay in. A file of a "
        "watched folder then\n"
        "goes to failed/, with its report.\n",
    .options = "f",
    .run = run_feeds,
};
