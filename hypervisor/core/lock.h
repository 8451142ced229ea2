/* SPDX-License-Identifier: Apache-2.0 */
/* Spinlocks. Lock order, outermost first; two of a kind, lower id first:
 *
 *     vm list -> vm -> stage 2 -> console input -> device -> vgic -> run queue -> console
 *             -> page pool -> log -> UART
 *
 * The vGIC's locks are one per vCPU, and nobody holds two of them (devices/vgic_internal.h).
 *
 * A device moves its interrupt line and wakes a vCPU under its own lock, so its line never lags its
 * registers.
 *
 * EL2 runs with interrupts masked, so a lock is never wanted by an interrupt handler of the core
 * that holds it. Nobody waits for another core while holding one. Ticket locks: first come, first
 * served, so no core starves. */
#pragma once

#include "arch_vcpu.h"
#include "lib/compiler.h"

struct spinlock {
    uint32_t next, owner;
};

static inline void spin_lock(struct spinlock *l)
{
    uint32_t mine = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

    while (unlikely(__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != mine)) arch_spin_hint();
}

static inline void spin_unlock(struct spinlock *l)
{
    /* Release pairs with the acquire load in spin_lock of the next ticket. */
    __atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

static inline void spin_guard_drop(struct spinlock **l)
{
    spin_unlock(*l);
}

#define SPIN_GUARD_NAME2(line) spin_guard_##line
#define SPIN_GUARD_NAME(line)  SPIN_GUARD_NAME2(line)
/** Hold the lock to the end of the enclosing block. */
#define spin_guard(l)                                                                              \
    struct spinlock *SPIN_GUARD_NAME(__LINE__) __attribute__((cleanup(spin_guard_drop), unused)) = \
        (l);                                                                                       \
    spin_lock(SPIN_GUARD_NAME(__LINE__))
