/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_columns(struct table *table, const char *const *headings)
{
    for (; *headings; headings++)
        table_column(table, *headings, false);
}

/* The first line of an error is enough for a table. */
static void add_first_line(struct table *table, const char *text)
{
    char *line = text ? mem_format("%.*s", (int)strcspn(text, "\n"), text) : NULL;
    table_cell(table, line);
    free(line);
}

/* ---- how they stand ------------------------------------------------------------------------------------ */

static void add_alert(struct table *table, const cJSON *alert)
{
    table_cell(table, json_text(alert, "state"));
    table_cell(table, json_text(alert, "severity"));
    table_cell(table, json_text(alert, "id"));
    table_cell(table, json_text(alert, "group"));
    table_cell(table, json_text(alert, "since"));
    table_cell(table, in_own_language(json_get(alert, "summary")));
}

static int get_alerts(const struct options *options, struct answer *answer)
{
    const struct parameter parameters[] = {
        {"id", options->argument_count ? options->arguments[0] : NULL},
        {"state", options->state},
        {"severity", options->severity},
        {"level", options->level},
        {"group", options->group},
        {NULL, NULL},
    };
    struct buf path = {0};
    buf_append_text(&path, "/v1/alerts");
    client_parameters(&path, parameters);
    const int status = client_ask_pages(options, (const char *)path.data, "alerts", answer);
    buf_free(&path);
    return status;
}

/* ---- what has happened --------------------------------------------------------------------------------- */

static void add_entry(struct table *table, const cJSON *entry)
{
    table_cell(table, json_text(entry, "time"));
    table_cell(table, json_text(entry, "was"));
    table_cell(table, json_text(entry, "state"));
    table_cell(table, json_text(entry, "id"));
    table_cell(table, json_text(entry, "group"));
    table_cell(table, in_own_language(json_get(entry, "summary")));
}

static int get_log(const struct options *options, struct answer *answer)
{
    return client_ask_pages(options, "/v1/alerts/log", "entries", answer);
}

/* ---- the rules ----------------------------------------------------------------------------------------- */

static void add_rule(struct table *table, const cJSON *rule)
{
    table_cell(table, json_text(rule, "id"));
    table_cell(table, json_text(rule, "indicator"));
    table_cell(table, json_text(rule, "level"));
    table_cell(table, json_text(rule, "severity"));
    char *place =
        mem_format("%s:%.0f", json_text(rule, "script"), cJSON_GetNumberValue(json_get(rule, "line")));
    table_cell(table, place);
    free(place);
    add_first_line(table, json_text(rule, "error"));
}

static int get_rules(const struct options *options, struct answer *all)
{
    return client_ask_pages(options, "/v1/alerts/rules", "rules", all);
}

/* ---- the command --------------------------------------------------------------------------------------- */

/* One of the three lists. */
static const struct listing {
    const char *list, *headings[8];
    int (*get)(const struct options *options, struct answer *all);
    void (*add)(struct table *table, const cJSON *entry);
} states = {"alerts", {"state", "severity", "alert", "group", "since", "summary"}, get_alerts, add_alert},
  history = {"entries", {"time", "was", "is", "alert", "group", "summary"}, get_log, add_entry},
  rules = {"rules", {"alert", "on", "level", "severity", "script", "error"}, get_rules, add_rule};

static int print(const struct options *options, const struct listing *listing)
{
    struct answer answer;
    const cJSON *entry;
    if (listing->get(options, &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON) {
        answer_print_json(&answer);
    } else {
        struct table table = {0};
        add_columns(&table, listing->headings);
        cJSON_ArrayForEach(entry, json_get(answer.json, listing->list))
        {
            listing->add(&table, entry);
        }
        table_print(&table, options->format);
        table_free(&table);
    }
    answer_free(&answer);
    return STATUS_GOOD;
}

static int run_alerts(const struct options *options)
{
    const bool filtered =
        options->state || options->severity || options->level || options->group || options->argument_count;
    if (options->argument_count > 1)
        return usage("one alert at a time; '%s' is one too many", options->arguments[1]);
    if (options->rules && options->log)
        return usage("--rules or --log, not both");
    if ((options->rules || options->log) && filtered)
        return usage("--state, --severity, --level, --group and an ID go without --rules and --log");
    return print(options, options->rules ? &rules : options->log ? &history : &states);
}

const struct command command_alerts = {
    .name = "alerts",
    .summary = "the alerts that are raised, their rules, and what has happened",
    .help = "Usage: wijzer alerts [ID] [--state STATE] [--severity S] [--level LEVEL] [--group PATH] "
            "[--format ...]\n"
            "       wijzer alerts --log\n"
            "       wijzer alerts --rules\n"
            "\n"
            "Shows the alerts that the scripts raise: pending (it holds, not yet for as long as the rule "
            "wants), firing,\n"
            "or resolved, since when, and what it says.\n"
            "\n"
            "  --state STATE     only pending, firing or resolved\n"
            "  --severity S      only info, warning or critical\n"
            "  --level LEVEL     only groups of this level, as in --level team\n"
            "  --group PATH      only this group\n"
            "  --log             every change since the beginning, oldest first\n"
            "  --rules           the alerts that the scripts define, with errors\n"
            "\n"
            "Example: wijzer alerts --state firing\n",
    .options = "ftelgro",
    .run = run_alerts,
};
