/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel locks: ticket locks, served in the order of asking. Nobody blocks while holding one.
 *
 * The only way to take one is LOCK_SCOPED: interrupts are masked, the lock is entered in the
 * thread's held list, and the end of the scope undoes both, whatever way it is left. The held list
 * is what a fault report and a forced thread end look at. (The scheduler, which passes the lock of
 * its CPU from thread to thread, uses spin_lock and spin_unlock itself.)
 *
 * The order is that of enum lock_rank, outermost first; two of one rank by address, lower first.
 * `make DEBUG=1` checks it. A lock of a CPU is innermost of all. */
#pragma once

#include "lib/compiler.h"
#include "unikernel/kernel/arch.h"

enum lock_rank {
    LOCK_UNRANKED,                  /* not checked */
    LOCK_ALARM,                     /* of all alarms: held while they ring */
    LOCK_THREADS,                   /* list of all threads, priority inheritance */
    LOCK_SIGNALS,                   /* what is sent, and what it does */
    LOCK_FUTEX,
    LOCK_BRK,
    LOCK_SPACE,
    LOCK_MAPPED,                    /* which files are mapped where */
    LOCK_CONTENT,                   /* pages of a file */
    LOCK_MMU,
    LOCK_IRQ,
    LOCK_LINE,                      /* what is typed for read(0) */
    LOCK_WORK,
    LOCK_FILES,                     /* descriptors, working directory */
    LOCK_POOL,
    LOCK_PAGES_CPU,                 /* two of them never together */
    LOCK_PAGES,
    LOCK_CONSOLE,                   /* input */
    LOCK_OUTPUT,
    LOCK_WAITQ,                     /* of all wait queues */
};

struct spinlock {
    union {
        struct {
            uint16_t serving, next; /* little endian: next is the upper half of word */
        };
        uint32_t word;
    };
    uint8_t rank;
};

#define SPINLOCK(of_rank) { .rank = (of_rank) }

/* In place: for the ways taken most often. */
static inline __attribute__((always_inline)) void spin_lock_here(struct spinlock *l)
{
    /* Acquire: what the holder before wrote until its spin_unlock is seen after this. */
    uint32_t was = __atomic_fetch_add(&l->word, UINT32_C(1) << 16, __ATOMIC_ACQUIRE);
    unsigned rounds = 0;

    if (likely((uint16_t)(was ^ was >> 16) == 0)) return;
    while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != was >> 16) arch_spin(rounds++);
}

static inline void spin_lock(struct spinlock *l) { spin_lock_here(l); }

static inline __attribute__((always_inline)) void spin_unlock(struct spinlock *l)
{
    uint16_t now = __atomic_load_n(&l->serving, __ATOMIC_RELAXED);

    __atomic_store_n(&l->serving, (uint16_t)(now + 1), __ATOMIC_RELEASE);
}

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
