/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walls that the script worker and the decoder enter, by the very function they use: each way out ends
 * the process. */
#include "base/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { NO_WALLS = 90, CAME_THROUGH = 0, WENT_WRONG = 1 };

/* Runs an attempt in a child, behind walls or not. Gives waitpid's status. */
static int attempt(int (*try)(void), bool behind_walls)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct walls walls = {.memory_bytes = 64 << 20};
        struct error error;
        if (behind_walls && walls_enter(&walls, &error) != 0)
            _exit(NO_WALLS);
        _exit(try());
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static int opens_a_file(void)
{
    return open("/etc/hostname", O_RDONLY) >= 0 ? CAME_THROUGH : WENT_WRONG;
}

static int makes_a_file(void)
{
    return memfd_create("x", 0) >= 0 ? CAME_THROUGH : WENT_WRONG;
}

static int opens_a_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? CAME_THROUGH : WENT_WRONG;
}

static int starts_a_process(void)
{
    const pid_t child = (pid_t)syscall(SYS_fork);
    if (child == 0)
        _exit(0);
    return child > 0 ? CAME_THROUGH : WENT_WRONG;
}

static int becomes_another_program(void)
{
    char *const argv[] = {"true", NULL}, *const environment[] = {NULL};
    execve("/bin/true", argv, environment);
    return WENT_WRONG;
}

static int signals_its_parent(void)
{
    return kill(getppid(), 0) == 0 ? CAME_THROUGH : WENT_WRONG;
}

static int reads_its_parent(void)
{
    char here[8];
    static char there[8]; /* at the same address in the parent */
    const struct iovec local = {here, sizeof here}, remote = {there, sizeof there};
    return process_vm_readv(getppid(), &local, 1, &remote, 1, 0) == sizeof here ? CAME_THROUGH : WENT_WRONG;
}

static int is_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? CAME_THROUGH : WENT_WRONG;
}

static int makes_memory_executable(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                   MAP_FAILED
               ? CAME_THROUGH
               : WENT_WRONG;
}

static int changes_a_path(void)
{
    return chdir("/") == 0 ? CAME_THROUGH : WENT_WRONG;
}

static void assert_walled(int (*try)(void))
{
    const int free_status = attempt(try, false), walled_status = attempt(try, true);
    /* Outside it works, so that it is the walls that end it. */
    assert_true(WIFEXITED(free_status));
    assert_int_equal(WEXITSTATUS(free_status), CAME_THROUGH);
    assert_true(WIFSIGNALED(walled_status));
    assert_int_equal(WTERMSIG(walled_status), SIGSYS);
}

static void every_way_out_ends_the_process(void **state)
{
    (void)state;
    assert_walled(opens_a_file);
    assert_walled(makes_a_file);
    assert_walled(opens_a_socket);
    assert_walled(starts_a_process);
    assert_walled(becomes_another_program);
    assert_walled(signals_its_parent);
    assert_walled(reads_its_parent);
    assert_walled(is_traced);
    assert_walled(makes_memory_executable);
    assert_walled(changes_a_path);
}

static int works(void)
{
    struct timespec now;
    char byte = 'x';
    int ends[2] = {STDIN_FILENO, STDOUT_FILENO};
    char *block = malloc(1 << 20);
    if (!block || clock_gettime(CLOCK_MONOTONIC, &now) != 0 || write(ends[1], &byte, 0) != 0)
        return WENT_WRONG;
    memset(block, 1, 1 << 20);
    free(block);
    return CAME_THROUGH;
}

static void what_a_script_needs_still_works(void **state)
{
    (void)state;
    const int status = attempt(works, true);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CAME_THROUGH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_out_ends_the_process),
        cmocka_unit_test(what_a_script_needs_still_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
