/* SPDX-License-Identifier: Apache-2.0 */
/* Everything an ISA port owes the kernel, beside the inline parts and types in its uk_inline.h.
 * There are no defaults: forget one and the link fails. */
#pragma once

#include "lib/compiler.h"
#include "uk_inline.h"

struct irqchip;
struct machine;
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

/** From thread to thread: returns when somebody switches back to prev. */
void arch_switch(struct thread *prev, struct thread *next);

/** From a handler: the state of prev is in prev->frame; goes on in next. */
noreturn_fn void arch_preempt(struct thread *prev, struct thread *next);

/** From a thread that will never run again. */
noreturn_fn void arch_abandon(struct thread *next);

/** Run fn(arg) on the handlers' stack, so that the thread's own stack may go away. */
noreturn_fn void arch_on_handler_stack(void (*fn)(void *arg), void *arg);

/** t has a kill pending: if it was preempted in the application (depth 0), let it continue in
 * thread_die instead. */
void arch_thread_divert(struct thread *t);

/** Wait for an interrupt, which is pending but not taken on return. */
void arch_wait(void);

/* ---- time */

uint64_t arch_ticks(void);
uint64_t arch_ticks_per_second(void);

/** One interrupt when arch_ticks() reaches `at`; UINT64_MAX: none. Replaces the one before. */
void arch_timer_set(uint64_t at);

/* ---- the world outside */

/** Hypervisor by its calling convention, once the conduit is known. */
void arch_hypervisor_detect(const struct machine *m);

/** Power off, handing `status` to whoever started the machine if there is a way. */
noreturn_fn void arch_exit(int status);
noreturn_fn void arch_reset(void);

/** What a debugger would show: return addresses outwards from a frame record; 0 ends. */
unsigned arch_backtrace(uint64_t fp, uint64_t *out, unsigned max);
