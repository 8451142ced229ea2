/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that only this ISA's libc makes: the older forms of others. */
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"

#define AT_FDCWD (-100)

long sys_open(long path, long flags, long mode, long d, long e, long f)
{
    return sys_openat(AT_FDCWD, path, flags, mode, 0, 0);
}

long sys_access(long path, long mode, long c, long d, long e, long f)
{
    return sys_faccessat(AT_FDCWD, path, mode, 0, 0, 0);
}

long sys_stat(long path, long out, long c, long d, long e, long f)
{
    return sys_newfstatat(AT_FDCWD, path, out, 0, 0, 0);
}

long sys_lstat(long path, long out, long c, long d, long e, long f)
{
    return sys_newfstatat(AT_FDCWD, path, out, 0, 0, 0);
}

long sys_poll(long fds, long count, long timeout_ms, long d, long e, long f)
{
    return sys_ppoll(fds, count, 0, 0, 0, 0);
}
