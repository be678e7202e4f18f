/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script/private_daemon.h"
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/programs.h"
#include "parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECRET_FILE "secret"

enum { START_MS = 20 * 1000, STOP_MS = 6 * 1000, STEP_MS = 10, SETTLE_STEP_MS = 2 };

extern char **environ;

/* In memory that both processes see. */
struct private_clock {
    atomic_bool is_set; /* else it is as late as on the wall */
    atomic_llong now;
    atomic_uint settings, looked; /* how often it was set, and up to which time that was looked at */
};

/* ---- the child ----------------------------------------------------------------------------------------- */

struct child {
    uv_loop_t loop;
    uv_signal_t terminate, look;
    struct private_clock *shared;
    struct parts *parts;
    bool ready, failed;
};

static int64_t read_clock(void *data)
{
    struct private_clock *shared = data;
    return atomic_load(&shared->is_set) ? atomic_load(&shared->now) : clock_now();
}

static void on_look(uv_signal_t *signal, int number)
{
    (void)number;
    struct child *child = signal->data;
    const unsigned settings = atomic_load(&child->shared->settings);
    if (!child->ready || !child->parts)
        return;
    parts_look_again(child->parts);
    atomic_store(&child->shared->looked, settings);
}

static void on_ready(void *data)
{
    struct child *child = data;
    child->ready = true;
    on_look(&child->look, 0);
}

static void on_terminate(uv_signal_t *signal, int number)
{
    (void)number;
    struct child *child = signal->data;
    if (child->parts)
        parts_stop(child->parts);
}

static void on_stopped(void *data, bool failed)
{
    struct child *child = data;
    child->parts = NULL;
    child->failed = failed;
    uv_close((uv_handle_t *)&child->terminate, NULL);
    uv_close((uv_handle_t *)&child->look, NULL);
}

static int run_child(const struct private_daemon *daemon, const char *config_file)
{
    struct child child = {.shared = daemon->clock};
    struct config config;
    struct error error;
    const struct config_overrides nothing = {0};
    char *plugins = programs_plugins();
    const int unread = config_read(&config, config_file, &nothing, plugins, &error);
    free(plugins);
    if (unread) {
        fprintf(stderr, "%s\n", error.text);
        return STATUS_FAILED;
    }
    uv_loop_init(&child.loop);
    uv_signal_init(&child.loop, &child.terminate);
    uv_signal_init(&child.loop, &child.look);
    child.terminate.data = child.look.data = &child;
    uv_signal_start(&child.terminate, on_terminate, SIGTERM);
    uv_signal_start(&child.look, on_look, SIGHUP);
    const struct clock clock = {.now = read_clock, .data = daemon->clock};
    const struct parts_options options = {
        .loop = &child.loop, .config = &config, .clock = &clock, .socket = -1};
    const struct parts_callbacks callbacks = {.ready = on_ready, .stopped = on_stopped, .data = &child};
    child.parts = parts_start(&options, &callbacks);
    uv_run(&child.loop, UV_RUN_DEFAULT);
    const int left_open = uv_loop_close(&child.loop);
    assert(left_open == 0); /* every part has closed what it opened */
    (void)left_open;
    config_free(&config);
    return child.failed ? STATUS_FAILED : STATUS_GOOD;
}

static void remove_folder(const char *folder)
{
    char *const arguments[] = {"rm", "-rf", "--", (char *)folder, NULL};
    pid_t pid;
    if (posix_spawnp(&pid, "rm", NULL, NULL, arguments, environ) == 0)
        waitpid(pid, NULL, 0);
}

/* Its log goes to a file. Its own process group, so that Ctrl-C is ours to handle; it does not outlive us.
 * Until its loop runs it is ended by the signals that we only take note of, or it would not hear of the stop.
 */
static void become_child(const struct private_daemon *daemon, pid_t parent, const char *config_file,
                         const char *log_file, const sigset_t *signals)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int log = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    setpgid(0, 0);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, signals, NULL);
    unsetenv("JOURNAL_STREAM"); /* its log is read by us, not by the journal */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* it ended before that was said */
        _exit(STATUS_FAILED);
    if (null < 0 || log < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0)
        _exit(STATUS_FAILED);
    const int status = run_child(daemon, config_file);
    if (getppid() != parent) /* it was killed, and cannot take away what people answered */
        remove_folder(daemon->folder);
    _exit(status);
}

