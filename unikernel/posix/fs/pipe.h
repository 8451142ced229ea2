/* SPDX-License-Identifier: Apache-2.0 */
/* Pipes, with a name (FIFO) or without. */
#pragma once

#include "unikernel/posix/fs/file.h"

/** f, of a vnode that is a FIFO, is being opened; waits for the other end as POSIX says. -ENXIO,
 * -EINTR, -ENOMEM. */
int fifo_open(struct file *f) must_check;

/** That function, from the first pipe or FIFO on: who makes it sets this, so that an image whose program makes
 * none is without it. */
extern int (*fifo_opener)(struct file *f);

/** F_GETPIPE_SZ, F_SETPIPE_SZ. -EBADF: f is no pipe; -EBUSY, -EINVAL. */
long pipe_size(struct file *f, bool set, long size);
