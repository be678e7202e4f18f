/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wijzer-courier: the command line, the signals and the loop of the process that talks to other machines.
 */
#include "base/log.h"
#include "base/programs.h"
#include "courier/courier.h"
#include "service.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_STATE_DIR "/var/lib/wijzer-courier"

enum { EXIT_USAGE = 2 };

struct process {
    uv_loop_t loop;
    struct service_signals signals;
    struct service_watchdog watchdog;

    const char *config_file, *state_dir;
    struct config_overrides overrides;
    struct config config;

    struct courier *courier;
    bool stopping;
};

/* ---- start and stop --------------------------------------------------------------------------------------
 */

static void close_signals(struct process *process)
{
    service_signals_stop(&process->signals);
    service_watchdog_stop(&process->watchdog);
}

static void on_stopped(void *data)
{
    close_signals(data);
}

static void stop(void *data)
{
    struct process *process = data;
    if (process->stopping)
        return;
    process->stopping = true;
    service_stopping();
    courier_stop(process->courier, on_stopped, process);
}

static void look(void *data)
{
    const struct process *process = data;
    if (process->stopping)
        return;
    log_info("looking now (SIGHUP)");
    courier_look_now(process->courier);
}

static void on_status(void *data, const char *text)
{
    (void)data;
    service_status(text);
}

static int start(struct process *process, struct error *error)
{
    const struct courier_options options = {.loop = &process->loop,
                                            .config = &process->config,
                                            .state_dir = process->state_dir,
                                            .status = on_status,
                                            .data = process};
    if (mkdir(process->state_dir, 0700) != 0 && errno != EEXIST)
        return error_set(error, ERROR_FAILED, "%s: %s", process->state_dir, strerror(errno));
    return courier_start(&process->courier, &options, error);
}

static int run(struct process *process)
{
    struct error error;
    int status = EXIT_SUCCESS;
    uv_loop_init(&process->loop);
    process->signals.stop = stop;
    process->signals.look = look;
    process->signals.data = process;
    service_signals_start(&process->signals, &process->loop);
    service_watchdog_start(&process->watchdog, &process->loop);
    if (start(process, &error) != 0) {
        log_error("%s", error.text);
        status = EXIT_FAILURE;
        close_signals(process);
    } else {
        if (courier_count(process->courier) == 0)
            log_info("there is no [pull NAME] in the configuration; nothing is fetched");
        service_ready("Ready");
    }
    uv_run(&process->loop, UV_RUN_DEFAULT);
    const int left_open = uv_loop_close(&process->loop);
    assert(left_open == 0);
    (void)left_open;
    return status;
}

static int check(const struct process *process)
{
    struct error error;
    if (courier_check(&process->config, &error) != 0) {
        fprintf(stderr, "wijzer-courier: %s\n", error.text);
        return EXIT_FAILURE;
    }
    puts("The configuration is good.");
    return EXIT_SUCCESS;
}

/* ---- command line ----------------------------------------------------------------------------------------
 */

static const char help[] =
    "Usage: wijzer-courier [OPTION]...\n"
    "\n"
    "Fetches what the [pull NAME] sections of wijzer.conf name, and gives it to wijzerd's feeds. Runs in "
    "the\n"
    "foreground and logs to standard error. SIGHUP looks now, SIGTERM stops.\n"
    "\n"
    "  --config FILE       the configuration (default /etc/wijzer/wijzer.conf), with FILE.d/*.conf after it\n"
    "  --check             checks the [pull NAME] sections and exits\n"
    "  --state-dir DIR     where it keeps how far it is (default " DEFAULT_STATE_DIR ")\n"
    "  --socket PATH       wijzerd's socket (default /run/wijzer/wijzerd.sock)\n"
    "  --plugins DIR       folder of plugins\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 after a clean stop, 1 when it could not start, 2 when the command line is wrong.\n";

enum {
    OPTION_CONFIG = 256,
    OPTION_CHECK,
    OPTION_STATE,
    OPTION_SOCKET,
    OPTION_PLUGINS,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},   {"check", no_argument, NULL, OPTION_CHECK},
    {"state-dir", required_argument, NULL, OPTION_STATE}, {"socket", required_argument, NULL, OPTION_SOCKET},
    {"plugins", required_argument, NULL, OPTION_PLUGINS}, {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},       {NULL, 0, NULL, 0},
};

enum action { RUN, CHECK, HELP, VERSION, WRONG };

static enum action read_arguments(struct process *process, int argc, char **argv)
{
    enum action action = RUN;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case OPTION_CONFIG:
            process->config_file = optarg;
            break;
        case OPTION_CHECK:
            action = CHECK;
            break;
        case OPTION_STATE:
            process->state_dir = optarg;
            break;
        case OPTION_SOCKET:
            process->overrides.socket = optarg;
            break;
        case OPTION_PLUGINS:
            process->overrides.plugins = optarg;
            break;
        case OPTION_HELP:
            return HELP;
        case OPTION_VERSION:
            return VERSION;
        default:
            return WRONG;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "wijzer-courier: '%s' is not an option\n", argv[optind]);
        return WRONG;
    }
    return action;
}

static int run_with_config(struct process *process, enum action action)
{
    struct error error;
    int status = EXIT_FAILURE;
    char *plugins = programs_plugins();
    if (config_read(&process->config, process->config_file, &process->overrides, plugins, &error) != 0)
        fprintf(stderr, "wijzer-courier: %s\n", error.text);
    else
        status = action == CHECK ? check(process) : run(process);
    config_free(&process->config);
    free(plugins);
    return status;
}

int main(int argc, char **argv)
{
    const char *given = getenv("STATE_DIRECTORY"); /* systemd's */
    struct process process = {.state_dir = given && *given ? given : DEFAULT_STATE_DIR};
    const enum action action = read_arguments(&process, argc, argv);
    switch (action) {
    case HELP:
        fputs(help, stdout);
        return EXIT_SUCCESS;
    case VERSION:
        puts("wijzer-courier " WIJZER_VERSION);
        return EXIT_SUCCESS;
    case WRONG:
        fputs("Try 'wijzer-courier --help'.\n", stderr);
        return EXIT_USAGE;
    case RUN:
    case CHECK:
        break;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const int status = run_with_config(&process, action);
    curl_global_cleanup();
    return status;
}
