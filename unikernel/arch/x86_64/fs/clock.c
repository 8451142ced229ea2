/* SPDX-License-Identifier: Apache-2.0 */
/* A call about time that only this ISA's libc has a number for. */
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/syscalls.h"

long sys_time(long out, long b, long c, long d, long e, long f)
{
    const uint64_t seconds = time_wall_ns() / 1000000000;
    int err = out != 0 ? user_write((uint64_t)out, &seconds, sizeof(seconds)) : 0;

    return err != 0 ? err : (long)seconds;
}
