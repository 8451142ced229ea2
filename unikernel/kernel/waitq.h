/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of those who want to know when something changes. Several may wait in one, and a thread may
 * wait in many at once. What a wait is for is looked at again after each wake-up:
 *
 *   join; while it is not so: sleep; leave
 *
 * Who changes something does that first, then wakes. */
#pragma once

#include "unikernel/kernel/thread.h"

struct waitq {
    struct list waiters;
    uint32_t count;                 /* read without the lock */
};

struct waiter {
    struct waitq *q;                /* NULL: in none */
    struct list node;
    void (*fn)(struct waiter *w);   /* something has changed; short, and the lock of all queues is held */
    void *arg;                      /* fn's */
    uint32_t kinds;                 /* of change, as bits: of others it is not told */
};

static inline void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
    q->count = 0;
}

/** w is in no queue. What w is to be told is looked at after this. */
void waitq_join(struct waitq *q, struct waiter *w);

/** fn does not run any more, nor is it running. w may be in no queue. */
void waitq_leave(struct waiter *w);

/* With the lock, as fn has it. */
void waitq_wake_locked(struct waitq *q, uint32_t kinds);
void waitq_wake_some(struct waitq *q, uint32_t kinds);
extern struct spinlock waitq_lock;

/** Tell all that wait for one of these kinds. Any context. */
static inline void waitq_wake(struct waitq *q, uint32_t kinds)
{
    /* Changed, then look at the count: who joins has been counted, then looks for changes. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&q->count, __ATOMIC_RELAXED) != 0) waitq_wake_some(q, kinds);
}

/* A thread that sleeps until one of its waiters is told. */
struct sleeper {
    struct thread *thread;
    enum { SLEEPER_AWAKE, SLEEPER_ASLEEP, SLEEPER_TOLD } state;     /* under the lock */
};

static inline struct sleeper sleeper_self(void) { return (struct sleeper){ arch_self(), SLEEPER_AWAKE }; }

void sleeper_wake(struct waiter *w);

/** A waiter in no queue. */
static inline void waiter_init(struct waiter *w, struct sleeper *s, uint32_t kinds)
{
    w->q = NULL;
    w->fn = sleeper_wake;
    w->arg = s;
    w->kinds = kinds;
}

/** Until a waiter is told, or was since the last time. 0, -ETIMEDOUT, -EINTR. */
int sleeper_wait(struct sleeper *s, uint64_t deadline_ns) must_check;
