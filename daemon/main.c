/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wijzerd: wires the parts together, runs the loop, and takes them down in the reverse order.
 *
 * Everything hangs from one `struct daemon`. Its parts are the rows of `parts` below; a part that fails to
 * start ends the start, and only what was started is stopped.
 */
#include "api/api.h"
#include "base/log.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/params.h"
#include "engine/engine.h"
#include "host/host.h"
#include "ingest/ingest.h"
#include "script/scripts.h"
#include "service.h"
#include "store/store.h"

#include <assert.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

enum { ON_TERMINATE, ON_INTERRUPT, ON_HANGUP, SIGNALS };

struct daemon {
    uv_loop_t loop;
    uv_signal_t signals[SIGNALS];
    struct service_watchdog watchdog;

    const char *config_file;
    struct config_overrides overrides;
    struct config config;
    char *programs; /* the folder of our own executable's siblings */
    char *params_json;

    struct store *store;
    struct ingest *ingest;
    struct scripts *scripts;
    struct engine *engine;
    struct host *host;
    struct api *api;

    size_t started; /* so many of `parts` run */
    bool stopping;
    int exit_status;
};

/* `stop` ends with a call of `part_stopped`, now or later. */
struct part {
    const char *name;
    int (*start)(struct daemon *daemon, struct error *error);
    void (*stop)(struct daemon *daemon);
};

static void stop_daemon(struct daemon *daemon);
static void part_stopped(void *data);

/* ---- where things are ---------------------------------------------------------------------------------- */

/* The worker and the decoder stand beside wijzerd in a build, and in libexec once installed. */
static char *find_programs(void)
{
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = length > 0 ? memrchr(self, '/', (size_t)length) : NULL;
    if (slash) {
        *slash = '\0';
        char *beside = mem_format("%s/wijzer-worker", self);
        const bool here = access(beside, X_OK) == 0;
        free(beside);
        if (here)
            return mem_copy_text(self);
    }
    return mem_copy_text(WIJZER_LIBEXEC_DIR);
}

static char *find_plugins(const char *programs)
{
    if (strcmp(programs, WIJZER_LIBEXEC_DIR) == 0)
        return mem_copy_text(WIJZER_PLUGIN_DIR);
    return mem_format("%s/../plugins", programs);
}

static char *program(const struct daemon *daemon, const char *name)
{
    return mem_format("%s/%s", daemon->programs, name);
}

/* ---- the parts ----------------------------------------------------------------------------------------- */

static int start_store(struct daemon *daemon, struct error *error)
{
    return store_open(&daemon->store, &daemon->loop, daemon->config.state_dir, error);
}

static void stop_store(struct daemon *daemon)
{
    store_close(daemon->store, part_stopped, daemon);
}

static void log_grew(void *data)
{
    struct daemon *daemon = data;
    if (daemon->engine)
        engine_wake(daemon->engine);
}

static int start_ingest(struct daemon *daemon, struct error *error)
{
    const struct ingest_options options = {.state_dir = daemon->config.state_dir};
    if (ingest_open(&daemon->ingest, daemon->store, &options, error) != 0)
        return -1;
    ingest_on_growth(daemon->ingest, log_grew, daemon);
    return 0;
}

static void stop_ingest(struct daemon *daemon)
{
    ingest_close(daemon->ingest);
    part_stopped(daemon);
}

static void scripts_changed(void *data)
{
    struct daemon *daemon = data;
    if (daemon->engine)
        engine_scripts_changed(daemon->engine);
}

static void scripts_ready(void *data);

static int start_scripts(struct daemon *daemon, struct error *error)
{
    char *worker = program(daemon, "wijzer-worker");
    daemon->params_json = config_params_json(&daemon->config);
    const struct scripts_options options = {
        .folders = daemon->config.scripts, .worker_path = worker, .params_json = daemon->params_json};
    const struct scripts_callbacks callbacks = {
        .changed = scripts_changed, .ready = scripts_ready, .data = daemon};
    const int result = scripts_start(&daemon->scripts, &daemon->loop, &options, &callbacks, error);
    free(worker);
    return result;
}

