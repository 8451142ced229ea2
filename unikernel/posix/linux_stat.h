/* SPDX-License-Identifier: Apache-2.0 */
/* Of the generic 64-bit ABI; part of linux.h. */
#pragma once

#include "unikernel/posix/linux_time.h"

struct linux_stat {
    uint64_t dev, ino;
    uint32_t mode, links, uid, gid;
    uint64_t rdev, rsv0;
    int64_t size;
    int32_t block_size, rsv1;
    int64_t blocks;
    struct linux_timespec accessed, modified, changed;
    uint32_t rsv2[2];
};
