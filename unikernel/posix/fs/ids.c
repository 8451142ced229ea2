/* SPDX-License-Identifier: Apache-2.0 */
/* Users, groups and sessions. There is root, and no other: it is as in a user namespace into which
 * nobody else is mapped, so an id that is none of root's is EINVAL, and privileges are never given up
 * in appearance only. The one process leads its session and its group. */
#include "unikernel/mm/user.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

/* Where several calls are one function */
#define SAME_AS(name) __attribute__((alias("__uk_" #name)))

static bool is_root(long id)  { return (int)id == 0; }
static bool is_kept(long id)  { return (int)id == 0 || (int)id == -1; }
static bool is_ours(long pid) { return (int)pid == 0 || (int)pid == PID; }

long sys_setuid(long id, long b, long c, long d, long e, long f)
{
    return is_root(id) ? 0 : -EINVAL;
}
long sys_setgid(long id, long b, long c, long d, long e, long f) SAME_AS(sys_setuid);

long sys_setresuid(long real, long effective, long saved, long d, long e, long f)
{
    return is_kept(real) && is_kept(effective) && is_kept(saved) ? 0 : -EINVAL;
}
long sys_setresgid(long real, long effective, long saved, long d, long e, long f) SAME_AS(sys_setresuid);

long sys_setreuid(long real, long effective, long c, long d, long e, long f)
{
    return sys_setresuid(real, effective, 0, 0, 0, 0);
}
long sys_setregid(long real, long effective, long c, long d, long e, long f) SAME_AS(sys_setreuid);

/* They tell what it was. */
long sys_setfsuid(long id, long b, long c, long d, long e, long f) { return 0; }
long sys_setfsgid(long id, long b, long c, long d, long e, long f) SAME_AS(sys_setfsuid);

long sys_getresuid(long real, long effective, long saved, long d, long e, long f)
{
    const uint32_t root = 0;
    int err = user_write((uint64_t)real, &root, sizeof(root));

    if (err == 0) err = user_write((uint64_t)effective, &root, sizeof(root));
    if (err == 0) err = user_write((uint64_t)saved, &root, sizeof(root));
    return err;
}
long sys_getresgid(long real, long effective, long saved, long d, long e, long f) SAME_AS(sys_getresuid);

/* There are no supplementary ones, nor will there be. */
long sys_getgroups(long count, long out, long c, long d, long e, long f)
{
    return (int)count < 0 ? -EINVAL : 0;
}

long sys_setgroups(long count, long in, long c, long d, long e, long f)
{
    return (int)count == 0 ? 0 : -EINVAL;
}

long sys_getpgid(long pid, long b, long c, long d, long e, long f)
{
    return is_ours(pid) ? PID : -ESRCH;
}
long sys_getsid(long pid, long b, long c, long d, long e, long f) SAME_AS(sys_getpgid);

long sys_setpgid(long pid, long group, long c, long d, long e, long f)
{
    if ((int)group < 0) return -EINVAL;
    return is_ours(pid) ? -EPERM : -ESRCH;
}

long sys_setsid(long a, long b, long c, long d, long e, long f) { return -EPERM; }
