/* SPDX-License-Identifier: Apache-2.0 */
/* A number that is waited for. */
#include "unikernel/fs/pool.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define SEMAPHORE 1U /* EFD_SEMAPHORE */
#define MOST      (UINT64_MAX - 1)

struct event {
    uint64_t count; /* atomic */
    struct waitq changed;
    bool by_one;
};

static struct pool events = POOL(events, sizeof(struct event));

struct transfer {
    struct attempt a;
    struct event *e;
    uint64_t value;
};

static uint64_t load(const struct event *e) { return __atomic_load_n(&e->count, __ATOMIC_ACQUIRE); }

static bool become(struct event *e, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n(&e->count, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

static long take(struct attempt *a)
{
    struct transfer *t = container_of(a, struct transfer, a);
    uint64_t now;

    do {
        now = load(t->e);
        if (now == 0) return -EAGAIN;
        t->value = t->e->by_one ? 1 : now;
    } while (!become(t->e, now, now - t->value));
    waitq_wake(&t->e->changed, LINUX_POLLOUT);
    return 0;
}

static long event_read(struct file *f, struct io *io, uint64_t *at)
{
    struct event *e = f->object;
    struct transfer t = { { take, &e->changed, LINUX_POLLIN }, e, 0 };
    long result;

    if (io->room < sizeof(t.value)) return -EINVAL;
    result = wait_for(&t.a, file_may_wait(f), NEVER);
    if (result == 0) result = io_put_all(io, &t.value, sizeof(t.value));
    return result == 0 ? (long)sizeof(t.value) : result;
}

static long put(struct attempt *a)
{
    struct transfer *t = container_of(a, struct transfer, a);
    uint64_t now;

    do {
        now = load(t->e);
        if (t->value > MOST - now) return -EAGAIN;
    } while (!become(t->e, now, now + t->value));
    waitq_wake(&t->e->changed, LINUX_POLLIN);
    return 0;
}

static long event_write(struct file *f, struct io *io, uint64_t *at)
{
    struct event *e = f->object;
    struct transfer t = { { put, &e->changed, LINUX_POLLOUT }, e, 0 };
    long result;

    if (io_next(io) < 0) return -EFAULT;
    if (io->len < sizeof(t.value)) return -EINVAL; /* each piece is a write for itself */
    if (user_read(&t.value, io->base, sizeof(t.value)) != 0) return -EFAULT;
    if (t.value == UINT64_MAX) return -EINVAL;
    result = wait_for(&t.a, file_may_wait(f), NEVER);
    return result == 0 ? (long)sizeof(t.value) : result;
}

static uint32_t event_poll(struct file *f)
{
    uint64_t now = load(f->object);

    return (now > 0 ? LINUX_POLLIN : 0) | (now < MOST ? LINUX_POLLOUT : 0);
}

static void event_release(struct file *f) { pool_free(&events, f->object); }

static const struct file_ops event_ops = {
    .name = "eventfd",
    .read = event_read,
    .write = event_write,
    .seek = seek_nowhere,
    .poll = event_poll,
    .release = event_release,
};

long sys_eventfd2(long first, long flags, long c, long d, long e, long f)
{
    struct event *new;
    long fd;

    if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK | SEMAPHORE)) return -EINVAL;
    new = pool_alloc(&events);
    if (new == NULL) return -ENOMEM;
    new->count = (uint32_t)first;
    new->by_one = flags &SEMAPHORE;
    waitq_init(&new->changed);
    fd = fd_open(&event_ops, new, &new->changed,
                 LINUX_O_RDWR | ((uint32_t)flags & LINUX_O_NONBLOCK), flags & LINUX_O_CLOEXEC);
    if (fd < 0) pool_free(&events, new);
    return fd;
}
