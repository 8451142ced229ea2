/* SPDX-License-Identifier: Apache-2.0 */
/* epoll. A watch is a waiter in the queue of what it watches; being told puts it into the list of
 * those that are to be looked at, and tells who waits for the epoll itself.
 *
 * One lock, `epolls`, for all watches: who is watched may be closed, which takes its watches away,
 * and what is watched may be an epoll. It is outside of the locks of what is watched. The lists of
 * those to be looked at are under waitq_lock, as fn of a waiter has it. */
#include "unikernel/posix/fs/epoll.h"
#include "unikernel/fs/pool.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/clock.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/signal/mask.h"
#include "unikernel/posix/syscalls.h"
#include "uk_linux.h"
#include "lib/err.h"

#define ALWAYS        (LINUX_POLLERR | LINUX_POLLHUP)
#define ADD           1
#define DELETE        2
#define MODIFY        3
#define EXCLUSIVE     (1U << 28) /* all are told, which is allowed */
#define WAKEUP        (1U << 29)
#define ONE_SHOT      (1U << 30)
#define EDGE          (1U << 31)
#define HOW           (EXCLUSIVE | WAKEUP | ONE_SHOT | EDGE)
#define EXCLUSIVE_MAY (EXCLUSIVE | WAKEUP | EDGE | LINUX_POLLIN | LINUX_POLLOUT | ALWAYS)
#define NESTED_MAX    4U /* epolls that watch each other, one below the other */
#define EVENTS_MAX    (INT32_MAX / (long)sizeof(struct linux_epoll_event))

struct epoll {
    struct waitq changed; /* something is to be looked at */
    struct list watches, told;
    struct file *file; /* it is behind, known from its first watch on; no reference */
};

struct watch {
    struct waiter w; /* kinds: what is asked for; 0: nothing until it is modified */
    struct epoll *ep;
    struct file *f; /* no reference: it takes the watch away when it goes */
    int32_t fd;
    uint32_t how;
    uint64_t data;
    struct list of_epoll, of_file;
    struct list told; /* linked: it is to be looked at */
};

static struct mutex epolls;
static struct pool pool = POOL(pool, sizeof(struct epoll)),
                   watches = POOL(watches, sizeof(struct watch));
static const struct file_ops epoll_ops;

/* waitq_lock is held. */
static void told(struct waiter *w)
{
    struct watch *x = container_of(w, struct watch, w);

    if (!list_is_linked(&x->told)) list_push_back(&x->ep->told, &x->told);
    waitq_wake_locked(&x->ep->changed, LINUX_POLLIN | LINUX_POLLRDNORM);
}

static void tell(struct watch *x)
{
    LOCK_SCOPED(&waitq_lock);

    told(&x->w);
}

static struct watch *next_told(struct list *from)
{
    LOCK_SCOPED(&waitq_lock);
    struct list *n = list_pop_front(from);

    return n != NULL ? list_item(n, struct watch, told) : NULL;
}

static void take_all(struct list *to, struct list *from, bool in_front)
{
    LOCK_SCOPED(&waitq_lock);
    struct list *n;

    if (in_front) {
        while (!list_is_empty(from)) {
            n = from->prev;
            list_remove(n);
            list_push_front(to, n);
        }
    }
    while ((n = list_pop_front(from)) != NULL) list_push_back(to, n);
}

/* ---- under epolls */

static bool any_ready(struct epoll *ep);

/* What is there of what is asked for. */
static uint32_t ready_bits(struct watch *x)
{
    uint32_t bits = x->f->ops == &epoll_ops
                        ? any_ready(x->f->object) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0
                        : x->f->ops->poll(x->f);

    return bits & x->w.kinds;
}

/* Those that turn out not to be ready any more are forgotten until they are told again. */
static bool any_ready(struct epoll *ep)
{
    struct list looked_at = LIST_INIT(looked_at);
    struct watch *x;
    bool any = false;

    take_all(&looked_at, &ep->told, false);
    while (!any && (x = next_told(&looked_at)) != NULL) {
        any = ready_bits(x) != 0;
        if (any) tell(x);
    }
    take_all(&ep->told, &looked_at, true);
    return any;
}

static void watch_end(struct watch *x)
{
    waitq_leave(&x->w);
    {
        LOCK_SCOPED(&waitq_lock);
        list_remove(&x->told);
    }
    list_remove(&x->of_epoll);
    list_remove(&x->of_file);
    pool_free(&watches, x);
}

