/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/instrument.h"

#include <string.h>

static int run_instrument(const struct options *options)
{
    if (options->argument_count == 0 || strcmp(options->arguments[0], "new") != 0)
        return usage("say what to do, as in wijzer instrument new FILE; see wijzer instrument --help");
    if (options->argument_count < 2)
        return usage("it is wijzer instrument new FILE; see wijzer instrument --help");
    return instrument_new(options);
}

const struct command command_instrument = {
    .name = "instrument",
    .summary = "makes an instrument of a survey's structure or of an export of it",
    .help =
        "Usage: wijzer instrument new FILE [--instrument ID] [--output FILE.lua]\n"
        "\n"
        "Prints a script with a w.instrument for FILE: a survey's structure (LSS) of LimeSurvey, or an "
        "export\n"
        "of its answers as CSV, XLSX or of SPSS. It has the items, their texts, ranges and labels, as far as "
        "FILE tells "
        "them;\n"
        "what a person is to look at is marked CHECK. No answer that somebody wrote himself gets into "
        "it. FILE\n"
        "is read as wijzerd reads it, in a confined process.\n"
        "\n"
        "Options:\n"
        "  --instrument ID   its id (default: the name of FILE without its ending)\n"
        "  --output FILE     writes it there, where no file is yet\n"
        "\n"
        "Examples:\n"
        "  wijzer instrument new limesurvey_survey_123456.lss --instrument monitor-ict --output "
        "monitor-ict.lua\n"
        "  wijzer instrument new results-survey123456.csv\n",
    .options = "iu",
    .run = run_instrument,
};
