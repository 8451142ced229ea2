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
#define CANCEL_ON_SET 2U /* nobody sets the clock, so that changes nothing */

#define SOONEST_NS 100000U

struct timer_file {
    struct alarm alarm;
    struct waitq expired;
    bool wall;
    uint64_t next, interval; /* ns since boot, NEVER; ns, 0: once */
    uint64_t ticks;          /* expirations nobody has read yet */
};

static struct pool timers = POOL(timers, sizeof(struct timer_file));

/* As many as there have been by now. */
static uint64_t catch_up(struct timer_file *t)
{
    uint64_t now = time_ns(), missed;

    if (t->next > now) return t->next;
    missed = t->interval == 0 ? 0 : (now - t->next) / t->interval;
    t->ticks += missed + 1;
    t->next = t->interval == 0 ? NEVER : t->next + (missed + 1) * t->interval;
    waitq_wake(&t->expired, LINUX_POLLIN);
    return t->next;
}

/* However short the interval, other alarms and threads get their turn. */
static uint64_t ring(struct alarm *a)
{
    uint64_t next = catch_up(container_of(a, struct timer_file, alarm));

    return MAX(next, time_ns() + SOONEST_NS);
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
    uint64_t next = catch_up(t);

    return (struct setting){ t->interval, next == NEVER ? 0 : MAX(next - time_ns(), UINT64_C(1)) };
}

static long write_setting(long to, const struct setting *s)
{
    long err = timespec_write(to, s->interval);

    return err != 0 ? err : timespec_write(to + (long)sizeof(struct linux_timespec), s->value);
}

/* What is absolute may have passed, many intervals ago. */
static void arm(struct timer_file *t, const struct setting *s, bool absolute)
{
    LOCK_SCOPED(&alarm_lock);
    uint64_t clock_now = !absolute ? 0 : t->wall ? time_wall_ns() : time_ns();

    t->ticks = 0;
    t->interval = s->interval;
    if (s->value == 0) {
        t->next = NEVER;
    } else if (s->value > clock_now) {
        t->next = deadline_after(s->value - clock_now);
    } else {
        uint64_t passed = clock_now - s->value;

        t->ticks = s->interval == 0 ? 1 : passed / s->interval + 1;
        t->next = s->interval == 0 ? NEVER : deadline_after(s->interval - passed % s->interval);
        waitq_wake(&t->expired, LINUX_POLLIN);
    }
    alarm_set(&t->alarm, t->next);
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
    arm(f->object, &s, flags & ABSOLUTE);
    return old != 0 ? write_setting(old, &was) : 0;
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
