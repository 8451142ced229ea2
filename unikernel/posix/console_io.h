/* SPDX-License-Identifier: Apache-2.0 */
/* The console as a file. */
#pragma once

#include "unikernel/posix/linux.h"

/** Memory of the application; bytes, or -EFAULT, -EINVAL, -EINTR. */
long console_transfer(bool out, uint64_t base, uint64_t len);
long console_transfer_vector(bool out, uint64_t vector, long count);
long console_ioctl(long request, long arg);
void console_stat(long fd, struct linux_stat *out);
