/* SPDX-License-Identifier: Apache-2.0 */
/* One lock for all queues: a waiter that is told may tell those of a further queue (epoll), in any
 * order. */
#include "unikernel/kernel/waitq.h"

struct spinlock waitq_lock = SPINLOCK(LOCK_WAITQ);

static void count(struct waitq *q, uint32_t by)
{
    __atomic_store_n(&q->count, q->count + by, __ATOMIC_RELAXED);
}

void waitq_join(struct waitq *q, struct waiter *w)
{
    {
        LOCK_SCOPED(&waitq_lock);

        w->q = q;
        list_push_back(&q->waiters, &w->node);
        count(q, 1);
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);    /* see waitq_wake */
}

void waitq_leave(struct waiter *w)
{
    LOCK_SCOPED(&waitq_lock);

    if (w->q == NULL) return;
    list_remove(&w->node);
    count(w->q, UINT32_MAX);
    w->q = NULL;
}

void waitq_wake_locked(struct waitq *q, uint32_t kinds)
{
    list_for_each(n, &q->waiters) {
        struct waiter *w = list_item(n, struct waiter, node);

        if (w->kinds & kinds) w->fn(w);
    }
}

void waitq_wake_some(struct waitq *q, uint32_t kinds)
{
    LOCK_SCOPED(&waitq_lock);

    waitq_wake_locked(q, kinds);
}

/* A thread that is awake may block for something else, where it must not be woken by us. */
void sleeper_wake(struct waiter *w)
{
    struct sleeper *s = w->arg;

    if (s->state == SLEEPER_ASLEEP) (void)thread_wake(s->thread, 0);
    s->state = SLEEPER_TOLD;
}

int sleeper_wait(struct sleeper *s, uint64_t deadline_ns)
{
    int err = 0;
    bool sleeps;

    {
        LOCK_SCOPED(&waitq_lock);

        sleeps = s->state != SLEEPER_TOLD;
        if (sleeps) {
            s->state = SLEEPER_ASLEEP;
            thread_block_prepare();
        }
    }
    if (sleeps) err = thread_block_finish(deadline_ns);

    LOCK_SCOPED(&waitq_lock);
    s->state = SLEEPER_AWAKE;
    return err;
}
