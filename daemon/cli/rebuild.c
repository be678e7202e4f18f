/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"

#include <stdio.h>

static void print_for_people(const cJSON *json)
{
    const cJSON *difference;
    printf("%.0f inputs with %.0f cells, and %.0f results: %s\n", json_amount(json, "inputs"),
           json_amount(json, "cells"), json_amount(json, "results"),
           json_amount(json, "different") > 0 ? "not all are what the log says"
                                              : "all are what the log says");
    cJSON_ArrayForEach(difference, json_get(json, "differences"))
    {
        print_line(stdout, "  %s", cJSON_IsString(difference) ? difference->valuestring : "");
    }
    if (json_amount(json, "skipped") > 0)
        printf("  %.0f inputs and results could not be compared, for their script fails: see wijzer status\n",
               json_amount(json, "skipped"));
}

static int run_rebuild(const struct options *options)
{
    struct answer answer;
    if (options->argument_count)
        return usage("'%s' is one word too many; see wijzer rebuild --help", options->arguments[0]);
    if (!options->check)
        return usage("there is only wijzer rebuild --check; what is kept follows the log by itself");
    if (client_do(options, "POST", "/v1/rebuild/check", NULL, &answer) != STATUS_GOOD)
        return STATUS_FAILED;
    const double different = json_amount(answer.json, "different");
    if (options->format == FORMAT_JSON)
        answer_print_json(&answer);
    else if (options->format == FORMAT_CSV)
        printf("inputs,cells,results,skipped,different\n%.0f,%.0f,%.0f,%.0f,%.0f\n",
               json_amount(answer.json, "inputs"), json_amount(answer.json, "cells"),
               json_amount(answer.json, "results"), json_amount(answer.json, "skipped"), different);
    else
        print_for_people(answer.json);
    answer_free(&answer);
    return different > 0
               ? fail("%.0f cells and results are not what the log says; tell the makers of Wijzer, "
                      "and restore a backup, or save the scripts that they are of anew",
                      different)
               : STATUS_GOOD;
}

const struct command command_rebuild = {
    .name = "rebuild",
    .summary = "computes everything once more from the log, and compares",
    .help =
        "Usage: wijzer rebuild --check [--format table|csv|json]\n"
        "\n"
        "Adds every input up once more from the beginning of the log, and computes every result once more, "
        "by the\n"
        "same code that keeps them current, and says whether what is kept is the same. Nothing is changed. "
        "Results\n"
        "wait meanwhile; rows are taken in as always. For administrators.\n"
        "\n"
        "Exit status: 1 where anything differs.\n",
    .options = "fc",
    .run = run_rebuild,
};
