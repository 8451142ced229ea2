/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "unikernel/posix/fs/file.h"

/** fcntl's F_GETLK, F_SETLK, F_SETLKW, and the same with F_OFD_: at is of the application. */
long record_lock(long fd, struct file *f, long command, uint64_t at);
