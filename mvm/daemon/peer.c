/* SPDX-License-Identifier: Apache-2.0 */
/* /etc/group is read as a file: a static program has no name services. */
#include "mvm/daemon/peer.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int64_t peer_group(void)
{
    FILE *file = fopen("/etc/group", "re");
    const struct group *g;
    int64_t id = -1;

    while (file != NULL && id < 0 && (g = fgetgrent(file)) != NULL) {
        if (strcmp(g->gr_name, PEER_GROUP) == 0) { id = g->gr_gid; }
    }
    if (file != NULL) { fclose(file); }
    return id;
}

/* The groups the process had when it connected, not those the user could have. */
static bool in_group(int fd, int64_t group)
{
    socklen_t bytes = 65536 * sizeof(gid_t);        /* NGROUPS_MAX */
    gid_t *groups = malloc(bytes);
    bool found = false;

    if (groups == NULL) { return false; }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) == 0) {
        for (size_t i = 0; i < bytes / sizeof(gid_t); i++) { found |= groups[i] == group; }
    }
    free(groups);
    return found;
}

struct peer peer_of(int fd)
{
    struct ucred credentials = { 0 };
    socklen_t bytes = sizeof credentials;
    int64_t group = peer_group();
    struct peer peer = { .uid = (uid_t)-1 };

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) { return peer; }
    peer.uid = credentials.uid;
    peer.pid = credentials.pid;
    peer.allowed = peer.uid == 0 ||
                   (group >= 0 && (credentials.gid == group || in_group(fd, group)));
    return peer;
}
