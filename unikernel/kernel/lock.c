/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/thread.h"

void lock_take(struct lock_guard *g, struct spinlock *l)
{
    struct thread *t = arch_self();

    g->irq = arch_irq_save();
    /* Acquire: what the previous holder wrote before its release in lock_release is seen after
     * this. */
    while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE) != 0) arch_relax();
    g->lock = l;
    g->outer = t->held;
    t->held = g;
}

void lock_release(struct lock_guard *g)
{
    arch_self()->held = g->outer;
    __atomic_store_n(&g->lock->taken, 0, __ATOMIC_RELEASE);
    arch_irq_restore(g->irq);
}
