/* SPDX-License-Identifier: Apache-2.0 */
/* The one process: who it is, and what it may use. */
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

/* The calling thread's name, 15 characters as on Linux. */
long sys_prctl(long option, long arg, long c, long d, long e, long f)
{
    char name[LINUX_NAME_MAX];

    if (option != LINUX_PR_SET_NAME) return -EINVAL;
    if (user_text(name, (uint64_t)arg, LINUX_NAME_MAX) == -EFAULT) return -EFAULT;
    name[LINUX_NAME_MAX - 1] = '\0';
    (void)str_copy(arch_self()->name, LINUX_NAME_MAX, name);
    return 0;
}

long sys_uname(long out, long b, long c, long d, long e, long f)
{
    struct linux_utsname u;

    memset(&u, 0, sizeof(u));
    (void)str_copy(u.sysname, sizeof(u.sysname), "Unishyper");
    (void)str_copy(u.node, sizeof(u.node), "unishyper");
    (void)str_copy(u.release, sizeof(u.release), "0.1");
    (void)str_copy(u.version, sizeof(u.version), "1");
    (void)str_copy(u.machine, sizeof(u.machine), UK_ISA);
    return user_write((uint64_t)out, &u, sizeof(u));
}

long sys_sysinfo(long out, long b, long c, long d, long e, long f)
{
    struct linux_sysinfo s = { .procs = 1, .unit = 4096 };
    struct pages_stat pages;

    (void)stacks_drop();            /* what is only kept is free */
    pages_stat(&pages);
    s.uptime = (int64_t)(time_ns() / 1000000000);
    s.total_ram = pages.total;
    s.free_ram = pages.free;
    return user_write((uint64_t)out, &s, sizeof(s));
}

/* Nothing is limited. */
long sys_prlimit64(long pid, long resource, long new_limit, long old, long e, long f)
{
    if (new_limit != 0) return -EPERM;
    if (old == 0) return 0;
    return user_write((uint64_t)old, (const uint64_t[]){ UINT64_MAX, UINT64_MAX }, 16);
}
