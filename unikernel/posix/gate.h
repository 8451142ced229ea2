/* SPDX-License-Identifier: Apache-2.0 */
/* The only way from the application into the kernel. */
#pragma once

#include "unikernel/kernel/thread.h"

/**
 * What musl's headers call instead of a system call instruction. Never sets errno; errors are
 * negative as Linux's. At least one page below the caller's stack pointer is backed when the call
 * is entered.
 */
long __uk_syscall(long n, long a, long b, long c, long d, long e, long f);

/** sched_yield without the table of calls: programs do it in loops. */
int __uk_yield(void);

#define GATE_STACK 4096U            /* what a call may use of the caller's stack */

/** The page below the stack pointer is touched at depth 0, where a fault is still served or
 * reported as an overflow. */
static inline void gate_touch_stack(void)
{
    (void)*((volatile char *)__builtin_frame_address(0) - GATE_STACK);
}

static inline void gate_enter(void)
{
    gate_touch_stack();
    arch_self()->depth++;
}

void gate_pending(struct thread *self);

/** Down one level; what is pending for the thread happens at depth 0. */
static inline void gate_leave(void)
{
    struct thread *t = arch_self();

    if (--t->depth == 0 && unlikely(t->pending != 0)) gate_pending(t);
}
