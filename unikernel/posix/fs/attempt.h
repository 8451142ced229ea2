/* SPDX-License-Identifier: Apache-2.0 */
/* A call that may have to wait. */
#pragma once

#include "unikernel/kernel/waitq.h"
#include "unikernel/posix/fs/file.h"

struct attempt {
    /** -EAGAIN: not yet. It is asked again when q is woken with one of these kinds. */
    long (*fn)(struct attempt *a);
    struct waitq *q;
    uint32_t kinds;
};

/** What fn says in the end: -EAGAIN when it may not wait, or the deadline (ns, NEVER) has come. Or
 * -EINTR. */
long wait_for(struct attempt *a, bool may_wait, uint64_t deadline_ns);

static inline bool file_may_wait(const struct file *f)
{
    return !(__atomic_load_n(&f->flags, __ATOMIC_RELAXED) & LINUX_O_NONBLOCK);
}

/** What would not wait, as POLL bits. w, if not NULL, is told from now on when that changes. */
static inline uint32_t file_poll(struct file *f, struct waiter *w)
{
    if (w != NULL && f->changed != NULL) waitq_join(f->changed, w);
    return f->ops->poll != NULL ? f->ops->poll(f) : LINUX_POLL_ALWAYS;
}

static inline uint32_t poll_wanted(const struct linux_pollfd *p)
{
    return (uint16_t)p->events | LINUX_POLLERR | LINUX_POLLHUP;
}

/** ... of what is wanted. f is NULL where there is none. */
static inline uint32_t file_revents(const struct linux_pollfd *p, struct file *f, struct waiter *w)
{
    if (f == NULL) return p->fd < 0 ? 0 : LINUX_POLLNVAL;
    return file_poll(f, w) & poll_wanted(p);
}

/** For what has no place to be moved: always 0. */
long seek_nowhere(struct file *f, int64_t offset, long whence);

/** poll, with a deadline in ns since boot, NEVER, or 0: not to wait. */
long poll_until(long fds, long count, uint64_t deadline_ns);

/** As poll and epoll_wait tell it: below 0 is NEVER, and 0 not to wait. */
uint64_t deadline_in_ms(int ms);

/** A new descriptor of a new file with this object, which stays the caller's on failure. */
long fd_open(const struct file_ops *ops, void *object, struct waitq *changed, uint32_t flags,
             bool close_on_exec);