static void stop_scripts(struct daemon *daemon)
{
    scripts_stop(daemon->scripts, part_stopped, daemon);
}

static int start_engine(struct daemon *daemon, struct error *error)
{
    (void)error;
    daemon->engine =
        engine_start(&daemon->loop, daemon->store, daemon->scripts, daemon->config.min_group_size);
    return 0;
}

static void engine_stopped(void *data)
{
    struct daemon *daemon = data;
    daemon->engine = NULL; /* the scripts may still call */
    part_stopped(daemon);
}

static void stop_engine(struct daemon *daemon)
{
    engine_stop(daemon->engine, engine_stopped, daemon);
}

static int load_plugins(struct daemon *daemon, struct error *error)
{
    char *decoder = program(daemon, "wijzer-decoder");
    const struct host_parts parts = {.loop = &daemon->loop,
                                     .config = &daemon->config,
                                     .store = daemon->store,
                                     .ingest = daemon->ingest,
                                     .scripts = daemon->scripts,
                                     .decoder_path = decoder};
    const int result = host_load(&daemon->host, &parts, error);
    free(decoder);
    return result;
}

static void stop_plugins(struct daemon *daemon)
{
    host_stop(daemon->host, part_stopped, daemon);
}

static int start_feeds(struct daemon *daemon, struct error *error)
{
    return host_start(daemon->host, error);
}

static int start_api(struct daemon *daemon, struct error *error)
{
    const struct api_parts parts = {.loop = &daemon->loop,
                                    .config = &daemon->config,
                                    .store = daemon->store,
                                    .scripts = daemon->scripts,
                                    .engine = daemon->engine,
                                    .feeds = host_feeds(daemon->host),
                                    .socket = service_socket("api")};
    return api_start(&daemon->api, &parts, error);
}

static void stop_api(struct daemon *daemon)
{
    api_stop(daemon->api, part_stopped, daemon);
}

static const struct part parts[] = {
    {"store", start_store, stop_store},
    {"ingest", start_ingest, stop_ingest},
    {"scripts", start_scripts, stop_scripts},
    {"engine", start_engine, stop_engine},
    {"plugins", load_plugins, stop_plugins}, /* also stops the feeds */
    /* These wait until the scripts are loaded: a document that is waiting needs its instrument, and whoever
     * can connect sees every indicator. */
    {"feeds", start_feeds, NULL},
    {"api", start_api, stop_api},
};

enum { PARTS = sizeof parts / sizeof *parts, PARTS_BEFORE_SCRIPTS = 5 };

/* ---- start and stop ------------------------------------------------------------------------------------ */

static int start_parts(struct daemon *daemon, size_t until)
{
    struct error error = {0};
    while (daemon->started < until) {
        if (parts[daemon->started].start(daemon, &error) != 0) {
            log_error("%s", error.text);
            daemon->exit_status = EXIT_FAILURE;
            stop_daemon(daemon);
            return -1;
        }
        daemon->started++;
    }
    return 0;
}

static void scripts_ready(void *data)
{
    struct daemon *daemon = data;
    if (daemon->stopping)
        return;
    engine_scripts_ready(daemon->engine);
    if (start_parts(daemon, PARTS) != 0)
        return;
    log_info("ready on %s", daemon->config.socket);
    service_ready("Ready");
}

static void close_signals(struct daemon *daemon)
{
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    service_watchdog_stop(&daemon->watchdog);
}

/* Stops the last part that runs; each part calls back when it has stopped. */
static void stop_next(struct daemon *daemon)
{
    while (daemon->started > 0 && !parts[daemon->started - 1].stop)
        daemon->started--;
    if (daemon->started == 0)
        close_signals(daemon);
    else
        parts[daemon->started - 1].stop(daemon);
}

