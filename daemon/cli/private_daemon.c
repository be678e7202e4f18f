/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/private_daemon.h"
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_MS = 20 * 1000, STOP_MS = 6 * 1000, STEP_MS = 10 };

extern char **environ;

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

static int write_config(const struct private_daemon *daemon, const char *scripts, const char *instrument,
                        struct error *error)
{
    char *path = inside(daemon, "wijzer.conf");
    char *whole = realpath(scripts, NULL);
    FILE *file = whole ? fopen(path, "we") : NULL;
    int result = 0;
    if (!file || strpbrk(whole, ":\n;"))
        result =
            error_set(error, ERROR_FAILED, "%s: %s", scripts,
                      whole && file ? "a folder of scripts has no ':' or ';' in its path" : strerror(errno));
    else
        fprintf(file,
                "[wijzer]\nstate_dir = %s/state\nsocket = %s\nscripts = %s:%s\n"
                "[feed data]\nplugin = survey\ninstrument = %s\n",
                daemon->folder, daemon->socket, whole, daemon->probes, instrument);
    if (file && fclose(file) != 0 && result == 0)
        result = error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    free(whole);
    free(path);
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

static void remove_folder(const char *folder)
{
    char *const arguments[] = {"rm", "-rf", "--", (char *)folder, NULL};
    pid_t pid;
    if (posix_spawnp(&pid, "rm", NULL, NULL, arguments, environ) == 0)
        waitpid(pid, NULL, 0);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

/* Its own process group, so that Ctrl-C is ours to handle. */
static int spawn(struct private_daemon *daemon, struct error *error)
{
    char *program = find_program("wijzerd", WIJZER_SBIN_DIR), *config = inside(daemon, "wijzer.conf"),
         *log = inside(daemon, "log");
    char *const arguments[] = {program, "--config", config, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int failed = posix_spawn(&daemon->pid, program, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed) {
        daemon->pid = 0;
        error_set(error, ERROR_FAILED, "%s could not be started: %s", program, strerror(failed));
    }
    free(program);
    free(config);
    free(log);
    return failed ? -1 : 0;
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
    return error_set(error, ERROR_FAILED, "the wijzerd that was to compute ended: %s", last);
}

/* Have all scripts been loaded, well or badly? */
static bool is_ready(const struct private_daemon *daemon)
{
    struct answer answer;
    struct error error;
    double loading = 1;
    if (client_get(daemon->socket, "/v1/status", &answer, &error) != 0)
        return false;
    json_number(cJSON_GetObjectItemCaseSensitive(answer.json, "scripts"), "loading", &loading);
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
                     interrupted ? "interrupted" : "the wijzerd that was to compute does not answer");
}

int private_daemon_start(struct private_daemon *daemon, const char *scripts, const char *instrument,
                         struct error *error)
{
    const struct sigaction action = {.sa_handler = on_interrupt};
    *daemon = (struct private_daemon){0};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    return make_folder(daemon, error) != 0 || write_config(daemon, scripts, instrument, error) != 0 ||
                   spawn(daemon, error) != 0
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
    free(daemon->folder);
    free(daemon->socket);
    free(daemon->probes);
    *daemon = (struct private_daemon){0};
}

void private_daemon_show_prints(struct private_daemon *daemon)
{
    static const char mark[] = "wijzerd: script ";
    char *path = inside(daemon, "log"), line[2000];
    FILE *log = fopen(path, "re");
    free(path);
    if (!log)
        return;
    fseek(log, daemon->log_read, SEEK_SET);
    while (fgets(line, sizeof line, log))
        if (strncmp(line, mark, sizeof mark - 1) == 0)
            fputs(line + sizeof mark - 1, stderr);
    daemon->log_read = ftell(log);
    fclose(log);
}
