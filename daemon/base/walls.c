/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/walls.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const int allowed_calls[] = {
    /* descriptors that are open already */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),

    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    /* memory; mmap and mprotect only without execution, below */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(sysinfo), /* qsort of glibc asks it how large a copy it may make */
    /* signals to itself and waiting */
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    /* clocks and who am I */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrandom),
    /* the end */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
#if SANITIZED
    /* what their runtimes use to write a report before they abort */
    SCMP_SYS(readlink),
    SCMP_SYS(getrlimit),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(ioctl),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getppid),
#endif
};

static int allow_without_execution(scmp_filter_ctx filter, int call)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* abort() signals its own thread; no other process can be signalled. */
static int allow_signals_to_itself(scmp_filter_ctx filter)
{
    const scmp_datum_t self = (scmp_datum_t)getpid();
    const int killed =
        seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, SCMP_A0(SCMP_CMP_EQ, self));
    return killed ? killed
                  : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self));
}

static int fill_filter(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof allowed_calls / sizeof *allowed_calls && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
    if (!failed)
        failed = allow_without_execution(filter, SCMP_SYS(mmap));
    if (!failed)
        failed = allow_without_execution(filter, SCMP_SYS(mprotect));
    return failed ? failed : allow_signals_to_itself(filter);
}

static int load_filter(struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!filter)
        return error_set(error, ERROR_FAILED, "no seccomp filter could be made");
    int failed = fill_filter(filter);
    if (!failed)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    if (failed)
        return error_set(error, ERROR_FAILED, "the seccomp filter could not be loaded: %s",
                         strerror(-failed));
    return 0;
}

/* Bytes of address space that are mapped now, from /proc/self/statm. */
static uint64_t mapped_bytes(void)
{
    unsigned long long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (!statm)
        return 0;
    if (fscanf(statm, "%llu", &pages) != 1)
        pages = 0;
    fclose(statm);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int limit(int resource, const char *name, uint64_t value, struct error *error)
{
    const struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    if (setrlimit((__rlimit_resource_t)resource, &both) == 0)
        return 0;
    return error_set(error, ERROR_FAILED, "the limit on %s could not be set: %s", name, strerror(errno));
}

static int set_limits(const struct walls *walls, struct error *error)
{
    if (limit(RLIMIT_CORE, "core dumps", 0, error) != 0 || limit(RLIMIT_FSIZE, "file sizes", 0, error) != 0)
        return -1;
    if (walls->cpu_seconds && limit(RLIMIT_CPU, "CPU time", walls->cpu_seconds, error) != 0)
        return -1;
    /* The sanitizers map terabytes for their shadow. */
    if (walls->memory_bytes && !SANITIZED &&
        limit(RLIMIT_AS, "memory", mapped_bytes() + walls->memory_bytes, error) != 0)
        return -1;
    return limit(RLIMIT_NPROC, "processes", 0, error) != 0 || limit(RLIMIT_NOFILE, "files", 0, error) != 0
               ? -1
               : 0;
}

int walls_enter(const struct walls *walls, struct error *error)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return error_set(error, ERROR_FAILED, "privileges could not be given up: %s", strerror(errno));
    if (set_limits(walls, error) != 0)
        return -1;
    return load_filter(error);
}
