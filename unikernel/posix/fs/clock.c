/* SPDX-License-Identifier: Apache-2.0 */
/* The wall clock, set, and shown as older calls do. */
#include "unikernel/posix/clock.h"
#include "unikernel/kernel/alarm.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define NS_PER_S  1000000000ULL
#define NS_PER_US 1000ULL
#define US_PER_S  1000000

/* As on Linux, not before the system started. */
static long set(uint64_t ns)
{
    if (ns > INT64_MAX || ns < time_ns()) return -EINVAL;
    time_wall_set(ns);
    threads_wall_clock_set();
    alarms_ring_all();
    return 0;
}

long sys_clock_settime(long id, long in, long c, long d, long e, long f)
{
    uint64_t ns;
    int err = (int)id == LINUX_CLOCK_REALTIME ? timespec_read((uint64_t)in, &ns) : -EINVAL;

    return err != 0 ? err : set(ns);
}

/* The time zone is nobody's business but libc's. */
long sys_gettimeofday(long out, long zone, long c, long d, long e, long f)
{
    const uint64_t ns = time_wall_ns(), none = 0;
    const struct linux_timeval now = { (int64_t)(ns / NS_PER_S), (int64_t)(ns % NS_PER_S / NS_PER_US) };
    int err = out != 0 ? user_write((uint64_t)out, &now, sizeof(now)) : 0;

    if (err == 0 && zone != 0) err = user_write((uint64_t)zone, &none, sizeof(none));
    return err;
}

long sys_settimeofday(long in, long zone, long c, long d, long e, long f)
{
    struct linux_timeval v;
    uint64_t ns;

    if (in == 0) return 0;
    if (user_read(&v, (uint64_t)in, sizeof(v)) != 0) return -EFAULT;
    if (v.us < 0 || v.us >= US_PER_S || v.sec < 0) return -EINVAL;
    if (__builtin_mul_overflow((uint64_t)v.sec, NS_PER_S, &ns)) return -EINVAL;
    return set(ns + (uint64_t)v.us * NS_PER_US);
}
