/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the catalogue ------------------------------------------------------------------------------------- */

static void add_indicator(struct table *table, const cJSON *indicator)
{
    const cJSON *levels = json_get(indicator, "levels"), *level;
    struct buf joined = {0};
    cJSON_ArrayForEach(level, levels)
    {
        buf_append_format(&joined, "%s%s", joined.size ? ", " : "", cJSON_GetStringValue(level));
    }
    buf_put_u8(&joined, 0);
    const char *error = json_text(indicator, "error");
    table_cell(table, json_text(indicator, "id"));
    table_cell(table, in_own_language(json_get(indicator, "title")));
    table_cell(table, json_text(indicator, "unit"));
    table_cell(table, (const char *)joined.data);
    table_cell(table, json_text(indicator, "script"));
    char *first_line = error ? mem_format("%.*s", (int)strcspn(error, "\n"), error) : NULL;
    table_cell(table, first_line);
    free(first_line);
    buf_free(&joined);
}

static void print_catalogue(const cJSON *json, enum format format)
{
    static const char *const headings[] = {"indicator", "title", "unit", "levels", "script", "error"};
    struct table table = {0};
    const cJSON *indicator;
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        table_column(&table, headings[i], false);
    cJSON_ArrayForEach(indicator, json_get(json, "indicators"))
    {
        add_indicator(&table, indicator);
    }
    table_print(&table, format);
    table_free(&table);
}

/* ---- values -------------------------------------------------------------------------------------------- */

static int get_values(const struct options *options, struct answer *answer)
{
    const struct parameter parameters[] = {
        {"level", options->level}, {"group", options->group}, {"period", options->period}, {NULL, NULL}};
    struct buf path = {0};
    buf_append_text(&path, "/v1/indicators/");
    client_escape(&path, options->arguments[0]);
    client_parameters(&path, parameters);
    const int status = client_ask_pages(options, (const char *)path.data, "values", answer);
    buf_free(&path);
    return status;
}

static void print_values(const cJSON *json, enum format format)
{
    struct table table = {0};
    const cJSON *value;
    value_columns(&table, format);
    value_note_columns(&table, format);
    if (format == FORMAT_CSV)
        table_column(&table, "computed_at", false);
    cJSON_ArrayForEach(value, json_get(json, "values"))
    {
        value_add_cells(&table, value, format);
        value_add_notes(&table, value, format);
        if (format == FORMAT_CSV)
            table_cell(&table, json_text(value, "computed_at"));
    }
    table_print(&table, format);
    table_free(&table);
}

/* Why n may be lower than the number of rows that came in. */
static void print_waiting(const struct options *options)
{
    struct answer answer;
    if (client_ask(options, "/v1/status", &answer) != STATUS_GOOD)
        return;
    const cJSON *engine = json_get(answer.json, "engine");
    const cJSON *waiting = json_get(engine, "waiting");
    if (waiting && waiting->valuedouble > 0)
        printf("\nAnswers of %.0f group%s wait for others before they count; n is of those that count.\n",
               waiting->valuedouble, waiting->valuedouble == 1 ? "" : "s");
    answer_free(&answer);
}

static int run_values(const struct options *options)
{
    struct answer answer;
    if (get_values(options, &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else
        print_values(answer.json, options->format);
    if (options->format == FORMAT_TABLE)
        print_waiting(options);
    explain_values(options, json_get(answer.json, "values"));
    answer_free(&answer);
    return STATUS_GOOD;
}

static int run_catalogue(const struct options *options)
{
    struct answer answer;
    if (options->level || options->group || options->period)
        return usage("--level, --group and --period go with the id of an indicator");
    if (client_ask_pages(options, "/v1/indicators", "indicators", &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else
        print_catalogue(answer.json, options->format);
    answer_free(&answer);
    return STATUS_GOOD;
}

static int run_indicators(const struct options *options)
{
    if (options->argument_count > 1)
        return usage("one indicator at a time; '%s' is one too many", options->arguments[1]);
    return options->argument_count == 1 ? run_values(options) : run_catalogue(options);
}

const struct command command_indicators = {
    .name = "indicators",
    .summary = "the indicators there are, or the values of one",
    .help =
        "Usage: wijzer indicators [--format table|csv|json]\n"
        "       wijzer indicators ID [--level LEVEL] [--group PATH] [--period PERIOD|all] [--format ...]\n"
        "\n"
        "Without an ID, lists the indicators that the scripts define. With one, shows its value for each "
        "group in\n"
        "the group's latest period: the value, the number of people behind it (n) and the 95 % interval. A "
        "group\n"
        "that is too small to publish is withheld. Of events, the latest is the last period that has begun; "
        "what is\n"
        "dated after it is shown with --period. Why there is none, or an error of its script, is said on "
        "standard\n"
        "error.\n"
        "\n"
        "  --level LEVEL     only groups of this level, as in --level team\n"
        "  --group PATH      only this group, as in --group 'ROC Waterrijk/Team Zorg'\n"
        "  --period PERIOD   this period instead of the latest, or all of them\n"
        "\n"
        "Example: wijzer indicators genai_readiness --level team --format csv > readiness.csv\n",
    .options = "flgp",
    .run = run_indicators,
};
