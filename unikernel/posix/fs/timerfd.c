/* SPDX-License-Identifier: Apache-2.0 */
/* Timers behind descriptors. All but the clock is under alarm_lock. */
#include "unikernel/fs/pool.h"
#include "unikernel/kernel/alarm.h"
#include "unikernel/kernel/time.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define ABSOLUTE      1U /* TFD_TIMER_ABSTIME */
#define CANCEL_ON_SET 2U /* TFD_TIMER_CANCEL_ON_SET */

/* However short the interval, other alarms and threads get their turn. One that only waits for the clock to be set has
 * an alarm, too, because all that are set ring then. */
#define SOONEST_NS  100000U
#define FARTHEST_NS (DEADLINE_WALL - 1)

struct timer_file {
    struct alarm alarm;
    struct waitq expired;
    bool wall, runs_by_wall; /* its clock; what is not absolute runs by that since boot */
    uint64_t next, interval; /* ns of the clock it runs by, NEVER; ns, 0: once */
    uint64_t ticks;          /* expirations nobody has read yet */
    bool cancels, cancelled; /* when the clock is set; it was */
    uint64_t wall_sets;      /* time_wall_sets when that was looked at last */
};

static struct pool timers = POOL(timers, sizeof(struct timer_file));

static uint64_t clock_now(const struct timer_file *t) { return t->runs_by_wall ? time_wall_ns() : time_ns(); }

static void tick(struct timer_file *t, uint64_t count)
{
    t->ticks += count;
    waitq_wake(&t->expired, LINUX_POLLIN);
}

static void notice_setting(struct timer_file *t)
{
    uint64_t sets = time_wall_sets();

    if (t->wall_sets == sets) return;
    t->wall_sets = sets;
    if (!t->cancels) return;
    t->cancelled = true;
    tick(t, 1);
}

/* As many as there have been by now. @return for how long there will be no more, NEVER */
static uint64_t catch_up(struct timer_file *t)
{
    uint64_t now = clock_now(t), missed;

    notice_setting(t);
    if (t->next <= now) {
        missed = t->interval == 0 ? 0 : (now - t->next) / t->interval;
        if (t->interval == 0 || !add_ok(&t->next, t->next + missed * t->interval, t->interval)) t->next = NEVER;
        tick(t, missed + 1);
    }
    return t->next == NEVER ? NEVER : t->next - now;
}

static uint64_t when(const struct timer_file *t, uint64_t left)
{
    uint64_t at = deadline_after(left);

    return t->cancels ? MIN(at, FARTHEST_NS) : at;
}

static uint64_t ring(struct alarm *a)
{
    struct timer_file *t = container_of(a, struct timer_file, alarm);

    return when(t, MAX(catch_up(t), (uint64_t)SOONEST_NS));
}

static bool was_cancelled(struct timer_file *t)
{
    bool was = t->cancelled;

    t->cancelled = false;
    return was;
}

struct reading {
    struct attempt a;
    struct timer_file *t;
    uint64_t ticks;
};

static long take(struct attempt *a)
{
    struct reading *r = container_of(a, struct reading, a);
    LOCK_SCOPED(&alarm_lock);

    (void)catch_up(r->t);
    r->ticks = r->t->ticks;
    r->t->ticks = 0;
    if (was_cancelled(r->t)) return -ECANCELED;
    return r->ticks > 0 ? 0 : -EAGAIN;
}

static long timer_read(struct file *f, struct io *io, uint64_t *at)
{
    struct timer_file *t = f->object;
    struct reading r = { { take, &t->expired, LINUX_POLLIN }, t, 0 };
    long result;

    if (io->room < sizeof(r.ticks)) return -EINVAL;
    result = wait_for(&r.a, file_may_wait(f), NEVER);
    if (result == 0) result = io_put_all(io, &r.ticks, sizeof(r.ticks));
    return result == 0 ? (long)sizeof(r.ticks) : result;
}

static uint32_t timer_poll(struct file *f)
{
    const struct timer_file *t = f->object;

    return __atomic_load_n(&t->ticks, __ATOMIC_RELAXED) > 0 ? LINUX_POLLIN : 0;
}

