/* SPDX-License-Identifier: Apache-2.0 */
/* What the process has used, and how nice it is, which changes nothing: there are real-time priorities
 * and one level below. */
#include "unikernel/kernel/cputime.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/pages.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/cputime.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define NS_PER_US    1000
#define NS_PER_S     1000000000ULL
#define NS_PER_CLOCK (NS_PER_S / 100)       /* libc's CLK_TCK */
#define NICE_MAX     20                     /* getpriority tells the distance to it */

static int nice;

long sys_getrusage(long who, long out, long c, long d, long e, long f)
{
    struct linux_rusage u = { 0 };
    struct pages_stat pages;
    uint64_t ns = 0;

    switch ((int)who) {
    case LINUX_RUSAGE_SELF: ns = cputime_of_process(); break;
    case LINUX_RUSAGE_THREAD: ns = cputime_of(arch_self()); break;
    case LINUX_RUSAGE_CHILDREN: break;
    default: return -EINVAL;
    }
    if ((int)who != LINUX_RUSAGE_CHILDREN) {
        pages_stat(&pages);
        u.user = (struct linux_timeval){ (int64_t)(ns / NS_PER_S), (int64_t)(ns % NS_PER_S / NS_PER_US) };
        u.max_kib = (pages.total - pages.free) * (PAGE_SIZE / 1024);
    }
    return user_write((uint64_t)out, &u, sizeof(u));
}

long sys_times(long out, long b, long c, long d, long e, long f)
{
    const uint64_t t[4] = { cputime_of_process() / NS_PER_CLOCK };      /* user, system, of children */
    int err = out != 0 ? user_write((uint64_t)out, t, sizeof(t)) : 0;

    return err != 0 ? err : (long)(time_ns() / NS_PER_CLOCK);
}

static int exists(struct thread *t, void *arg) { return 0; }

/* The process, one of its threads, its group, its user */
static long find(long which, long who)
{
    if ((uint32_t)which > LINUX_PRIO_USER) return -EINVAL;
    if ((int)who == 0 || ((int)who == PID && (uint32_t)which != LINUX_PRIO_USER)) return 0;
    if ((uint32_t)which != LINUX_PRIO_PROCESS) return -ESRCH;
    return thread_with((uint32_t)who, exists, NULL);
}

long sys_getpriority(long which, long who, long c, long d, long e, long f)
{
    long err = find(which, who);

    return err != 0 ? err : NICE_MAX - nice;
}

long sys_setpriority(long which, long who, long value, long d, long e, long f)
{
    long err = find(which, who);

    if (err == 0) nice = MAX(-NICE_MAX, MIN((int)value, NICE_MAX - 1));
    return err;
}