/* ---- interruption -------------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted; /* a signal handler has no argument of ours */

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

bool is_interrupted(void)
{
    return interrupted;
}

void pause_ms(long milliseconds)
{
    const struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (!interrupted)
        nanosleep(&pause, NULL);
}

/* ---- its folder ---------------------------------------------------------------------------------------- */

static char *inside(const struct private_daemon *daemon, const char *name)
{
    return mem_format("%s/%s", daemon->folder, name);
}

/* A path as it can stand in the configuration, whose lists have ':' between their entries and ';' before
 * comments. */
static int check_path(const char *path, struct error *error)
{
    return strpbrk(path, ":\n;")
               ? error_set(error, ERROR_FAILED, "%s: the path may not have ':' or ';' in it", path)
               : 0;
}

/* A file that only we can read. NULL: the error says why it cannot be written. */
static FILE *open_inside(const char *path, struct error *error)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!file)
        error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    if (!file && descriptor >= 0)
        close(descriptor);
    return file;
}

/* Nobody sends statements over HTTP, but the plugin wants a key and a secret to serve them by. */
static int write_secret(const struct private_daemon *daemon, struct error *error)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_set(error, ERROR_FAILED, "no secret can be made: %s", strerror(errno));
    char *path = inside(daemon, SECRET_FILE);
    FILE *file = open_inside(path, error);
    int result = file ? 0 : -1;
    for (size_t i = 0; file && i < sizeof bytes; i++)
        fprintf(file, "%02x", bytes[i]);
    if (file && fclose(file) != 0)
        result = error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    free(path);
    return result;
}

static void put_feeds(FILE *file, const struct private_feeds *feeds)
{
    for (size_t i = 0; i < feeds->instrument_count; i++)
        fprintf(file, "[feed %s]\nplugin = survey\ninstrument = %s\n", feeds->instruments[i],
                feeds->instruments[i]);
    if (feeds->groups)
        fprintf(file,
                "[feed " PRIVATE_EVENT_FEED "]\nplugin = xapi\nkey = wijzer\nsecret_file = " SECRET_FILE
                "\ngroups = %s\n",
                feeds->groups);
}

static int write_config(const struct private_daemon *daemon, const char *scripts,
                        const struct private_feeds *feeds, struct error *error)
{
    char *path = inside(daemon, "wijzer.conf");
    FILE *file = open_inside(path, error);
    int result = file ? 0 : -1;
    if (file) {
        /* There is one moment only, so nothing has to wait for another. */
        fprintf(file, "[wijzer]\nstate_dir = %s/state\nsocket = %s\nscripts = %s:%s\nmin_change = 1\n",
                daemon->folder, daemon->socket, scripts, daemon->probes);
        put_feeds(file, feeds);
        if (fclose(file) != 0)
            result = error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    }
    free(path);
    return result;
}

static int configure(const struct private_daemon *daemon, const char *scripts,
                     const struct private_feeds *feeds, struct error *error)
{
    char *whole = realpath(scripts, NULL);
    int result =
        whole ? check_path(whole, error) : error_set(error, ERROR_FAILED, "%s: %s", scripts, strerror(errno));
    if (result == 0)
        result = check_path(daemon->folder, error);
    if (result == 0 && feeds->groups)
        result = write_secret(daemon, error);
    if (result == 0)
        result = write_config(daemon, whole, feeds, error);
    free(whole);
    return result;
}

