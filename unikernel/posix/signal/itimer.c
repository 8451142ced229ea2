/* SPDX-License-Identifier: Apache-2.0 */
/* Interval timers, and alarm: they send signals as kill does. Those of CPU time count all of what the
 * threads have used up, in the kernel or not. */
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/signal/timer.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define NS_PER_S  1000000000ULL
#define NS_PER_US 1000ULL
#define US_PER_S  1000000

enum { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, ITIMERS };

struct linux_itimerval {
    struct linux_timeval interval, value;
};

static struct signal_timer timers[ITIMERS] = {
    [ITIMER_REAL].entry.info = { SIGALRM, 0, SI_KERNEL, 0, { 0 } },
    [ITIMER_VIRTUAL].entry.info = { SIGVTALRM, 0, SI_KERNEL, 0, { 0 } },
    [ITIMER_PROF].entry.info = { SIGPROF, 0, SI_KERNEL, 0, { 0 } },
};

static bool begun;                  /* under alarm_lock */

/* With alarm_lock. */
static struct signal_timer *find(long which)
{
    if (!begun) {
        timer_init(&timers[ITIMER_REAL], LINUX_CLOCK_MONOTONIC);
        timer_init(&timers[ITIMER_VIRTUAL], CPU_CLOCK_OF_PROCESS);
        timer_init(&timers[ITIMER_PROF], CPU_CLOCK_OF_PROCESS);
        begun = true;
    }
    return &timers[which];
}

static int ns_of(const struct linux_timeval *v, uint64_t *ns)
{
    if (v->sec < 0 || v->us < 0 || v->us >= US_PER_S) return -EINVAL;
    if (__builtin_mul_overflow((uint64_t)v->sec, NS_PER_S, ns) ||
        !add_ok(ns, *ns, (uint64_t)v->us * NS_PER_US)) {
        *ns = NEVER;
    }
    return 0;
}

/* What is left is not told as nothing. */
static struct linux_timeval timeval_of(uint64_t ns)
{
    uint64_t us = ns / NS_PER_US + (ns % NS_PER_US != 0);

    return (struct linux_timeval){ (int64_t)(us / US_PER_S), (int64_t)(us % US_PER_S) };
}

static long write_setting(long to, const struct timer_setting *s)
{
    const struct linux_itimerval v = { timeval_of(s->interval), timeval_of(s->value) };

    return user_write((uint64_t)to, &v, sizeof(v));
}

static struct timer_setting set(long which, const struct timer_setting *s)
{
    LOCK_SCOPED(&alarm_lock);
    struct signal_timer *t = find(which);
    struct timer_setting was = timer_setting(t);

    timer_arm(t, s, false);
    return was;
}

/* @new NULL: the timer stops. */
long sys_setitimer(long which, long new, long old, long d, long e, long f)
{
    struct linux_itimerval v = { 0 };
    struct timer_setting s, was;
    int err = new != 0 ? user_read(&v, (uint64_t)new, sizeof(v)) : 0;

    which = (int)which;
    if (err == 0) err = ns_of(&v.interval, &s.interval);
    if (err == 0) err = ns_of(&v.value, &s.value);
    if (err == 0 && (which < 0 || which >= ITIMERS)) err = -EINVAL;
    if (err == 0) err = alarms_begin();
    if (err != 0) return err;
    was = set(which, &s);
    return old != 0 ? write_setting(old, &was) : 0;
}

static struct timer_setting get(long which)
{
    LOCK_SCOPED(&alarm_lock);

    return timer_setting(find(which));
}

long sys_getitimer(long which, long out, long c, long d, long e, long f)
{
    struct timer_setting s;

    which = (int)which;
    if (which < 0 || which >= ITIMERS) return -EINVAL;
    s = get(which);
    return write_setting(out, &s);
}

long itimer_alarm(uint32_t seconds)
{
    const struct timer_setting s = { 0, seconds * NS_PER_S };
    uint64_t left;

    if (alarms_begin() != 0) return 0;
    left = set(ITIMER_REAL, &s).value;
    return left == 0 ? 0 : (long)MAX((left + NS_PER_S / 2) / NS_PER_S, UINT64_C(1));
}
