/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/clock.h"
#include "unikernel/mm/user.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/linux.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define NS_PER_S 1000000000LL

/* Neither those of CPU time nor those Linux cannot set a timer by */
#define CLOCKS_TO_SLEEP_BY                                                                         \
    (1U << LINUX_CLOCK_REALTIME | 1U << LINUX_CLOCK_MONOTONIC | 1U << LINUX_CLOCK_BOOTTIME |       \
     1U << LINUX_CLOCK_TAI)

int timespec_read(uint64_t address, uint64_t *ns)
{
    struct linux_timespec t;
    uint64_t whole;
    int err = user_read(&t, address, sizeof(t));

    if (err != 0) return err;
    if (t.sec < 0 || t.nsec < 0 || t.nsec >= NS_PER_S) return -EINVAL;
    if (__builtin_mul_overflow((uint64_t)t.sec, (uint64_t)NS_PER_S, &whole) ||
        __builtin_add_overflow(whole, (uint64_t)t.nsec, ns) || *ns >= DEADLINE_WALL) {
        *ns = NEVER;
    }
    return 0;
}

int clock_deadline_in(uint64_t address, uint64_t *deadline_ns)
{
    uint64_t ns;
    int err;

    *deadline_ns = NEVER;
    if (address == 0) return 0;
    err = timespec_read(address, &ns);
    if (err != 0) return err;
    *deadline_ns = deadline_after(ns);
    return 0;
}

int clock_deadline_at(uint64_t address, bool wall, uint64_t *deadline_ns)
{
    int err;

    *deadline_ns = NEVER;
    if (address == 0) return 0;
    err = timespec_read(address, deadline_ns);
    if (wall) *deadline_ns |= DEADLINE_WALL;
    return err;
}

/* libc passes an int. */
static int read_clock(long id, uint64_t *ns)
{
    *ns = time_ns();
    switch ((int)id) {
    case LINUX_CLOCK_REALTIME:
    case LINUX_CLOCK_REALTIME_COARSE:
    case LINUX_CLOCK_TAI:
        *ns = time_wall_ns();
        return 0;
    case LINUX_CLOCK_MONOTONIC:
    case LINUX_CLOCK_MONOTONIC_RAW:
    case LINUX_CLOCK_MONOTONIC_COARSE:
    case LINUX_CLOCK_BOOTTIME:
        return 0;
    default:
        return clock_of_cpu_time((int)id, ns);
    }
}

long timespec_write(long address, uint64_t ns)
{
    const struct linux_timespec t = {
        (int64_t)(ns / (uint64_t)NS_PER_S), (int64_t)(ns % (uint64_t)NS_PER_S)
    };

    return user_write((uint64_t)address, &t, sizeof(t));
}

long sys_clock_gettime(long id, long out, long c, long d, long e, long f)
{
    uint64_t ns;
    int err = read_clock(id, &ns);

    return err != 0 ? err : timespec_write(out, ns);
}

long sys_clock_getres(long id, long out, long c, long d, long e, long f)
{
    uint64_t ns;
    int err = read_clock(id, &ns);

    if (err != 0 || out == 0) return err;
    return timespec_write(out, MAX(1000000000 / arch_ticks_per_second(), UINT64_C(1)));
}

static int sleep_until(uint64_t deadline_ns)
{
    int err;

    thread_block_prepare();
    err = thread_block_finish(deadline_ns);
    return err == -ETIMEDOUT ? 0 : err;
}

/* What is left is told only when a sleep was cut short. */
static long sleep_for(uint64_t ns, long left)
{
    uint64_t deadline_ns = deadline_after(ns), now;
    int err = sleep_until(deadline_ns);

    now = time_ns();
    if (err != 0 && left != 0) timespec_write(left, deadline_ns > now ? deadline_ns - now : 0);
    return err;
}

long sys_clock_nanosleep(long id, long flags, long request, long left, long e, long f)
{
    uint64_t until, clock_now;
    int err = read_clock(id, &clock_now);

    if (err == 0 && !((int)id >= 0 && CLOCKS_TO_SLEEP_BY >> (int)id & 1)) err = -EOPNOTSUPP;
    if (err == 0) err = timespec_read((uint64_t)request, &until);
    if (err != 0) return err;
    if (!(flags & LINUX_TIMER_ABSTIME)) clock_now = 0;
    if (until <= clock_now) {       /* a sleep of nothing yields */
        thread_yield();
        return 0;
    }
    if (!(flags & LINUX_TIMER_ABSTIME)) return sleep_for(until, left);
    return sleep_until((int)id == LINUX_CLOCK_REALTIME || (int)id == LINUX_CLOCK_TAI ? until | DEADLINE_WALL : until);
}

long sys_nanosleep(long request, long left, long c, long d, long e, long f)
{
    return sys_clock_nanosleep(LINUX_CLOCK_MONOTONIC, 0, request, left, 0, 0);
}
