/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/fs/vnode.h"
#include "unikernel/posix/linux.h"

void stat_of(struct vnode *v, struct linux_stat *out);

/** What fstatat tells. */
int stat_at(long fd, long path, long flags, struct linux_stat *out) must_check;
