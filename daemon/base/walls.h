/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walls around code or bytes from outside: what the script worker and the document decoder enter before
 * they touch either. Irrevocable for the process.
 */
#ifndef BASE_WALLS_H
#define BASE_WALLS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct walls {
    uint64_t memory_bytes; /* of address space above what is mapped on entry; 0: no limit */
    uint64_t cpu_seconds;  /* of the whole process; 0: no limit */
};

/*
 * no_new_privs, no core dump, no dumpable memory, resource limits (no new file, no new process), and a
 * seccomp allow-list: read, write, seek and close on descriptors that are open already, memory without
 * execution, clocks, signals to itself, exit. Anything else ends the process with SIGSYS. Call with one
 * thread, after everything that needs a file (a plugin, locale, time zone) is loaded. 0, or -1: then the
 * process must not go on.
 */
int walls_enter(const struct walls *walls, struct error *error);

#endif
