/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/mutex.h"
#include "unikernel/kernel/futex.h"
#include "unikernel/kernel/thread.h"
#include "lib/err.h"

void mutex_wait(struct mutex *m)
{
    struct thread *t = arch_self();
    bool cancellable = t->cancellable, interrupted = false;

    t->cancellable = false;
    while (__atomic_exchange_n(&m->word, 2, __ATOMIC_ACQUIRE) != 0) {
        interrupted |= futex_wait(&m->word, 2, FUTEX_ANY, NEVER) == -EINTR;
    }
    t->cancellable = cancellable;
    /* It was meant for a call that blocks, which this one is not for the application. */
    if (interrupted) __atomic_fetch_or(&t->pending, PENDING_CANCEL, __ATOMIC_SEQ_CST);
}

void mutex_wake(struct mutex *m) { (void)futex_wake((uint64_t)&m->word, 1, FUTEX_ANY); }
