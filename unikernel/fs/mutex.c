/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/mutex.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/thread.h"
#include "lib/err.h"

static void wait(struct mutex *m)
{
    struct thread *t = arch_self();
    bool cancellable = t->cancellable;
    uint32_t later = 0, was;

    t->cancellable = false;
    while (__atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE) != 0) {
        if (futex_wait(&m->word, 2, FUTEX_ANY, NEVER) != -EINTR) continue;
        was = __atomic_fetch_and(&t->pending, ~PENDING_SIGNAL, __ATOMIC_SEQ_CST);
        later |= was & PENDING_SIGNAL ? PENDING_SIGNAL : PENDING_CANCEL;
    }
    t->cancellable = cancellable;
    /* It was meant for a call that blocks, which this one is not for the application. */
    if (later != 0) __atomic_fetch_or(&t->pending, later, __ATOMIC_SEQ_CST);
}

/* Functions, since there are many places that take one. */
void mutex_take(struct mutex *m)
{
    uint32_t free = 0;

    if (!__atomic_compare_exchange_n(&m->word, &free, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
        wait(m);
    }
}

void mutex_give(struct mutex *m)
{
    if (__atomic_exchange_n(&m->word, 0, __ATOMIC_RELEASE) == 2) {
        (void)futex_wake((uint64_t)&m->word, 1, FUTEX_ANY);
    }
}
