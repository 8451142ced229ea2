/* SPDX-License-Identifier: Apache-2.0 */
/* The scheduler as the files of this folder see it. */
#pragma once

#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/cputime.h"
#include "unikernel/kernel/thread.h"

/** HELD -> READY; false in any other state. */
bool sched_start(struct thread *t, bool front);

/** The calling thread, on the handlers' stack, is over. */
noreturn_fn void sched_end(void);

/** If t waits until a moment of the wall clock, that has come nearer or moved away. */
void sched_wall_clock_set(struct thread *t);

/** What IPI_RESCHEDULE asks for, beside what sched_irq_exit does. */
void sched_ipi(void);

/* ---- between the scheduler's own files; c->lock is held in all of these */

/** Lock the CPU t belongs to, which may change until then. Interrupts are masked. */
struct cpu *sched_lock_cpu_of(struct thread *t);

void sched_enqueue(struct cpu *c, struct thread *t, bool front);
void sched_dequeue(struct cpu *c, struct thread *t);

/** Who should run: its idle thread when nobody else can. */
struct thread *sched_highest(const struct cpu *c);

/** current may not be the right one any more. */
void sched_kick(struct cpu *c);

/** Several share the level that runs: their turns end. */
void sched_take_turns(struct cpu *c);

#define PLACE_FRONT 1U              /* its turn comes next */
#define PLACE_NEW   2U              /* it has not run yet: any CPU is as good */

/**
 * Put t, which is READY and in no ring, into the ring of a CPU where it may run: preferably one
 * that idles, else c. Releases c->lock.
 */
void sched_place(struct cpu *c, struct thread *t, unsigned how);

/** As above, but a given CPU, if t may run there. */
void sched_move(struct cpu *c, struct thread *t, struct cpu *to);

/** A thread waits on c that may run on the CPUs in mask: one of them may have found nothing to do.
 * */
void sched_offer(const struct cpu *c, uint32_t mask);

/** A thread that waits on c and may not run there. */
struct thread *sched_stranger(struct cpu *c);

/** A turn has ended: is there a CPU with much less to do than c? Releases c->lock. */
void sched_balance(struct cpu *c);

/* ---- no lock held, interrupts masked */

/** Move a real-time thread that waits, here or for us, to where it runs at once. False: none. */
bool sched_even_out(struct cpu *c);

void sched_idle_begin(struct cpu *c);
void sched_idle_end(struct cpu *c);

/** Take a thread from another CPU. */
bool sched_steal(struct cpu *c);

static inline uint32_t cpu_bit(const struct cpu *c) { return UINT32_C(1) << c->index; }

/** Threads in its rings; without its lock a guess. */
static inline uint32_t sched_count(const struct cpu *c)
{
    return __atomic_load_n(&c->count, __ATOMIC_RELAXED);
}

static inline uint32_t cpus_online(void) { return (UINT32_C(1) << cpu_count) - 1; }

/** Real-time threads of c, or what c does now, have changed: see sched_even_out. */
static inline void sched_set_uneven(struct cpu *c)
{
    if (cpu_count == 1) return;
    __atomic_store_n(&c->uneven, true, __ATOMIC_RELAXED);
    ipi_send(c, IPI_RESCHEDULE);
}

static inline struct thread *sched_next_in_ring(const struct thread *t)
{
    return list_item(t->run.next, struct thread, run);
}

static inline void sched_share(struct cpu *c)
{
    if (unlikely(sched_next_in_ring(c->current) != c->current)) sched_take_turns(c);
}

/** thread_yield with interrupts masked: short, because programs call it in loops. counted: what t has
 * run is charged to it (cputime.h). */
static inline void sched_yield_masked(struct thread *t, bool counted)
{
    struct cpu *c = t->cpu;
    struct thread *next;

    spin_lock(&c->lock);
    next = sched_next_in_ring(t);
    if (unlikely(next == t)) {
        spin_unlock(&c->lock);
        return;
    }
    if (counted) cputime_charge(c);
    *t->ring = next;
    c->current = next;
    arch_switch(t, next, &c->lock);
}
