/* SPDX-License-Identifier: Apache-2.0 */
/* How a thread wants to be scheduled, changed from outside while it runs, waits or sleeps. */
#include "unikernel/kernel/sched.h"
#include "lib/err.h"

/* c is locked. */
static void set_level(struct cpu *c, struct thread *t)
{
    uint8_t prio = MAX(t->own_prio, t->inherited);

    if (t->prio == prio) return;
    if (!t->queued) {
        t->prio = prio;
        return;
    }
    sched_dequeue(c, t);
    t->prio = prio;
    sched_enqueue(c, t, c->current == t);
    if (sched_highest(c) != c->current) sched_kick(c);
    else sched_share(c);
    sched_set_uneven(c);
}

void thread_inherit(struct thread *t, unsigned prio)
{
    IRQS_OFF_SCOPED();
    struct cpu *c = sched_lock_cpu_of(t);

    t->inherited = (uint8_t)prio;
    set_level(c, t);
    spin_unlock(&c->lock);
}

int thread_set_policy(struct thread *t, enum thread_policy policy, unsigned prio)
{
    bool fits = policy == POLICY_OTHER ? prio == 0 : prio > 0 && prio < PRIO_LEVELS;
    IRQS_OFF_SCOPED();
    struct cpu *c;

    if (!fits || policy > POLICY_RR) return -EINVAL;
    c = sched_lock_cpu_of(t);
    t->policy = (uint8_t)policy;
    t->own_prio = (uint8_t)prio;
    set_level(c, t);
    spin_unlock(&c->lock);
    return 0;
}

int thread_set_affinity(struct thread *t, uint32_t mask)
{
    IRQS_OFF_SCOPED();
    struct cpu *c;

    if (!(mask & cpus_online())) return -EINVAL;
    c = sched_lock_cpu_of(t);
    t->affinity = mask;
    if (c->current == t) {
        if (!(mask & cpu_bit(c))) {
            c->strangers = true;
            sched_kick(c);
        }
    } else if (t->queued) {
        sched_dequeue(c, t);
        sched_place(c, t, 0);
        return 0;
    }
    spin_unlock(&c->lock);
    return 0;
}
