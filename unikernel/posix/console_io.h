/* SPDX-License-Identifier: Apache-2.0 */
/* The console as a file. */
#pragma once

#include "unikernel/posix/linux.h"

/** Memory of the application; bytes, or -EFAULT, -EINVAL, -EINTR. */
typedef long console_transfer(uint64_t base, uint64_t len);
console_transfer console_take_in, console_put_out;
long console_transfer_vector(console_transfer *move, uint64_t vector, long count);
long console_put_out_vector(uint64_t vector, long count);
long console_ioctl(long request, long arg);
void console_stat(long fd, struct linux_stat *out);
