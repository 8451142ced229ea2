/* SPDX-License-Identifier: Apache-2.0 */
/* What a CPU has to itself. The first one's is static; the others' are allocated when they start.
 * */
#pragma once

#include "unikernel/kernel/lock.h"
#include "unikernel/kernel/thread.h"
#include "unikernel/kernel/timerq.h"

#define CPUS_MAX 8U

enum cpu_state { CPU_STARTING, CPU_ONLINE, CPU_GIVEN_UP };

/* What another CPU wants of this one (ipi_send). */
#define IPI_RESCHEDULE 1U           /* look at the run queue, see sched.c */
#define IPI_STOP       2U           /* the system has failed: do nothing any more */
#define IPI_TIMER      4U           /* look at the deadlines: one may have come nearer */

struct cpu {
    struct spinlock lock;           /* of all from `current` to `dead`, and of the scheduling part of
                                     * the threads whose cpu this is */
    uint32_t index;
    uint32_t state;                 /* enum cpu_state, moved by compare and exchange */
    uint64_t id;                    /* as the firmware counts (machine.cpu_ids) */
    uint64_t irq_stack_top, panic_stack_top;
    struct thread *idle;

    struct thread *current;
    uint32_t count;                 /* threads in the rings, the running one among them */
    uint64_t levels[2];             /* bit n: ring n is not empty */
    struct thread *front[PRIO_LEVELS];
    struct list leaving;            /* runnable, but no longer allowed here */
    bool strangers;                 /* the same may be true of some in the rings */
    uint32_t uneven;                /* a real-time thread may wait while another CPU does less;
                                     * a word, since not all ISAs exchange bytes */
    struct timerq timers;           /* deadlines of threads that blocked here */
    uint64_t armed;                 /* ticks; when the timer will interrupt */
    uint64_t slice_end;             /* ticks; NEVER while nobody waits for his turn */
    struct thread *slice_of;        /* only compared: it may have ended */
    uint32_t slice_prio;            /* its ring */
    bool resched;                   /* current may not be the right one any more */
    uint64_t counted_at;            /* ticks: until then time is charged (cputime.h); 0: not yet */
    uint64_t app_ticks;             /* ... to threads of the application, those that ended too */
    struct thread *dead;            /* exited, its memory not yet given back */

    bool in_irq;                    /* own use */
    uint32_t irq_rounds;            /* odd while handlers run; see irq_detach */
    uint32_t ipi;                   /* IPI_*, set by anybody */
    uint32_t tlb;                   /* see flush.c; 0 but while it idles */
};

extern struct cpu *cpus[CPUS_MAX];
extern unsigned cpu_count;          /* started so far; their indices are 0 to cpu_count - 1 */

/** The CPU we run on: only with interrupts masked, or where it does not matter. */
static inline struct cpu *cpu_self(void) { return arch_self()->cpu; }

/** cpu 0 becomes usable, with the running thread as its idle thread. */
void cpu_init_first(uint64_t irq_stack_top, uint64_t panic_stack_top);

struct machine;
/** Start the others. One that does not come up is reported and left out. */
void cpus_start(const struct machine *m);

/** First C of another CPU, on the stack of its idle thread. */
noreturn_fn void cpu_main(struct cpu *c);

/** Any context. */
void ipi_send(struct cpu *c, uint32_t why);
void ipi_stop_others(void);

/** From the interrupt ARCH_IPI_IRQ. */
void ipi_handle(void);
