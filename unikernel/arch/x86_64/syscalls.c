/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that only this ISA's libc makes: the older forms of others. */
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"

long sys_open(long path, long flags, long mode, long d, long e, long f)
{
    return sys_openat(LINUX_AT_FDCWD, path, flags, mode, 0, 0);
}

long sys_access(long path, long mode, long c, long d, long e, long f)
{
    return sys_faccessat(LINUX_AT_FDCWD, path, mode, 0, 0, 0);
}

long sys_stat(long path, long out, long c, long d, long e, long f)
{
    return sys_newfstatat(LINUX_AT_FDCWD, path, out, 0, 0, 0);
}

long sys_lstat(long path, long out, long c, long d, long e, long f)
{
    return sys_newfstatat(LINUX_AT_FDCWD, path, out, LINUX_AT_NOFOLLOW, 0, 0);
}
