/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void add_count(struct table *table, const cJSON *feed, const char *key)
{
    double count = 0;
    json_number(feed, key, &count);
    char *text = mem_format("%.0f", count);
    table_cell(table, text);
    free(text);
}

static void add_feed(struct table *table, const cJSON *feed)
{
    const cJSON *importing = cJSON_GetObjectItemCaseSensitive(feed, "importing");
    const cJSON *last = importing ? importing : cJSON_GetObjectItemCaseSensitive(feed, "last");
    const char *error = json_text(feed, "error"), *problem = json_text(feed, "watch_problem");
    table_cell(table, json_text(feed, "name"));
    table_cell(table, json_text(feed, "plugin"));
    table_cell(table, importing ? "importing" : json_text(feed, "state"));
    add_count(table, feed, "accepted");
    add_count(table, feed, "replaced");
    add_count(table, feed, "duplicate");
    add_count(table, feed, "rejected");
    table_cell(table, json_text(last, "document"));
    table_cell(table, error ? error : problem ? problem : json_text(last, "error"));
}

static int run_feeds(const struct options *options)
{
    struct answer answer;
    if (options->argument_count)
        return usage("'%s' is one word too many; see wijzer feeds --help", options->arguments[0]);
    if (client_ask_pages(options, "/v1/feeds", "feeds", &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON) {
        answer_print_json(&answer);
    } else {
        static const char *const headings[] = {"feed",     "plugin",        "state",
                                               "accepted", "replaced",      "duplicate",
                                               "rejected", "last document", "error"};
        struct table table = {0};
        const cJSON *feed;
        for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
            table_column(&table, headings[i], i >= 3 && i <= 6);
        cJSON_ArrayForEach(feed, cJSON_GetObjectItemCaseSensitive(answer.json, "feeds"))
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
        "\n"
        "Lists the feeds of wijzer.conf, with the rows they have taken in since the beginning: accepted "
        "(new),\n"
        "replaced (the same respondent again, with other answers), duplicate (nothing new) and rejected.\n",
    .options = "f",
    .run = run_feeds,
};
