/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Becomes the program that it is given, which is killed where it makes a socket of the network: what
 * RestrictAddressFamilies=AF_UNIX of the service unit refuses. */
#include <seccomp.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (argc < 2 || !filter ||
        seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_NE, AF_UNIX)) !=
            0 ||
        seccomp_load(filter) != 0)
        return 1;
    execvp(argv[1], argv + 1);
    return 1;
}
