/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX timers: a table, whose indices are their ids. */
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/signal/timer.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define TIMERS 128U

enum { SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD, SIGEV_THREAD_ID = 4 };

struct linux_sigevent {
    uint64_t value;
    int32_t signo, notify, thread, rsv;
};

static struct {
    struct signal_timer timer;
    bool used, known;               /* an id that is taken becomes known when all is well */
} timers[TIMERS];

static int is_app(struct thread *t, void *arg) { return thread_is_kernel(t) ? -ESRCH : 0; }

static int check_event(const struct linux_sigevent *e)
{
    switch (e->notify) {
    case SIGEV_NONE:
        return 0;
    case SIGEV_THREAD_ID:
        if (thread_with((uint32_t)e->thread, is_app, NULL) != 0) return -EINVAL;
        break;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
        break;
    default:
        return -EINVAL;
    }
    return e->signo > 0 && e->signo <= (int)SIGNALS ? 0 : -EINVAL;
}

/* As one that a signal_timer can have; the caller's clock gets its number. */
static int find_clock(int id, int *out)
{
    uint64_t ns;

    switch (id) {
    case LINUX_CLOCK_REALTIME:
    case LINUX_CLOCK_TAI:
        *out = LINUX_CLOCK_REALTIME;
        return 0;
    case LINUX_CLOCK_MONOTONIC:
    case LINUX_CLOCK_BOOTTIME:
        *out = LINUX_CLOCK_MONOTONIC;
        return 0;
    case LINUX_CLOCK_MONOTONIC_RAW:
    case LINUX_CLOCK_REALTIME_COARSE:
    case LINUX_CLOCK_MONOTONIC_COARSE:
        return -EOPNOTSUPP;
    case LINUX_CLOCK_PROCESS_CPUTIME:
        id = CPU_CLOCK_OF_PROCESS;
        break;
    case LINUX_CLOCK_THREAD_CPUTIME:
        id = (int)(~arch_self()->id << 3 | CPU_CLOCK_OF_THREAD);
        break;
    default:
        break;
    }
    *out = id;
    return id < 0 ? clock_of_cpu_time(id, &ns) : -EINVAL;
}

/* The first free one is the caller's. */
static int take_id(void)
{
    LOCK_SCOPED(&alarm_lock);

    for (int id = 0; id < (int)TIMERS; id++) {
        if (timers[id].used) continue;
        timers[id].used = true;
        return id;
    }
    return -EAGAIN;
}

static bool is_id(long id) { return (uint64_t)id < TIMERS && timers[id].known; }

static void begin(int id, int clock, const struct linux_sigevent *e)
{
    LOCK_SCOPED(&alarm_lock);
    struct signal_timer *t = &timers[id].timer;

    *t = (struct signal_timer){
        .entry.info = { e->signo, 0, SI_TIMER, 0, { (uint32_t)id, e->value } },
        .to = e->notify == SIGEV_THREAD_ID ? (uint32_t)e->thread : 0,
        .silent = e->notify == SIGEV_NONE,
        .once = true,
    };
    timer_init(t, clock);
    timers[id].known = true;
}

long sys_timer_create(long clock_id, long event, long out, long d, long e, long f)
{
    struct linux_sigevent given = { .signo = SIGALRM };
    int clock, id, err = event != 0 ? user_read(&given, (uint64_t)event, sizeof(given)) : 0;

    if (err == 0) err = find_clock((int)clock_id, &clock);
    if (err == 0) err = check_event(&given);
    if (err != 0) return err;
    if (alarms_begin() != 0) return -EAGAIN;
    id = take_id();
    if (id < 0) return id;
    if (event == 0) given.value = (uint32_t)id;
    err = user_write((uint64_t)out, &id, sizeof(id));
    if (err == 0) begin(id, clock, &given);
    else timers[id].used = false;
    return err;
}

static int read_setting(struct timer_setting *s, uint64_t from)
{
    int err = timespec_read(from, &s->interval);

    return err != 0 ? err : timespec_read(from + sizeof(struct linux_timespec), &s->value);
}

static long write_setting(long to, const struct timer_setting *s)
{
    long err = timespec_write(to, s->interval);

    return err != 0 ? err : timespec_write(to + (long)sizeof(struct linux_timespec), s->value);
}

static int set(long id, const struct timer_setting *s, bool absolute, struct timer_setting *was)
{
    LOCK_SCOPED(&alarm_lock);

    if (!is_id(id)) return -EINVAL;
    *was = timer_setting(&timers[id].timer);
    timer_arm(&timers[id].timer, s, absolute);
    return 0;
}

long sys_timer_settime(long id, long flags, long new, long old, long e, long f)
{
    struct timer_setting s, was;
    int err = new != 0 ? read_setting(&s, (uint64_t)new) : -EINVAL;

    if (err == 0) err = set((int)id, &s, flags & LINUX_TIMER_ABSTIME, &was);
    return err != 0 || old == 0 ? err : write_setting(old, &was);
}

static int get(long id, struct timer_setting *s)
{
    LOCK_SCOPED(&alarm_lock);

    if (!is_id(id)) return -EINVAL;
    *s = timer_setting(&timers[id].timer);
    return 0;
}

long sys_timer_gettime(long id, long out, long c, long d, long e, long f)
{
    struct timer_setting s;
    int err = get((int)id, &s);

    return err != 0 ? err : write_setting(out, &s);
}

long sys_timer_getoverrun(long id, long b, long c, long d, long e, long f)
{
    LOCK_SCOPED(&alarm_lock);

    id = (int)id;
    return is_id(id) ? (long)timers[id].timer.last_overrun : -EINVAL;
}

long sys_timer_delete(long id, long b, long c, long d, long e, long f)
{
    LOCK_SCOPED(&alarm_lock);

    id = (int)id;
    if (!is_id(id)) return -EINVAL;
    timer_stop(&timers[id].timer);
    timers[id].used = timers[id].known = false;
    return 0;
}