static void part_stopped(void *data)
{
    struct daemon *daemon = data;
    daemon->started--;
    stop_next(daemon);
}

static void stop_daemon(struct daemon *daemon)
{
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    service_stopping();
    stop_next(daemon);
}

static void on_terminate(uv_signal_t *signal, int number)
{
    log_info("stopping (%s)", number == SIGTERM ? "SIGTERM" : "SIGINT");
    stop_daemon(signal->data);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    (void)number;
    struct daemon *daemon = signal->data;
    if (daemon->started < PARTS_BEFORE_SCRIPTS || daemon->stopping)
        return;
    scripts_rescan(daemon->scripts);
    struct config fresh;
    struct error error;
    if (config_read(&fresh, daemon->config_file, &daemon->overrides, daemon->config.plugins, &error) != 0) {
        log_error("%s; the running configuration stays", error.text);
        return;
    }
    config_free(&fresh);
    log_info("scripts looked at again; changes in the configuration take effect after a restart");
}

static void watch_signals(struct daemon *daemon)
{
    static const int numbers[SIGNALS] = {
        [ON_TERMINATE] = SIGTERM, [ON_INTERRUPT] = SIGINT, [ON_HANGUP] = SIGHUP};
    static const uv_signal_cb callbacks[SIGNALS] = {
        [ON_TERMINATE] = on_terminate, [ON_INTERRUPT] = on_terminate, [ON_HANGUP] = on_hangup};
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], callbacks[i], numbers[i]);
    }
    signal(SIGPIPE, SIG_IGN); /* a client that hangs up is an error of its write */
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
    if (daemon->config.min_group_size < 5)
        log_warning("min_group_size is %d: groups smaller than 5, the least that Dutch staff surveys use, "
                    "will be shown",
                    daemon->config.min_group_size);
    start_parts(daemon, PARTS_BEFORE_SCRIPTS);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    close_loop(&daemon->loop);
    return daemon->exit_status;
}

static void nothing_left(void *data)
{
    (void)data;
}

/* The plugins' options are part of the configuration, so checking it loads them. */
static int check_config(struct daemon *daemon)
{
    struct error error;
    struct host *host;
    const struct host_parts host_parts = {.loop = &daemon->loop, .config = &daemon->config};
    uv_loop_init(&daemon->loop);
    const int result = host_load(&host, &host_parts, &error);
    if (result == 0)
        host_stop(host, nothing_left, NULL);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    close_loop(&daemon->loop);
    if (result != 0) {
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
    "and logs to standard error. SIGHUP looks at the scripts again, SIGTERM stops.\n"
    "\n"
    "  --config FILE       the configuration (default /etc/wijzer/wijzer.conf), with FILE.d/*.conf after it\n"
    "  --check             checks the configuration and exits\n"
    "  --state-dir DIR     where everything is kept (default /var/lib/wijzer)\n"
    "  --socket PATH       the Unix socket of the API (default /run/wijzer/wijzerd.sock)\n"
    "  --scripts DIR[:DIR] folders of Lua scripts (default /etc/wijzer/scripts)\n"
    "  --plugins DIR       folder of plugins\n"
    "  --listen HOST:PORT  also listens there\n"
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
    daemon->programs = find_programs();
    char *plugins = find_plugins(daemon->programs);
    int status = EXIT_FAILURE;
    if (config_read(&daemon->config, daemon->config_file, &daemon->overrides, plugins, &error) != 0)
        fprintf(stderr, "wijzerd: %s\n", error.text);
    else
        status = action == CHECK ? check_config(daemon) : run_daemon(daemon);
    config_free(&daemon->config);
    free(plugins);
    free(daemon->params_json);
    free(daemon->programs);
    return status;
}

/* Large blocks go back to the system when they are freed, and threads share their heaps: for years of
 * running, a small daemon is worth more than a fast malloc. */
static void keep_memory_small(void)
{
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
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