static void timer_release(struct file *f)
{
    struct timer_file *t = f->object;

    {
        LOCK_SCOPED(&alarm_lock);
        alarm_cancel(&t->alarm);
    }
    pool_free(&timers, t);
}

static const struct file_ops timer_ops = {
    .name = "timerfd",
    .read = timer_read,
    .seek = seek_nowhere,
    .poll = timer_poll,
    .release = timer_release,
};

long sys_timerfd_create(long clock, long flags, long c, long d, long e, long f)
{
    struct timer_file *t;
    long fd;

    if (clock != LINUX_CLOCK_REALTIME && clock != LINUX_CLOCK_MONOTONIC &&
        clock != LINUX_CLOCK_BOOTTIME) {
        return -EINVAL;
    }
    if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK)) return -EINVAL;
    if (alarms_begin() != 0) return -ENOMEM;
    t = pool_alloc(&timers);
    if (t == NULL) return -ENOMEM;
    t->alarm.fn = ring;
    t->wall = clock == LINUX_CLOCK_REALTIME;
    t->next = NEVER;
    waitq_init(&t->expired);
    fd = fd_open(&timer_ops, t, &t->expired,
                 LINUX_O_RDWR | ((uint32_t)flags & LINUX_O_NONBLOCK), flags & LINUX_O_CLOEXEC);
    if (fd < 0) pool_free(&timers, t);
    return fd;
}

static int timer_of(long fd, struct file **out)
{
    struct file *f = file_of(fd);

    if (f == NULL) return -EBADF;
    *out = f;
    return f->ops == &timer_ops ? 0 : -EINVAL;
}

struct setting { /* Linux's itimerspec, in ns */
    uint64_t interval, value;
};

static struct setting setting_of(struct timer_file *t)
{
    LOCK_SCOPED(&alarm_lock);
    uint64_t left = catch_up(t);

    return (struct setting){ t->interval, left == NEVER ? 0 : left };
}

static long write_setting(long to, const struct setting *s)
{
    long err = timespec_write(to, s->interval);

    return err != 0 ? err : timespec_write(to + (long)sizeof(struct linux_timespec), s->value);
}

/* What is absolute may have passed, many intervals ago. */
static int arm(struct timer_file *t, const struct setting *s, uint32_t flags)
{
    LOCK_SCOPED(&alarm_lock);

    notice_setting(t);
    t->runs_by_wall = t->wall && flags & ABSOLUTE;
    t->cancels = t->runs_by_wall && flags & CANCEL_ON_SET;
    t->ticks = 0;
    t->interval = s->interval;
    t->next = s->value;
    if (s->value == 0 || (!(flags & ABSOLUTE) && !add_ok(&t->next, clock_now(t), s->value))) t->next = NEVER;
    alarm_set(&t->alarm, when(t, catch_up(t)));
    return was_cancelled(t) && t->cancels && s->value != 0 ? -ECANCELED : 0;
}

long sys_timerfd_settime(long fd, long flags, long new, long old, long e, long g)
{
    struct file *f FILE_SCOPED = NULL;
    struct setting s, was;
    int err = flags & ~(long)(ABSOLUTE | CANCEL_ON_SET) ? -EINVAL : 0;

    if (err == 0) err = timespec_read((uint64_t) new, &s.interval);
    if (err == 0) err = timespec_read((uint64_t) new + sizeof(struct linux_timespec), &s.value);
    if (err == 0) err = timer_of(fd, &f);
    if (err != 0) return err;
    was = setting_of(f->object);
    err = arm(f->object, &s, (uint32_t)flags);
    return err == 0 && old != 0 ? write_setting(old, &was) : err;
}

long sys_timerfd_gettime(long fd, long out, long c, long d, long e, long g)
{
    struct file *f FILE_SCOPED = NULL;
    int err = timer_of(fd, &f);
    struct setting s;

    if (err != 0) return err;
    s = setting_of(f->object);
    return write_setting(out, &s);
}
