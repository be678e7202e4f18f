/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is at the other end of the Unix socket, as the kernel says it. */
#include "api/internal.h"
#include "store/audit.h"

#include "base/mem.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char admin_group[] = "wijzer-admin";

enum { BUFFER = 16 * 1024, MOST_GROUPS = 1024 };

static bool is_member(uid_t user, gid_t own_group, gid_t wanted)
{
    char buffer[BUFFER];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(user, &entry, buffer, sizeof buffer, &found) != 0 || !found)
        return own_group == wanted;
    gid_t *groups = mem_alloc(MOST_GROUPS * sizeof *groups);
    int count = MOST_GROUPS;
    bool member = own_group == wanted;
    if (getgrouplist(found->pw_name, own_group, groups, &count) < 0)
        count = MOST_GROUPS;
    for (int i = 0; i < count && !member; i++)
        member = groups[i] == wanted;
    free(groups);
    return member;
}

bool access_peer(struct MHD_Connection *connection, struct ucred *peer)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    socklen_t size = sizeof *peer;
    return info && getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, peer, &size) == 0 &&
           peer->uid != (uid_t)-1; /* as of TCP */
}

int64_t access_user(const struct request *request)
{
    struct ucred peer;
    return access_peer(request->connection, &peer) ? (int64_t)peer.uid : AUDIT_NOBODY;
}

bool access_is_own(uid_t user)
{
    return user == 0 || user == geteuid();
}

bool access_may_write(const struct request *request)
{
    struct ucred peer;
    if (!access_peer(request->connection, &peer))
        return false;
    if (access_is_own(peer.uid))
        return true;
    char buffer[BUFFER];
    struct group entry, *found = NULL;
    if (getgrnam_r(admin_group, &entry, buffer, sizeof buffer, &found) != 0 || !found)
        return false;
    return is_member(peer.uid, peer.gid, found->gr_gid);
}
