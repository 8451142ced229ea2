/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/time.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/signal/timer.h"

/* However short the interval, other alarms and threads get their turn. How much CPU time is used up
 * has to be asked now and then. */
#define SOONEST_NS     100000U
#define SOONEST_CPU_NS 1000000U

static uint64_t clock_now(int clock)
{
    uint64_t ns = 0;

    if (clock == LINUX_CLOCK_REALTIME) return time_wall_ns();
    if (clock == LINUX_CLOCK_MONOTONIC) return time_ns();
    return clock_of_cpu_time(clock, &ns) == 0 ? ns : 0;     /* the thread has ended: never again */
}

/* How often by now. */
static uint64_t expired(struct signal_timer *t, uint64_t now)
{
    uint64_t more;

    if (t->next > now) return 0;
    more = t->interval == 0 ? 0 : (now - t->next) / t->interval;
    if (t->interval == 0 || !add_ok(&t->next, t->next + more * t->interval, t->interval)) {
        t->next = NEVER;
    }
    return more + 1;
}

/* When to look, in ns since boot. */
static uint64_t when(const struct signal_timer *t, uint64_t now)
{
    uint64_t left = t->next > now ? t->next - now : 0;

    if (t->next == NEVER) return NEVER;
    left = t->runs_by < 0 ? MAX(left / cpu_count, SOONEST_CPU_NS) : MAX(left, SOONEST_NS);
    return deadline_after(left);
}

/* Is there to be a signal? */
static bool look(struct signal_timer *t, uint64_t *next)
{
    uint64_t now = clock_now(t->runs_by), n;
    LOCK_SCOPED(&signals.lock);

    n = expired(t, now);
    *next = when(t, now);
    if (n == 0 || t->silent) return false;
    if (t->entry.in != NULL) {
        t->overrun += n;
        return false;
    }
    t->overrun = n - 1;
    return true;
}

/* Nobody may be there any more. */
static uint64_t ring(struct alarm *a)
{
    struct signal_timer *t = container_of(a, struct signal_timer, alarm);
    uint64_t next;

    if (look(t, &next)) {
        (void)!signal_send_as(t->to, &t->entry.info, t->once ? &t->entry : NULL);
    }
    return next;
}

/* Clocks of threads cannot be asked here. */
static void taken(struct signal_entry *e, struct siginfo *info)
{
    struct signal_timer *t = container_of(e, struct signal_timer, entry);

    if (t->runs_by >= 0) t->overrun += expired(t, clock_now(t->runs_by));
    t->last_overrun = (uint32_t)MIN(t->overrun, (uint64_t)INT32_MAX);
    info->word[0] |= (uint64_t)t->last_overrun << 32;
}

void timer_init(struct signal_timer *t, int clock)
{
    t->alarm.fn = ring;
    t->entry.taken = taken;
    t->clock = t->runs_by = clock;
    t->next = NEVER;
}

struct timer_setting timer_setting(const struct signal_timer *t)
{
    uint64_t now = clock_now(t->runs_by), left;
    LOCK_SCOPED(&signals.lock);

    if (t->next == NEVER) left = 0;
    else if (t->next > now) left = t->next - now;
    else left = t->interval == 0 ? 1 : t->interval - (now - t->next) % t->interval;
    return (struct timer_setting){ t->interval, left };
}

/* What was set for so long from now does not mind the wall clock being set. */
void timer_arm(struct signal_timer *t, const struct timer_setting *s, bool absolute)
{
    bool wall = t->clock == LINUX_CLOCK_REALTIME;
    int runs_by = wall && !absolute ? LINUX_CLOCK_MONOTONIC : t->clock;
    uint64_t now = clock_now(runs_by), next;

    {
        LOCK_SCOPED(&signals.lock);

        t->runs_by = runs_by;
        t->interval = s->value != 0 || t->clock < 0 ? s->interval : 0; /* told later */
        t->next = s->value;
        if (s->value == 0 || (!absolute && !add_ok(&t->next, now, s->value))) t->next = NEVER;
        t->overrun = 0;
        next = when(t, now);
    }
    alarm_set(&t->alarm, next);
}

void timer_stop(struct signal_timer *t)
{
    LOCK_SCOPED(&signals.lock);

    alarm_cancel(&t->alarm);
    if (t->entry.in != NULL) queue_remove(&t->entry);
}
