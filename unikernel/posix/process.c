/* SPDX-License-Identifier: Apache-2.0 */
/* The one process: who it is, what it may use, and the signals it can get. There are no handlers
 * yet: a signal a thread sends has its default effect, which ends the application. */
#include "unikernel/kernel/log.h"
#include "unikernel/kernel/machine.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/mm/stack.h"
#include "unikernel/kernel/system.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"
#include "lib/str.h"

#define SIGNALS     64
#define SIGCANCEL   33          /* musl's, for pthread_cancel */

static long signal_default(long signal)
{
    if (signal == 0) return 0;
    if (signal < 0 || signal > SIGNALS) return -EINVAL;
    log_error("main", "ended by signal %ld", signal);
    system_exit_group((int)(128 + signal));
}

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

long sys_kill(long pid, long signal, long c, long d, long e, long f)
{
    return pid == PID ? signal_default(signal) : -ESRCH;
}

static int exists(struct thread *t, void *arg) { return 0; }

static int cancel(struct thread *t, void *arg)
{
    if (thread_is_kernel(t)) return -ESRCH;
    thread_interrupt(t);
    return 0;
}

/* To another thread only the signal by which musl cancels a thread can be sent. musl has marked the
 * thread before and looks at the mark when a blocking call returns EINTR, so that needs no handler.
 */
long sys_tkill(long tid, long signal, long c, long d, long e, long f)
{
    if (tid <= 0 || tid > INT32_MAX) return -EINVAL;
    if (tid == (long)arch_self()->id && signal != SIGCANCEL) return signal_default(signal);
    if (signal == 0) return thread_with((uint32_t)tid, exists, NULL);
    return signal == SIGCANCEL ? thread_with((uint32_t)tid, cancel, NULL) : -ENOSYS;
}

long sys_tgkill(long pid, long tid, long signal, long d, long e, long f)
{
    return sys_tkill(tid, signal, 0, 0, 0, 0);
}

long sys_rt_sigaction(long signal, long act, long old, long d, long e, long f)
{
    if (signal <= 0 || signal > SIGNALS) return -EINVAL;
    return act == 0 ? 0 : -ENOSYS;
}

/* Nothing is ever delivered, so masks need not be kept; libc sets them around its own work. */
long sys_rt_sigprocmask(long how, long set, long old, long size, long e, long f)
{
    const uint64_t none = 0;

    return old != 0 ? user_write((uint64_t)old, &none, 8) : 0;
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
