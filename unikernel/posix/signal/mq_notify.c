/* SPDX-License-Identifier: Apache-2.0 */
/* What a message queue tells of itself. */
#include "unikernel/mm/user.h"
#include "unikernel/posix/signal/mq.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define SI_MESGQ (-3)

enum { SIGEV_SIGNAL, SIGEV_NONE };

void mq_tell(struct mq *q)
{
    if (!q->notifies || __atomic_load_n(&q->receivers, __ATOMIC_ACQUIRE) != 0) return;
    q->notifies = false;
    if (q->notice.signo != 0) (void)!signal_send(&q->notice);
}

void mq_forget(struct mq *q)
{
    MUTEX_SCOPED(&q->lock);

    q->notifies = false;
}

static long notify(struct mq *q, const struct siginfo *notice)
{
    MUTEX_SCOPED(&q->lock);

    if (notice != NULL && q->notifies) return -EBUSY;
    q->notifies = notice != NULL;
    if (notice != NULL) q->notice = *notice;
    return 0;
}

long sys_mq_notify(long fd, long event, long c, long d, long e, long g)
{
    struct { uint64_t value; int32_t signo, notify; } wanted;
    struct file *f FILE_SCOPED = NULL;
    struct siginfo notice = { .code = SI_MESGQ };

    if (event != 0) {
        if (user_read(&wanted, (uint64_t)event, sizeof(wanted)) != 0) return -EFAULT;
        if (wanted.notify != SIGEV_SIGNAL && wanted.notify != SIGEV_NONE) return -EINVAL;
        if (wanted.notify == SIGEV_SIGNAL) {
            if (wanted.signo <= 0 || wanted.signo > (int)SIGNALS) return -EINVAL;
            notice.signo = wanted.signo;
            notice.word[0] = PID;
            notice.word[1] = wanted.value;
        }
    }
    f = mq_file(fd);
    return f == NULL ? -EBADF : notify(f->object, event != 0 ? &notice : NULL);
}

static struct linux_mq_attr attr_of(const struct file *f)
{
    const struct mq *q = f->object;

    return (struct linux_mq_attr){
        .flags = __atomic_load_n(&f->flags, __ATOMIC_RELAXED) & LINUX_O_NONBLOCK,
        .max = q->max,
        .size = (int64_t)q->size,
        .count = __atomic_load_n(&q->count, __ATOMIC_RELAXED),
    };
}

long sys_mq_getsetattr(long fd, long in, long out, long d, long e, long g)
{
    struct file *f FILE_SCOPED = NULL;
    struct linux_mq_attr wanted, was;

    if (in != 0 && user_read(&wanted, (uint64_t)in, sizeof(wanted)) != 0) return -EFAULT;
    if (in != 0 && wanted.flags & ~(int64_t)LINUX_O_NONBLOCK) return -EINVAL;
    f = mq_file(fd);
    if (f == NULL) return -EBADF;
    was = attr_of(f);
    if (in != 0 && wanted.flags != 0) __atomic_fetch_or(&f->flags, LINUX_O_NONBLOCK, __ATOMIC_RELAXED);
    if (in != 0 && wanted.flags == 0) __atomic_fetch_and(&f->flags, ~(uint32_t)LINUX_O_NONBLOCK, __ATOMIC_RELAXED);
    return out != 0 ? user_write((uint64_t)out, &was, sizeof(was)) : 0;
}
