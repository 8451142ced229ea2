/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/kernel/thread.h"

/* Taking the same lock twice is a case of the wrong order. */
static void check_order(const struct thread *t, const struct spinlock *l)
{
    uint8_t rank = __atomic_load_n(&l->rank, __ATOMIC_RELAXED);

    for (const struct lock_guard *g = t->held; g != NULL; g = g->outer) {
        const struct spinlock *h = g->lock;

        BUG_ON(h == l);
        if (h->rank == LOCK_UNRANKED || rank == LOCK_UNRANKED) continue;
        BUG_ON(h->rank > rank || (h->rank == rank && h > l));
    }
}

void lock_take(struct lock_guard *g, struct spinlock *l)
{
    struct thread *t;

    g->irq = arch_irq_save();
    t = arch_self();
    if (LOCK_CHECKS) check_order(t, l);
    spin_lock(l);
    g->lock = l;
    g->outer = t->held;
    t->held = g;
}

void lock_release(struct lock_guard *g)
{
    arch_self()->held = g->outer;
    spin_unlock(g->lock);
    arch_irq_restore(g->irq);
}
