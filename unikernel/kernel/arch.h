/* SPDX-License-Identifier: Apache-2.0 */
/* Everything an ISA port owes the kernel, beside the inline parts and types in its uk_inline.h.
 * There are no defaults: forget one and the link fails.
 *
 * Inline are arch_self, arch_irq_* (on, off, as it was), arch_linear, arch_zero_page, arch_relax
 * for loops that wait, and arch_spin for those that wait for another CPU, interrupts masked or not:
 * it lets the other run, and where flush.h is used, serves it. ARCH_IPI_IRQ is the interrupt by
 * which CPUs call each other. */
#pragma once

#include "lib/compiler.h"
#include "uk_inline.h"

struct cpu;
struct irqchip;
struct machine;
struct spinlock;
struct thread;

/* ---- the machine */

/** What firmware said. What is merely missing is left zero; *problem says in words why the machine
 * cannot be used. */
int arch_machine_read(struct machine *m, const char **problem) must_check;

/** The interrupt controller, everything off. *problem as above, also when there is no timer. */
int arch_irq_init(const struct machine *m, const struct irqchip **out,
                  const char **problem) must_check;

/** Seconds since 1970; 0: nobody knows. */
uint64_t arch_rtc_seconds(const struct machine *m);

/* ---- memory */

/* Page tables: uk_pte.h has the format of an entry, the roots (arch_root) and what makes changes
 * seen (arch_table_ready, arch_entries_ready, arch_tlb_flush); uk_layout.h has the addresses. */

/* ---- threads; interrupts are masked in all of these */

/** Make t start in fn(arg) on the stack that ends at top, with interrupts masked. */
void arch_thread_prepare(struct thread *t, void *top, void (*fn)(void *arg), void *arg);

/* The lock of the CPU is held. It is released, which is adding 1 to its first half-word with
 * release semantics, once prev's state is where another CPU may take it from. */

/** From thread to thread: returns when somebody switches back to prev. */
void arch_switch(struct thread *prev, struct thread *next, struct spinlock *lock);

/** From a handler: the state of prev is in prev->frame; goes on in next. */
noreturn_fn void arch_preempt(struct thread *prev, struct thread *next, struct spinlock *lock);

/** From a thread that will never run again, on the handlers' stack. */
noreturn_fn void arch_abandon(struct thread *next, struct spinlock *lock);

/** Run fn(arg) on the handlers' stack, so that the thread's own stack may go away. */
noreturn_fn void arch_on_handler_stack(void (*fn)(void *arg), void *arg);

/** Wait for an interrupt, which is pending but not taken on return. */
void arch_wait(void);

/* ---- time */

uint64_t arch_ticks(void);
uint64_t arch_ticks_per_second(void);

/** One interrupt when arch_ticks() reaches `at`; UINT64_MAX: none. Replaces the one before. */
void arch_timer_set(uint64_t at);

/* ---- several CPUs */

/** The CPU we run on, as struct machine counts. */
uint64_t arch_cpu_id(void);

/**
 * Make c->id run cpu_main(c) with final translation tables, on the stack of c->idle, which is its
 * arch_self, and handlers on c->irq_stack_top and c->panic_stack_top.
 * @return 0, or what the firmware says (negative)
 */
int arch_cpu_start(struct cpu *c) must_check;

/* ---- the world outside */

/** Hypervisor by its calling convention, once the conduit is known. */
void arch_hypervisor_detect(const struct machine *m);

/** Power off, handing `status` to whoever started the machine if there is a way. */
noreturn_fn void arch_exit(int status);
noreturn_fn void arch_reset(void);

/** From a frame, by its frame pointer (0: none), to the one outside of it. *ret: where its return address
 * is kept. False at the end. */
bool arch_frame_up(uint64_t *fp, uint64_t **ret);
