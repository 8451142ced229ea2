/* SPDX-License-Identifier: Apache-2.0 */
/* The one process: who it is, and what it may use. */
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/names.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

/* The calling thread's name, 15 characters as on Linux. */
long sys_prctl(long option, long arg, long c, long d, long e, long f)
{
    char name[LINUX_NAME_MAX];

    if (option == LINUX_PR_GET_NAME) {
        return user_write((uint64_t)arg, arch_self()->name, LINUX_NAME_MAX);
    }
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
    uname_hosts(&u);
    return user_write((uint64_t)out, &u, sizeof(u));
}

long sys_sysinfo(long out, long b, long c, long d, long e, long f)
{
    struct linux_sysinfo s = { .procs = 1, .unit = 1 };
    struct pages_stat pages;

    (void)stacks_drop();            /* what is only kept is free */
    pages_stat(&pages);
    s.uptime = (int64_t)(time_ns() / 1000000000);
    s.total_ram = pages.total * PAGE_SIZE;
    s.free_ram = pages.free * PAGE_SIZE;
    return user_write((uint64_t)out, &s, sizeof(s));
}
