/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/kernel/time.h"
#include "lib/err.h"

long wait_for(struct attempt *a, bool may_wait, uint64_t deadline_ns)
{
    struct sleeper s = sleeper_self();
    struct waiter w;
    long result = a->fn(a);
    int err = 0;

    if (result != -EAGAIN || !may_wait) return result;
    waiter_init(&w, &s, a->kinds);
    waitq_join(a->q, &w);
    for (;;) {
        result = a->fn(a);
        if (result != -EAGAIN || err != 0) break;
        err = sleeper_wait(&s, deadline_ns);
        if (err != -EINTR) continue;
        result = err;
        break;
    }
    waitq_leave(&w);
    return result;
}

long seek_nowhere(struct file *f, int64_t offset, long whence) { return 0; }

uint64_t deadline_in_ms(int ms)
{
    if (ms <= 0) return ms < 0 ? NEVER : 0;
    return deadline_after((uint64_t)ms * 1000000);
}

long fd_open(const struct file_ops *ops, void *object, struct waitq *changed, uint32_t flags,
             bool close_on_exec)
{
    long fd = fd_take(0, close_on_exec);
    struct file *f;

    if (fd < 0) return fd;
    f = file_new(ops, NULL, flags);
    if (f != NULL) {
        f->object = object;
        f->changed = changed;
    }
    fd_assign(fd, f);
    return f != NULL ? fd : -ENOMEM;
}