static struct watch *watch_of(const struct epoll *ep, struct file *f, long fd)
{
    if (f->watches.next == NULL) return NULL;
    list_for_each (n, &f->watches) {
        struct watch *x = list_item(n, struct watch, of_file);

        if (x->ep == ep && x->fd == (int32_t)fd) return x;
    }
    return NULL;
}

/* Longest way down through epolls that are watched, or NESTED_MAX and more; it leads to `end`:
 * more. */
static unsigned depth_below(const struct epoll *ep, const struct epoll *end, unsigned level)
{
    unsigned most = 0;

    if (ep == end || level > NESTED_MAX) return NESTED_MAX + 1;
    list_for_each (n, &ep->watches) {
        const struct watch *x = list_item(n, struct watch, of_epoll);

        if (x->f->ops == &epoll_ops)
            most = MAX(most, 1 + depth_below(x->f->object, end, level + 1));
    }
    return most;
}

static unsigned depth_above(const struct epoll *ep)
{
    unsigned most = 0;

    if (ep->file->watches.next == NULL) return 0;
    list_for_each (n, &ep->file->watches) {
        most = MAX(most, 1 + depth_above(list_item(n, struct watch, of_file)->ep));
    }
    return most;
}

static int may_watch(const struct epoll *ep, const struct file *f, uint32_t events)
{
    if (f->ops != &epoll_ops) return 0;
    if (events & EXCLUSIVE) return -EINVAL;
    return depth_above(ep) + 1 + depth_below(f->object, ep, 0) > NESTED_MAX ? -ELOOP : 0;
}

