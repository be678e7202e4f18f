/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wijzerd: the command line, the signals and the loop. What runs on it is wired together in parts.c.
 */
#include "base/log.h"
#include "base/programs.h"
#include "config/config.h"
#include "parts.h"
#include "script/script_folder.h"
#include "service.h"

#include <assert.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

struct daemon {
    uv_loop_t loop;
    struct service_signals signals;
    struct service_watchdog watchdog;

    const char *config_file;
    struct config_overrides overrides;
    struct config config;
    struct config other; /* that is to be used next; once it is used, the one before it until all is ready */
    struct service_sockets sockets; /* that systemd handed over */

    struct parts *parts; /* NULL: none run */
    bool ready, reloading, stopping;
    bool hung_up; /* SIGHUP came when nothing could be done about it yet */
    int exit_status;
};

static void run_parts(struct daemon *daemon, bool goes_on);

/* ---- reload -------------------------------------------------------------------------------------------- */

static bool has_other(const struct daemon *daemon)
{
    return daemon->other.state_dir;
}

static void swap_configs(struct daemon *daemon)
{
    const struct config config = daemon->config;
    daemon->config = daemon->other;
    daemon->other = config;
}

static int read_config(const struct daemon *daemon, struct config *config, struct error *error)
{
    char *plugins = programs_plugins();
    const int result = config_read(config, daemon->config_file, &daemon->overrides, plugins, error);
    free(plugins);
    return result;
}

/* Everything starts anew with a configuration that changed; what cannot be used is not tried. */
static void reload(struct daemon *daemon)
{
    struct error error;
    parts_look_again(daemon->parts);
    log_info("the scripts are looked at again");
    if (read_config(daemon, &daemon->other, &error) != 0) {
        log_error("%s; the running configuration stays", error.text);
        return;
    }
    if (config_equal(&daemon->config, &daemon->other)) {
        config_free(&daemon->other);
        return;
    }
    if (parts_check(&daemon->other, &error) != 0) {
        log_error("%s; the running configuration stays", error.text);
        config_free(&daemon->other);
        return;
    }
    log_info("the configuration has changed; everything starts anew with it");
    daemon->reloading = true;
    daemon->ready = false;
    service_reloading();
    parts_stop(daemon->parts);
}

/* ---- start and stop ------------------------------------------------------------------------------------ */

static void close_signals(struct daemon *daemon)
{
    service_signals_stop(&daemon->signals);
    service_watchdog_stop(&daemon->watchdog);
}

static void tell_ready(const struct daemon *daemon)
{
    const struct service_sockets *sockets = &daemon->sockets;
    struct buf places = {0};
    if (sockets->api >= 0)
        service_socket_name(sockets->api, &places);
    else
        buf_append_text(&places, daemon->config.socket);
    for (size_t i = 0; i < sockets->tcp_count; i++) {
        buf_append_text(&places, " and ");
        service_socket_name(sockets->tcp[i], &places);
    }
    if (daemon->config.listen)
        buf_append_format(&places, " and %s", daemon->config.listen);
    log_info("ready on %.*s", (int)places.size, (const char *)places.data);
    buf_free(&places);
}

static void on_ready(void *data)
{
    struct daemon *daemon = data;
    daemon->ready = true;
    config_free(&daemon->other);
    tell_ready(daemon);
    service_ready("Ready");
    if (daemon->hung_up) {
        daemon->hung_up = false;
        reload(daemon);
    }
}

static void on_stopped(void *data, bool failed)
{
    struct daemon *daemon = data;
    daemon->parts = NULL;
    if (!daemon->stopping && daemon->reloading) {
        daemon->reloading = false;
        swap_configs(daemon);
        run_parts(daemon, true);
    } else if (!daemon->stopping && has_other(daemon)) {
        log_error("the configuration cannot be used; the one before it is used again");
        swap_configs(daemon);
        config_free(&daemon->other);
        run_parts(daemon, true);
    } else {
        daemon->exit_status = failed ? EXIT_FAILURE : EXIT_SUCCESS;
        close_signals(daemon);
    }
}

/* At every start: a reload may have made them smaller. */
static void warn_of_small_minimums(const struct config *config)
{
    if (config->min_group_size < 5)
        log_warning("min_group_size is %d: groups smaller than 5, the least that Dutch staff surveys use, "
                    "will be shown",
                    config->min_group_size);
    if (config->min_change < 3)
        log_warning("min_change is %d: less than 3, so that whoever looks twice may see what %s answered",
                    config->min_change, config->min_change < 2 ? "one person" : "two people together");
}

/* `goes_on`: after a reload. */
static void run_parts(struct daemon *daemon, bool goes_on)
{
    warn_of_small_minimums(&daemon->config);
    const struct parts_options options = {.loop = &daemon->loop,
                                          .config = &daemon->config,
                                          .clock = &clock_on_the_wall,
                                          .socket = daemon->sockets.api,
                                          .tcp_sockets = daemon->sockets.tcp,
                                          .tcp_count = daemon->sockets.tcp_count,
                                          .goes_on = goes_on};
    const struct parts_callbacks callbacks = {.ready = on_ready, .stopped = on_stopped, .data = daemon};
    struct parts *parts = parts_start(&options, &callbacks);
    if (parts) /* where it is none, on_stopped has started others, or ended all */
        daemon->parts = parts;
}

static void stop(void *data)
{
    struct daemon *daemon = data;
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    service_stopping();
    if (daemon->parts)
        parts_stop(daemon->parts);
}

