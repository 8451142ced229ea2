/* SPDX-License-Identifier: Apache-2.0 */
/* The only way from the application into the kernel. */
#pragma once

#include "unikernel/kernel/sched.h"

/**
 * In assembly (gate.S): arguments where functions have them, the number where a system call
 * instruction of this ISA takes it. Saves and changes what a function does. The result is negative
 * for errors, as Linux's. But for the pure calls, at least one page below the caller's stack pointer
 * is backed when the call is entered.
 *
 * musl calls __uk_syscall0 to 6 (posix/syscall_arch.h), which put the number there.
 */
void __uk_syscall(void);

/** POSIX's, without the table of calls: programs do it in loops. */
int sched_yield(void);

/* What a call, and giving way, may use of the caller's stack. */
#define GATE_STACK  4096U
#define YIELD_STACK 256U

/** The stack is touched at depth 0, where a fault is still served or reported as an overflow. */
static inline void gate_touch_stack(unsigned bytes)
{
    (void)*((volatile char *)__builtin_frame_address(0) - bytes);
}

/* Something is pending after giving way. @return 0 */
int gate_yield_pending(struct thread *self);

/* sched_yield, at depth 0: with interrupts masked nobody looks at it. counted: the time until then is */
static inline int gate_yield(bool counted)
{
    struct thread *t;

    gate_touch_stack(YIELD_STACK);
    arch_irq_mask();
    sched_yield_masked(arch_self(), counted);
    arch_irq_enable();
    t = arch_self();                /* cheaper than to keep it */
    return unlikely(t->pending != 0) ? gate_yield_pending(t) : 0;
}

static inline void gate_enter(void)
{
    gate_touch_stack(GATE_STACK);
    arch_self()->depth++;
}

/** What the gate has on the caller's stack during a call, in front of what is the caller's. */
struct gate_call {
    uint64_t arg[6], number;
    int64_t result;                 /* only when something is pending as the gate is left */
    uint64_t fp, ret;               /* of the caller */
};

/* For gate.S: something is pending as the gate is left: are there signals to take? Where a killed thread
 * returns to, which is gate_ended with the stack as functions expect it. */
bool gate_pending(void);
void gate_end(void);
void gate_ended(void);

/** As if a call had returned 0, and there are signals; for who is about to return to the application. */
int gate_take_signals(void);

/* Instructions that trap (signal_trapped): the gate is left, the stack pointer at its struct gate_call,
 * and there are signals; the thread was preempted, and there are signals; a handler returns. */
extern char gate_signals[], gate_resumed[], signal_return[];

/* From __uk_syscall up to here nothing has happened yet. */
extern char gate_touched[];

/** In a call in which libc holds nothing, cut short: here a thread that was killed ends, unless others
 * depend on its going on. */
void gate_wait_ended(void);

static inline void gate_leave(void) { arch_self()->depth--; }
