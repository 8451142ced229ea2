/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that only this ISA's libc makes: the older forms of others. */
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

long sys_rename(long from, long to, long c, long d, long e, long f)
{
    return sys_renameat2(LINUX_AT_FDCWD, from, LINUX_AT_FDCWD, to, 0, 0);
}

long sys_creat(long path, long mode, long c, long d, long e, long f)
{
    return sys_openat(LINUX_AT_FDCWD, path, LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC, mode, 0, 0);
}

long sys_mkdir(long path, long mode, long c, long d, long e, long f)
{
    return sys_mkdirat(LINUX_AT_FDCWD, path, mode, 0, 0, 0);
}

long sys_rmdir(long path, long b, long c, long d, long e, long f)
{
    return sys_unlinkat(LINUX_AT_FDCWD, path, LINUX_AT_REMOVEDIR, 0, 0, 0);
}

long sys_unlink(long path, long b, long c, long d, long e, long f)
{
    return sys_unlinkat(LINUX_AT_FDCWD, path, 0, 0, 0, 0);
}

long sys_link(long from, long to, long c, long d, long e, long f)
{
    return sys_linkat(LINUX_AT_FDCWD, from, LINUX_AT_FDCWD, to, 0, 0);
}

long sys_symlink(long target, long path, long c, long d, long e, long f)
{
    return sys_symlinkat(target, LINUX_AT_FDCWD, path, 0, 0, 0);
}

long sys_readlink(long path, long out, long size, long d, long e, long f)
{
    return sys_readlinkat(LINUX_AT_FDCWD, path, out, (int)size, 0, 0);
}

long sys_chmod(long path, long mode, long c, long d, long e, long f)
{
    return sys_fchmodat(LINUX_AT_FDCWD, path, mode, 0, 0, 0);
}

long sys_chown(long path, long uid, long gid, long d, long e, long f)
{
    return sys_fchownat(LINUX_AT_FDCWD, path, uid, gid, 0, 0);
}

long sys_lchown(long path, long uid, long gid, long d, long e, long f)
{
    return sys_fchownat(LINUX_AT_FDCWD, path, uid, gid, LINUX_AT_NOFOLLOW, 0);
}

/* Unlike dup3 it takes the same number twice. */
long sys_dup2(long old, long fd, long c, long d, long e, long f)
{
    if (old != fd) return sys_dup3(old, fd, 0, 0, 0, 0);
    return sys_fcntl(old, LINUX_F_GETFD, 0, 0, 0, 0) < 0 ? -EBADF : fd;
}

long sys_getpgrp(long a, long b, long c, long d, long e, long f) { return sys_getpgid(0, 0, 0, 0, 0, 0); }

long sys_mknod(long path, long mode, long device, long d, long e, long f)
{
    return sys_mknodat(LINUX_AT_FDCWD, path, mode, device, 0, 0);
}

long sys_pipe(long out, long b, long c, long d, long e, long f)
{
    return sys_pipe2(out, 0, 0, 0, 0, 0);
}

long sys_epoll_create(long size, long b, long c, long d, long e, long f)
{
    return (int)size <= 0 ? -EINVAL : sys_epoll_create1(0, 0, 0, 0, 0, 0);
}

long sys_epoll_wait(long fd, long events, long max, long timeout_ms, long e, long f)
{
    return sys_epoll_pwait(fd, events, max, timeout_ms, 0, 0);
}

long sys_eventfd(long first, long b, long c, long d, long e, long f)
{
    return sys_eventfd2(first, 0, 0, 0, 0, 0);
}
