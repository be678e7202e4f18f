/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/nearest.h"

#include <string.h>

static const struct script_command *const commands[] = {&script_check, &script_new, &script_run, &script_test,
                                                        &script_watch};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int unknown_word(const char *given)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *nearest = nearest_name(given, names, COMMANDS);
    return nearest ? usage("there is no wijzer script %s; did you mean '%s'?", given, nearest)
                   : usage("there is no wijzer script %s; see wijzer script --help", given);
}

static int run_script(const struct options *options)
{
    if (options->argument_count == 0)
        return usage("say what to do, as in wijzer script check FILE.lua; see wijzer script --help");
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(options->arguments[0], commands[i]->name) != 0)
            continue;
        if (options->argument_count - 1 < commands[i]->least_arguments)
            return usage("it is %s; see wijzer script --help", commands[i]->usage);
        return commands[i]->run(options);
    }
    return unknown_word(options->arguments[0]);
}

const struct command command_script = {
    .name = "script",
    .summary = "writes, checks and tries scripts, without a running wijzerd",
    .help =
        "Usage: wijzer script new NAME\n"
        "       wijzer script check PATH... [--format table|csv|json]\n"
        "       wijzer script run FILE.lua --data EXPORT [--level LEVEL] [--group PATH] [--period "
        "PERIOD|all] "
        "[--format ...]\n"
        "       wijzer script watch FILE.lua --data EXPORT [...]\n"
        "       wijzer script test [FOLDER or FILE_test.lua]... [--junit FILE] [--format ...]\n"
        "\n"
        "  new     writes NAME.lua, an indicator to start from, and .luarc.json for editors\n"
        "  check   loads scripts, or every script of a folder, as wijzerd would, and says what is wrong or "
        "of no use, as\n"
        "          FILE:LINE:COLUMN: error|warning: what [code]; warnings alone are no failure. With "
        "--format "
        "json an array\n"
        "          of files with their findings, for editors and CI\n"
        "  run     takes a survey export, or statements of an LMS, in, computes what FILE.lua defines, and "
        "prints it:\n"
        "          the value of each group, the number of people (n), the 95 % interval, the alpha of its "
        "scales, and what\n"
        "          would be withheld\n"
        "  watch   does the same again whenever a script of the folder is saved\n"
        "  test    runs the tests in the files whose names end in _test.lua (of this folder, where none is "
        "named), and\n"
        "          prints TAP; --junit writes the form that CI systems read as well\n"
        "\n"
        "All of them run scripts in the same worker, behind the same walls and through the same engine "
        "as wijzerd does,\n"
        "beside the other scripts of their folder. Nothing is kept, and no running wijzerd is needed or "
        "touched.\n"
        "\n"
        "  --data EXPORT       what to compute of: a survey export, or for indicators on events a file of "
        "xAPI "
        "statements\n"
        "  --instrument ID     which instrument the export is of, where the script uses several\n"
        "  --groups RULES      where the groups of statements come from, as in the feed's section (default "
        "\"course: grouping|parent\")\n"
        "  --level, --group, --period   as in wijzer indicators\n"
        "\n"
        "Exit status: 0 when all is well, 1 when a script, a row or a test is wrong.\n"
        "\n"
        "Example: wijzer script run readiness.lua --data monitor-2025.csv --level team\n",
    .options = "flgpaijG",
    .run = run_script,
};
