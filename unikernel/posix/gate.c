/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/posix/gate.h"
#include "unikernel/kernel/die.h"
#include "unikernel/kernel/sched.h"
#include "unikernel/kernel/system.h"
#include "unikernel/posix/syscalls.h"
#include "lib/err.h"

#define KILLED_STATUS 137

long __uk_syscall(long n, long a, long b, long c, long d, long e, long f)
{
    syscall_fn *fn;
    long result;

    gate_enter();
    fn = syscall_find(n);
    result = fn != NULL ? fn(a, b, c, d, e, f) : -ENOSYS;
    gate_leave();
    return result;
}

/* At depth 0: with interrupts masked nobody looks at it. */
int __uk_yield(void)
{
    struct thread *t = arch_self();

    gate_touch_stack();
    arch_irq_mask();
    sched_yield_masked(t);
    arch_irq_enable();
    if (unlikely(t->pending != 0)) gate_pending(t);
    return 0;
}

void gate_pending(struct thread *self)
{
    if (self->dying || !(self->pending & PENDING_KILL)) return;
    self->dying = true;
    self->pending &= ~PENDING_KILL;
    thread_die((void *)KILLED_STATUS);
}

/* There only when the application uses threads. */
__attribute__((weak, noreturn)) void pthread_exit(void *result);

void thread_die(void *status)
{
    struct thread *t = arch_self();

    t->pending &= ~PENDING_KILL;
    if (t->role == ROLE_MAIN || pthread_exit == NULL) {
        t->depth++;
        if (t->role == ROLE_MAIN) system_exit_group((int)(intptr_t)status);
        thread_exit();
    }
    pthread_exit((void *)-1);       /* PTHREAD_CANCELED */
}