static int make_folder(struct private_daemon *daemon, struct error *error)
{
    const char *temporary = getenv("TMPDIR");
    daemon->folder = mem_format("%s/wijzer-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(daemon->folder)) {
        error_set(error, ERROR_FAILED, "%s: %s", daemon->folder, strerror(errno));
        free(daemon->folder);
        daemon->folder = NULL;
        return -1;
    }
    daemon->socket = inside(daemon, "socket");
    daemon->probes = inside(daemon, "probes");
    return mkdir(daemon->probes, 0700) == 0
               ? 0
               : error_set(error, ERROR_FAILED, "%s: %s", daemon->probes, strerror(errno));
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static int map_clock(struct private_daemon *daemon, struct error *error)
{
    void *memory =
        mmap(NULL, sizeof(struct private_clock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return error_set(error, ERROR_FAILED, "no memory can be shared: %s", strerror(errno));
    daemon->clock = memory;
    return 0;
}

static int start_child(struct private_daemon *daemon, struct error *error)
{
    char *config = inside(daemon, "wijzer.conf"), *log = inside(daemon, "log");
    const pid_t own = getpid();
    sigset_t stop, before;
    fflush(NULL); /* what is written and not yet out is ours, not the child's too */
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM); /* one that comes before the child has its own way with it would be lost */
    sigprocmask(SIG_BLOCK, &stop, &before);
    daemon->pid = fork();
    if (daemon->pid == 0)
        become_child(daemon, own, config, log, &before);
    const int failed = daemon->pid < 0 ? errno : 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(config);
    free(log);
    if (!failed)
        return 0;
    daemon->pid = 0;
    return error_set(error, ERROR_FAILED, "no process could be started: %s", strerror(failed));
}

static int say_why_it_ended(const struct private_daemon *daemon, struct error *error)
{
    char *path = inside(daemon, "log"), line[800] = "", last[800] = "it said nothing";
    FILE *log = fopen(path, "re");
    while (log && fgets(line, sizeof line, log))
        snprintf(last, sizeof last, "%.*s", (int)strcspn(line, "\n"), line);
    if (log)
        fclose(log);
    free(path);
    return error_set(error, ERROR_FAILED, "what was to compute ended: %s", last);
}

/* Have all scripts been loaded, well or badly? */
static bool is_ready(const struct private_daemon *daemon)
{
    struct answer answer;
    struct error error;
    double loading = 1;
    if (client_get(daemon->socket, "/v1/status", &answer, &error) != 0)
        return false;
    json_number(json_get(answer.json, "scripts"), "loading", &loading);
    answer_free(&answer);
    return loading == 0;
}

static int wait_until_ready(struct private_daemon *daemon, struct error *error)
{
    for (long waited = 0; waited < START_MS && !interrupted; waited += STEP_MS) {
        if (waitpid(daemon->pid, NULL, WNOHANG) == daemon->pid) {
            daemon->pid = 0;
            return say_why_it_ended(daemon, error);
        }
        if (is_ready(daemon))
            return 0;
        pause_ms(STEP_MS);
    }
    return error_set(error, ERROR_FAILED,
                     interrupted ? "interrupted" : "what was to compute does not answer");
}

int private_daemon_start(struct private_daemon *daemon, const char *scripts,
                         const struct private_feeds *feeds, struct error *error)
{
    const struct sigaction action = {.sa_handler = on_interrupt};
    *daemon = (struct private_daemon){0};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGPIPE, &action,
              NULL); /* nobody reads on, as behind "| head": the folder must go all the same */
    return make_folder(daemon, error) != 0 || map_clock(daemon, error) != 0 ||
                   configure(daemon, scripts, feeds, error) != 0 || start_child(daemon, error) != 0
               ? -1
               : wait_until_ready(daemon, error);
}

void private_daemon_stop(struct private_daemon *daemon)
{
    if (daemon->pid) {
        kill(daemon->pid, SIGTERM);
        long waited = 0;
        while (waitpid(daemon->pid, NULL, WNOHANG) == 0 && waited < STOP_MS) {
            const struct timespec pause = {.tv_nsec = STEP_MS * 1000000L};
            nanosleep(&pause, NULL);
            waited += STEP_MS;
        }
        if (waited >= STOP_MS) {
            kill(daemon->pid, SIGKILL);
            waitpid(daemon->pid, NULL, 0);
        }
    }
    if (daemon->folder)
        remove_folder(daemon->folder);
    if (daemon->clock)
        munmap(daemon->clock, sizeof *daemon->clock);
    free(daemon->folder);
    free(daemon->socket);
    free(daemon->probes);
    *daemon = (struct private_daemon){0};
}

/* A child that is gone says so when it is asked the next question. */
static bool has_ended(struct private_daemon *daemon)
{
    if (daemon->pid && waitpid(daemon->pid, NULL, WNOHANG) == daemon->pid)
        daemon->pid = 0;
    return !daemon->pid;
}

void private_daemon_set_clock(struct private_daemon *daemon, int64_t now)
{
    atomic_store(&daemon->clock->now, now);
    atomic_store(&daemon->clock->is_set, true);
    const unsigned settings = atomic_fetch_add(&daemon->clock->settings, 1) + 1;
    if (has_ended(daemon))
        return;
    kill(daemon->pid, SIGHUP);
    for (long waited = 0; waited < START_MS && atomic_load(&daemon->clock->looked) != settings &&
                          !interrupted && !has_ended(daemon);
         waited++)
        pause_ms(1);
}

/* What the daemon says of its work. */
struct work {
    bool rests;
    double position, loading, calls; /* whatever of them changes, it goes on */
    char trouble[300];               /* of the engine's; "" if it has none */
};

static bool goes_on(const struct work *before, const struct work *now)
{
    return before->position != now->position || before->loading != now->loading ||
           before->calls != now->calls;
}

/* false: it ended; the next question says so. */
static bool look_at_work(const struct private_daemon *daemon, struct work *work)
{
    struct answer answer;
    struct error error;
    double end = 0;
    if (client_get(daemon->socket, "/v1/status", &answer, &error) != 0)
        return false;
    const cJSON *engine = json_get(answer.json, "engine");
    json_number(engine, "position", &work->position);
    json_number(json_get(answer.json, "store"), "position", &end);
    json_number(json_get(answer.json, "scripts"), "loading", &work->loading);
    const char *trouble = json_text(engine, "error");
    snprintf(work->trouble, sizeof work->trouble, "%s", trouble ? trouble : "");
    work->rests = json_true(engine, "idle") && work->position >= end && work->loading == 0;
    answer_free(&answer);
    return true;
}

/* How often scripts were called, which is all that shows of a long computation. */
static void count_calls(const struct private_daemon *daemon, struct work *work)
{
    struct answer answer;
    struct error error;
    const cJSON *script;
    if (client_get(daemon->socket, "/v1/scripts?limit=10000", &answer, &error) != 0)
        return;
    work->calls = 0;
    cJSON_ArrayForEach(script, json_get(answer.json, "scripts"))
    {
        double calls = 0;
        json_number(script, "calls", &calls);
        work->calls += calls;
    }
    answer_free(&answer);
}

static int64_t milliseconds_passed(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Asked twice, for between two of its steps the engine looks as if it did nothing. */
int private_daemon_settle(const struct private_daemon *daemon, long patience_ms, struct error *error)
{
    struct work seen = {0}, now = {0};
    int64_t since = milliseconds_passed();
    for (int rests = 0; rests < 2 && !interrupted;) {
        if (!look_at_work(daemon, &now))
            return 0;
        rests = now.rests ? rests + 1 : 0;
        const int64_t waited = milliseconds_passed() - since;
        if (waited > patience_ms / 2)
            count_calls(daemon, &now);
        if (rests || goes_on(&seen, &now))
            since = milliseconds_passed();
        else if (waited > patience_ms)
            return error_set(error, ERROR_FAILED,
                             "not all indicators are computed, and nothing has happened for %ld seconds%s%s",
                             patience_ms / 1000, now.trouble[0] ? ": " : "", now.trouble);
        seen = now;
        pause_ms(SETTLE_STEP_MS);
    }
    return 0;
}

/* Is the line of the log's, behind its mark, one of that file? */
static bool is_print_of(const char *line, const char *file)
{
    const size_t length = strlen(file);
    return strncmp(line, file, length) == 0 && line[length] == ':';
}

void private_daemon_show_prints(struct private_daemon *daemon, const char *file)
{
    static const char mark[] = "wijzerd: script ";
    char *path = inside(daemon, "log"), line[2000];
    FILE *log = fopen(path, "re");
    free(path);
    if (!log)
        return;
    fseek(log, daemon->log_read, SEEK_SET);
    while (fgets(line, sizeof line, log)) {
        const char *print = line + sizeof mark - 1;
        if (strncmp(line, mark, sizeof mark - 1) == 0 && (!file || is_print_of(print, file)))
            fputs(print, stderr);
    }
    daemon->log_read = ftell(log);
    fclose(log);
}
