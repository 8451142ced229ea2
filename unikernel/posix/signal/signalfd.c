/* SPDX-License-Identifier: Apache-2.0 */
/* Signals read from a descriptor: those of the process, and those of the thread that reads. */
#include "unikernel/fs/pool.h"
#include "unikernel/mm/user.h"
#include "unikernel/posix/fs/attempt.h"
#include "unikernel/posix/fs/io.h"
#include "unikernel/posix/signal/signal.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

struct linux_signalfd_siginfo {
    uint32_t signo;
    int32_t error, code;
    uint32_t pid, uid;
    int32_t fd;
    uint32_t timer, band, overrun, trap;
    int32_t status, value;
    uint64_t pointer, user_time, system_time, address;
    uint8_t rsv[48];
};
_Static_assert(sizeof(struct linux_signalfd_siginfo) == 128, "as Linux has it");

struct signal_file {
    uint64_t set;                   /* atomic */
};

static struct pool files = POOL(files, sizeof(struct signal_file));

/* One for all: what is sent is for whoever takes it first. */
static struct waitq sent = { LIST_INIT(sent.waiters), 0 };

static void tell(void) { waitq_wake(&sent, LINUX_POLLIN); }

static uint64_t set_of(const struct signal_file *s)
{
    return __atomic_load_n(&s->set, __ATOMIC_RELAXED);
}

static struct linux_signalfd_siginfo shown(const struct siginfo *i)
{
    uint32_t low = (uint32_t)i->word[0], high = (uint32_t)(i->word[0] >> 32);
    struct linux_signalfd_siginfo out = { .signo = (uint32_t)i->signo, .error = i->error, .code = i->code };

    if (i->code == SI_TIMER) {
        out.timer = low;
        out.overrun = high;
    } else if (i->code <= SI_USER) {
        out.pid = low;
        out.uid = high;
    } else {
        out.address = i->word[0];
    }
    if (i->code < SI_USER && i->code != SI_TKILL) {
        out.value = (int32_t)i->word[1];
        out.pointer = i->word[1];
    }
    return out;
}

struct reading {
    struct attempt a;
    const struct signal_file *s;
    struct siginfo info;
};

static long take(struct attempt *a)
{
    struct reading *r = container_of(a, struct reading, a);
    LOCK_SCOPED(&signals.lock);

    return signal_take(arch_self(), set_of(r->s), &r->info) ? 0 : -EAGAIN;
}

/* As many as there are room for; it is the first that is waited for. */
static long signal_read(struct file *f, struct io *io, uint64_t *at)
{
    struct reading r = { { take, &sent, LINUX_POLLIN }, f->object, { 0 } };
    bool may_wait = file_may_wait(f);
    long done = 0, err = 0;

    if (io->room < sizeof(struct linux_signalfd_siginfo)) return -EINVAL;
    while (err == 0 && io->room >= sizeof(struct linux_signalfd_siginfo)) {
        err = wait_for(&r.a, may_wait && done == 0, NEVER);
        if (err == 0) {
            struct linux_signalfd_siginfo out = shown(&r.info);

            err = io_put_all(io, &out, sizeof(out));
        }
        if (err == 0) done += (long)sizeof(struct linux_signalfd_siginfo);
    }
    return done > 0 ? done : err;
}

static uint32_t signal_poll(struct file *f)
{
    const struct thread *t = arch_self();

    return (t->signals.queue.set | signals.queue.set) & set_of(f->object) ? LINUX_POLLIN : 0;
}

static void signal_release(struct file *f) { pool_free(&files, f->object); }

static const struct file_ops signal_ops = {
    .name = "signalfd", .read = signal_read, .seek = seek_nowhere, .poll = signal_poll, .release = signal_release,
};

static long open_new(uint64_t set, long flags)
{
    struct signal_file *s = pool_alloc(&files);
    long fd;

    if (s == NULL) return -ENOMEM;
    s->set = set;
    {
        LOCK_SCOPED(&signals.lock);
        signals.sent = tell;
    }
    fd = fd_open(&signal_ops, s, &sent, LINUX_O_RDWR | ((uint32_t)flags & LINUX_O_NONBLOCK),
                 flags & LINUX_O_CLOEXEC);
    if (fd < 0) pool_free(&files, s);
    return fd;
}

/* @fd -1: a new one; else its set changes, and who waits looks again */
long sys_signalfd4(long fd, long from, long size, long flags, long e, long g)
{
    uint64_t set;
    struct file *f FILE_SCOPED = NULL;

    if (size != sizeof(set)) return -EINVAL;
    if (user_read(&set, (uint64_t)from, sizeof(set)) != 0) return -EFAULT;
    if (flags & ~(long)(LINUX_O_CLOEXEC | LINUX_O_NONBLOCK)) return -EINVAL;
    set &= ~NEVER_BLOCKED;
    if ((int)fd == -1) return open_new(set, flags);
    f = file_of((int)fd);
    if (f == NULL) return -EBADF;
    if (f->ops != &signal_ops) return -EINVAL;
    __atomic_store_n(&((struct signal_file *)f->object)->set, set, __ATOMIC_RELAXED);
    tell();
    return (int)fd;
}
