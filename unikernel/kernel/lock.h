/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel locks. The only way to take one is LOCK_SCOPED: interrupts are masked, the lock is entered
 * in the thread's held list, and the end of the scope undoes both, whatever way it is left. The
 * held list is what a fault report and a forced thread end look at.
 *
 * Order, outermost first: space -> pages; futex bucket -> scheduler; timers -> scheduler;
 * threads -> scheduler; console -> scheduler. Nobody blocks while holding one. */
#pragma once

#include "lib/compiler.h"
#include "uk_inline.h"

struct spinlock {
    uint32_t taken;
};

struct lock_guard {
    struct spinlock *lock;
    struct lock_guard *outer;       /* held list of the thread, innermost first */
    uint64_t irq;
};

void lock_take(struct lock_guard *g, struct spinlock *l);
void lock_release(struct lock_guard *g);

#define LOCK_SCOPED(l)                                                                             \
    struct lock_guard held_lock_ __attribute__((cleanup(lock_release)));                           \
    lock_take(&held_lock_, (l))

/** Interrupts masked until the end of the scope. */
struct irq_guard {
    uint64_t was;
};

static inline void irq_guard_end(struct irq_guard *g) { arch_irq_restore(g->was); }

#define IRQS_OFF_SCOPED()                                                                          \
    struct irq_guard irqs_off_ __attribute__((cleanup(irq_guard_end), unused)) = { arch_irq_save() }
