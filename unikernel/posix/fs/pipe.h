/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes, with a name (FIFO) or without. */
#pragma once

#include "unikernel/posix/fs/file.h"

/** f, of a vnode that is a FIFO, is being opened; waits for the other end as POSIX says. -ENXIO,
 * -EINTR, -ENOMEM. */
int fifo_open(struct file *f) must_check;

/** F_GETPIPE_SZ, F_SETPIPE_SZ. -EBADF: f is no pipe; -EBUSY, -EINVAL. */
long pipe_size(struct file *f, bool set, long size);