static void look(void *data)
{
    struct daemon *daemon = data;
    if (daemon->stopping)
        return;
    if (daemon->ready)
        reload(daemon);
    else
        daemon->hung_up = true;
}

static void watch_signals(struct daemon *daemon)
{
    daemon->signals.stop = stop;
    daemon->signals.look = look;
    daemon->signals.data = daemon;
    service_signals_start(&daemon->signals, &daemon->loop);
    signal(SIGXFSZ, SIG_IGN); /* a file that reaches a limit is an error of its write */
}

static void close_loop(uv_loop_t *loop)
{
    const int left_open = uv_loop_close(loop);
    assert(left_open == 0);
    (void)left_open;
}

static int run_daemon(struct daemon *daemon)
{
    uv_loop_init(&daemon->loop);
    watch_signals(daemon);
    service_watchdog_start(&daemon->watchdog, &daemon->loop);
    service_sockets_find(&daemon->sockets);
    run_parts(daemon, false);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    close_loop(&daemon->loop);
    return daemon->exit_status;
}

/* A folder that is missing is told as at a start, which it does not hinder. */
static void look_at_scripts(const struct config *config)
{
    struct script_files files;
    script_files_read(&files, config->scripts);
    for (size_t i = 0; i < files.folder_count; i++)
        if (files.folders[i].problem)
            log_warning("scripts folder %s: %s", files.folders[i].path, files.folders[i].problem);
    script_files_free(&files);
}

/* The plugins' options are part of the configuration, so checking it loads them. */
static int check_config(const struct config *config)
{
    struct error error;
    look_at_scripts(config);
    if (parts_check(config, &error) != 0) {
        fprintf(stderr, "wijzerd: %s\n", error.text);
        return EXIT_FAILURE;
    }
    puts("The configuration is good.");
    return EXIT_SUCCESS;
}

/* ---- command line -------------------------------------------------------------------------------------- */

static const char help[] =
    "Usage: wijzerd [OPTION]...\n"
    "\n"
    "Takes in surveys and learning events, keeps them, and computes a school's indicators. Runs in the "
    "foreground\n"
    "and logs to standard error. SIGHUP reads scripts and configuration again, SIGTERM stops.\n"
    "\n"
    "  --config FILE       the configuration (default /etc/wijzer/wijzer.conf), with FILE.d/*.conf after it\n"
    "  --check             checks the configuration and exits\n"
    "  --state-dir DIR     where everything is kept (default /var/lib/wijzer)\n"
    "  --socket PATH       the Unix socket of the API (default /run/wijzer/wijzerd.sock)\n"
    "  --scripts DIR[:DIR] folders of Lua scripts (default /etc/wijzer/scripts)\n"
    "  --plugins DIR       folder of plugins\n"
    "  --listen HOST:PORT  also listens there, on this machine only, for what feeds serve to programs with a "
    "key\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 after a clean stop, 1 when it could not start, 2 when the command line is wrong.\n"
    "See also: wijzer --help\n";

enum {
    OPTION_CONFIG = 256,
    OPTION_CHECK,
    OPTION_STATE,
    OPTION_SOCKET,
    OPTION_SCRIPTS,
    OPTION_PLUGINS,
    OPTION_LISTEN,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option options[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"state-dir", required_argument, NULL, OPTION_STATE},
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"scripts", required_argument, NULL, OPTION_SCRIPTS},
    {"plugins", required_argument, NULL, OPTION_PLUGINS},
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

enum action { RUN, CHECK, HELP, VERSION, WRONG };

static enum action read_arguments(struct daemon *daemon, int argc, char **argv)
{
    enum action action = RUN;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case OPTION_CONFIG:
            daemon->config_file = optarg;
            break;
        case OPTION_CHECK:
            action = CHECK;
            break;
        case OPTION_STATE:
            daemon->overrides.state_dir = optarg;
            break;
        case OPTION_SOCKET:
            daemon->overrides.socket = optarg;
            break;
        case OPTION_SCRIPTS:
            daemon->overrides.scripts = optarg;
            break;
        case OPTION_PLUGINS:
            daemon->overrides.plugins = optarg;
            break;
        case OPTION_LISTEN:
            daemon->overrides.listen = optarg;
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
        fprintf(stderr, "wijzerd: '%s' is not an option\n", argv[optind]);
        return WRONG;
    }
    return action;
}

static int run_with_config(struct daemon *daemon, enum action action)
{
    struct error error;
    int status = EXIT_FAILURE;
    if (read_config(daemon, &daemon->config, &error) != 0)
        fprintf(stderr, "wijzerd: %s\n", error.text);
    else
        status = action == CHECK ? check_config(&daemon->config) : run_daemon(daemon);
    config_free(&daemon->config);
    config_free(&daemon->other);
    return status;
}

/* Large blocks go back to the system when they are freed, and threads share their heaps: for years of
 * running, a small daemon is worth more than a fast malloc. What a batch of statements is packed into is not
 * large yet, nor what it leaves free: to get that anew for each was 7 % of their rate. */
static void keep_memory_small(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
}

int main(int argc, char **argv)
{
    keep_memory_small();
    struct daemon daemon = {0};
    const enum action action = read_arguments(&daemon, argc, argv);
    switch (action) {
    case HELP:
        fputs(help, stdout);
        return EXIT_SUCCESS;
    case VERSION:
        puts("wijzerd " WIJZER_VERSION);
        return EXIT_SUCCESS;
    case WRONG:
        fputs("Try 'wijzerd --help'.\n", stderr);
        return EXIT_USAGE;
    case RUN:
    case CHECK:
        break;
    }
    return run_with_config(&daemon, action);
}