static void set(struct watch *x, const struct linux_epoll_event *e)
{
    x->how = e->events & HOW;
    x->data = e->data;
    __atomic_store_n(&x->w.kinds, (e->events & ~HOW) | ALWAYS, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* from now on it is told, then look: see waitq_wake */
    if (ready_bits(x) != 0) tell(x);
}

static int add(struct epoll *ep, struct file *f, long fd, const struct linux_epoll_event *e)
{
    int err = may_watch(ep, f, e->events);
    struct watch *x;

    if (err != 0) return err;
    x = pool_alloc(&watches);
    if (x == NULL) return -ENOMEM;
    x->w.fn = told;
    x->ep = ep;
    x->f = f;
    x->fd = (int32_t)fd;
    list_init(&x->told);
    list_push_back(&ep->watches, &x->of_epoll);
    if (f->watches.next == NULL) list_init(&f->watches);
    list_push_back(&f->watches, &x->of_file);
    if (f->changed != NULL) waitq_join(f->changed, &x->w);
    set(x, e);
    return 0;
}

static int modify(struct watch *x, const struct linux_epoll_event *e)
{
    if ((x->how | e->events) & EXCLUSIVE) return -EINVAL;
    set(x, e);
    return 0;
}

static long control(struct file *epoll, long operation, struct file *f, long fd,
                    const struct linux_epoll_event *e)
{
    MUTEX_SCOPED(&epolls);
    struct epoll *ep = epoll->object;
    struct watch *x = watch_of(ep, f, fd);

    ep->file = epoll;
    if (operation == ADD) return x != NULL ? -EEXIST : add(ep, f, fd, e);
    if (operation != MODIFY && operation != DELETE) return -EINVAL;
    if (x == NULL) return -ENOENT;
    if (operation == MODIFY) return modify(x, e);
    watch_end(x);
    return 0;
}

struct collection {
    struct attempt a;
    struct epoll *ep;
    uint64_t to; /* of the application */
    long max;
};

/* Level: it stays among those to be looked at. */
static int report(struct watch *x, uint64_t to)
{
    const struct linux_epoll_event e = { .events = ready_bits(x), .data = x->data };

    if (e.events == 0) return 0;
    if (user_write(to, &e, sizeof(e)) != 0) return -EFAULT;
    if (x->how & ONE_SHOT)
        x->w.kinds = 0;
    else if (!(x->how & EDGE))
        tell(x);
    return 1;
}

static long collect(struct attempt *a)
{
    struct collection *c = container_of(a, struct collection, a);
    struct list looked_at = LIST_INIT(looked_at);
    struct watch *x;
    long done = 0;
    int n = 0;

    MUTEX_SCOPED(&epolls);
    take_all(&looked_at, &c->ep->told, false);
    while (done < c->max && (x = next_told(&looked_at)) != NULL) {
        n = report(x, c->to + (uint64_t)done * sizeof(struct linux_epoll_event));
        if (n < 0) {
            tell(x);
            break;
        }
        done += n;
    }
    take_all(&c->ep->told, &looked_at, true);
    if (done > 0) return done;
    return n < 0 ? n : -EAGAIN;
}

static void forget_all(struct list *of, bool of_file)
{
    while (!list_is_empty(of)) {
        watch_end(of_file ? list_item(of->next, struct watch, of_file)
                          : list_item(of->next, struct watch, of_epoll));
    }
}

void epoll_forget(struct file *f)
{
    MUTEX_SCOPED(&epolls);

    forget_all(&f->watches, true);
}

/* ---- the epoll as a file */

static uint32_t epoll_poll(struct file *f)
{
    MUTEX_SCOPED(&epolls);

    return any_ready(f->object) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void epoll_release(struct file *f)
{
    struct epoll *ep = f->object;

    {
        MUTEX_SCOPED(&epolls);
        forget_all(&ep->watches, false);
    }
    pool_free(&pool, ep);
}

static const struct file_ops epoll_ops = {
    .name = "eventpoll",
    .seek = seek_nowhere,
    .poll = epoll_poll,
    .poll_locks = true,
    .release = epoll_release,
};

/* ---- calls */

long sys_epoll_create1(long flags, long b, long c, long d, long e, long f)
{
    struct epoll *ep;
    long fd;

    if (flags & ~(long)LINUX_O_CLOEXEC) return -EINVAL;
    ep = pool_alloc(&pool);
    if (ep == NULL) return -ENOMEM;
    waitq_init(&ep->changed);
    list_init(&ep->watches);
    list_init(&ep->told);
    fd = fd_open(&epoll_ops, ep, &ep->changed, LINUX_O_RDWR, flags & LINUX_O_CLOEXEC);
    if (fd < 0) pool_free(&pool, ep);
    return fd;
}

long sys_epoll_ctl(long epoll, long operation, long fd, long event, long e, long g)
{
    struct file *ep FILE_SCOPED = NULL, *f FILE_SCOPED = NULL;
    struct linux_epoll_event what = { 0 };

    if (operation != DELETE && user_read(&what, (uint64_t)event, sizeof(what)) != 0) return -EFAULT;
    ep = file_of(epoll);
    f = file_of(fd);
    if (ep == NULL || f == NULL) return -EBADF;
    if (f->ops->poll == NULL) return -EPERM;
    if (f == ep || ep->ops != &epoll_ops) return -EINVAL;
    if (what.events & EXCLUSIVE && (operation == MODIFY || what.events & ~EXCLUSIVE_MAY))
        return -EINVAL;
    return control(ep, operation, f, fd, &what);
}

static long wait(long fd, long events, long max, uint64_t deadline_ns)
{
    struct file *f FILE_SCOPED = NULL;
    struct epoll *ep;
    long done;

    if (max <= 0 || max > EVENTS_MAX) return -EINVAL;
    f = file_of(fd);
    if (f == NULL) return -EBADF;
    if (f->ops != &epoll_ops) return -EINVAL;
    ep = f->object;

    struct collection c = { { collect, &ep->changed, LINUX_POLLIN }, ep, (uint64_t)events, max };

    done = wait_for(&c.a, deadline_ns != 0, deadline_ns);
    return done == -EAGAIN ? 0 : done;
}

long sys_epoll_pwait(long fd, long events, long max, long timeout_ms, long mask, long size)
{
    int err = signal_mask_begin((uint64_t)mask, (uint64_t)size);

    if (err != 0) return err;
    return signal_mask_end(wait(fd, events, (int)max, deadline_in_ms((int)timeout_ms)));
}

long sys_epoll_pwait2(long fd, long events, long max, long timeout, long mask, long size)
{
    uint64_t ns, deadline = NEVER;
    int err = timeout != 0 ? timespec_read((uint64_t)timeout, &ns) : 0;

    if (err == 0 && timeout != 0) deadline = ns == 0 ? 0 : deadline_after(ns);
    if (err == 0) err = signal_mask_begin((uint64_t)mask, (uint64_t)size);
    return err != 0 ? err : signal_mask_end(wait(fd, events, (int)max, deadline));
}
