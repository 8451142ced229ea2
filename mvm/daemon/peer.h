/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a connection. */
#pragma once

#include <sys/types.h>

#include "lib/compiler.h"

#define PEER_GROUP "shyper"

struct peer {
    uid_t uid;
    pid_t pid;
    bool allowed;               /* root, or in the group */
};

/** The group's id; negative: there is no such group, so that only root is allowed. */
int64_t peer_group(void);
struct peer peer_of(int fd);
