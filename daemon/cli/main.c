/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/nearest.h"

#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_status,     &command_import,   &command_indicators, &command_alerts, &command_feeds,
    &command_quarantine, &command_withdraw, &command_forget,     &command_script, &command_instrument,
    &command_audit,      &command_rebuild,  &command_key};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* The letter is what a command says in its `options`; help, socket and version are everybody's. */
static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"feed", required_argument, NULL, 'd'},
    {"level", required_argument, NULL, 'l'},
    {"group", required_argument, NULL, 'g'},
    {"period", required_argument, NULL, 'p'},
    {"no-wait", no_argument, NULL, 'n'},
    {"socket", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {"state", required_argument, NULL, 't'},
    {"severity", required_argument, NULL, 'e'},
    {"data", required_argument, NULL, 'a'},
    {"instrument", required_argument, NULL, 'i'},
    {"groups", required_argument, NULL, 'G'},
    {"junit", required_argument, NULL, 'j'},
    {"rules", no_argument, NULL, 'r'},
    {"log", no_argument, NULL, 'o'},
    {"output", required_argument, NULL, 'u'},
    {"dry-run", no_argument, NULL, 'y'},
    {"document", required_argument, NULL, 'm'},
    {"check", no_argument, NULL, 'c'},
    {"config", required_argument, NULL, 'C'},
    {"key", required_argument, NULL, 'K'},
    {"all", no_argument, NULL, 'w'},
    {"wave", required_argument, NULL, 'k'},
    {"version", no_argument, NULL, 'v'},
    {NULL, 0, NULL, 0},
};

enum { LONG_OPTIONS = sizeof long_options / sizeof *long_options - 1 };

static void print_help(void)
{
    puts("Usage: wijzer COMMAND [OPTION]...\n"
         "\n"
         "Asks a running wijzerd about a school's indicators, and hands it survey exports and statements.\n"
         "\n"
         "Commands:");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-12s %s\n", commands[i]->name, commands[i]->summary);
    puts("\n"
         "Options of every command:\n"
         "  --socket PATH             where wijzerd listens (default $WIJZER_SOCKET, else "
         "/run/wijzer/wijzerd.sock)\n"
         "  --format table|csv|json   how the answer is printed (default table)\n"
         "  --help                    more about the command\n"
         "  --version\n"
         "\n"
         "Exit status: 0 when all is well, 1 when something failed, 2 when the command line is wrong.\n"
         "\n"
         "Examples:\n"
         "  wijzer import monitor-2025.csv --feed monitor\n"
         "  wijzer indicators genai_readiness --level team\n"
         "  wijzer script check my-indicator.lua");
}

static int unknown_option(const char *given)
{
    const char *names[LONG_OPTIONS];
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(given, "="), given);
    for (size_t i = 0; i < LONG_OPTIONS; i++)
        names[i] = long_options[i].name;
    const char *nearest = strncmp(name, "--", 2) == 0 ? nearest_name(name + 2, names, LONG_OPTIONS) : NULL;
    return nearest ? usage("unknown option %s; did you mean --%s?", name, nearest)
                   : usage("unknown option %s; see wijzer --help", name);
}

static int read_format(const char *text, enum format *format)
{
    static const char *const words[] = {
        [FORMAT_TABLE] = "table", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            *format = (enum format)i;
            return STATUS_GOOD;
        }
    return usage("--format %s: it is table, csv or json", text);
}

static int set_option(struct options *options, int letter)
{
    switch (letter) {
    case 'f':
        return read_format(optarg, &options->format);
    case 'd':
        options->feed = optarg;
        break;
    case 'l':
        options->level = optarg;
        break;
    case 'g':
        options->group = optarg;
        break;
    case 'p':
        options->period = optarg;
        break;
    case 'n':
        options->no_wait = true;
        break;
    case 't':
        options->state = optarg;
        break;
    case 'e':
        options->severity = optarg;
        break;
    case 'a':
        options->data = optarg;
        break;
    case 'i':
        options->instrument = optarg;
        break;
    case 'G':
        options->groups = optarg;
        break;
    case 'j':
        options->junit = optarg;
        break;
    case 'r':
        options->rules = true;
        break;
    case 'o':
        options->log = true;
        break;
    case 'u':
        options->output = optarg;
        break;
    case 'k':
        options->wave = optarg;
        break;
    case 'm':
        options->document = optarg;
        break;
    case 'w':
        options->all = true;
        break;
    case 'C':
        options->config = optarg;
        break;
    case 'K':
        options->key = optarg;
        break;
    case 'c':
        options->check = true;
        break;
    case 'y':
        options->dry_run = true;
        break;
    case 's':
        options->socket = optarg;
        break;
    default:
        break;
    }
    return STATUS_GOOD;
}

static const char *option_name(int letter)
{
    for (size_t i = 0; i < LONG_OPTIONS; i++)
        if (long_options[i].val == letter)
            return long_options[i].name;
    return "?";
}

static int run_command(const struct command *command, int argc, char **argv)
{
    const char *from_environment = getenv("WIJZER_SOCKET");
    struct options options = {.socket = from_environment && *from_environment ? from_environment
                                                                              : "/run/wijzer/wijzerd.sock"};
    opterr = 0;
    for (int letter, at = optind; (letter = getopt_long(argc, argv, "", long_options, NULL)) != -1;
         at = optind) {
        if (letter == 'h') {
            fputs(command->help, stdout);
            return STATUS_GOOD;
        }
        if (letter == 'v') {
            puts("wijzer " WIJZER_VERSION);
            return STATUS_GOOD;
        }
        if (letter == '?')
            return strchr(argv[optind - 1], '=') || optind - 1 < at || optopt == 0
                       ? unknown_option(argv[optind - 1])
                       : usage("option --%s needs a value", option_name(optopt));
        if (letter != 's' && !strchr(command->options, letter))
            return usage("wijzer %s has no option --%s; see wijzer %s --help", command->name,
                         option_name(letter), command->name);
        if (set_option(&options, letter) != STATUS_GOOD)
            return STATUS_USAGE;
    }
    options.arguments = argv + optind;
    options.argument_count = argc - optind;
    return command->run(&options);
}

static int unknown_command(const char *given)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *nearest = nearest_name(given, names, COMMANDS);
    return nearest ? usage("unknown command '%s'; did you mean '%s'?", given, nearest)
                   : usage("unknown command '%s'; see wijzer --help", given);
}

/* A full disk shows only when the last of the output is written. */
static int close_output(int status)
{
    const bool failed_before = ferror(stdout);
    errno = 0;
    if (status == STATUS_USAGE || (fclose(stdout) == 0 && !failed_before))
        return status;
    return fail("the output could not be written%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
}

static int run(int argc, char **argv)
{
    if (argc < 2)
        return usage("say what to do, as in wijzer status; see wijzer --help");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return STATUS_GOOD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("wijzer " WIJZER_VERSION);
        return STATUS_GOOD;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i]->name) != 0)
            continue;
        curl_global_init(CURL_GLOBAL_DEFAULT);
        const int status = run_command(commands[i], argc - 1, argv + 1);
        curl_global_cleanup();
        return status;
    }
    return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers are read by programs too */
    return close_output(run(argc, argv));
}
