/* SPDX-License-Identifier: Apache-2.0 */
/* Beside the gate itself: how threads give way. */
#include "unikernel/posix/gate.h"
#include "unikernel/kernel/sched.h"

static __attribute__((noinline)) int end_if_killed(struct thread *self)
{
    if (thread_is_killed(self)) gate_ended();
    return 0;
}

/* At depth 0: with interrupts masked nobody looks at it. */
int sched_yield(void)
{
    struct thread *t;

    gate_touch_stack(YIELD_STACK);
    arch_irq_mask();
    sched_yield_masked(arch_self());
    arch_irq_enable();
    t = arch_self();                /* cheaper than to keep it */
    return unlikely(t->pending != 0) ? end_if_killed(t) : 0;
}
