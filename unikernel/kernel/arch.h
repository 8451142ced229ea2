/* SPDX-License-Identifier: Apache-2.0 */
/* Everything an ISA port owes the kernel, beside the inline parts and types in its uk_inline.h.
 * There are no defaults: forget one and the link fails. */
#pragma once

#include "lib/compiler.h"
#include "uk_inline.h"

struct machine;
struct thread;
struct region;

/* ---- memory */

/** Linear map of the machine's RAM, minus what must stay unmapped; the boot identity goes. */
int arch_mmu_init(const struct machine *m) must_check;

/** The image itself, and what follows it for early tables: [base, end) physical. */
void arch_image_range(uint64_t *base, uint64_t *end);

/** Registers of a device, mapped. NULL when the window is full. */
volatile void *arch_io_map(const struct region *r);

/** The symbol table behind the image (kernel/symbols.c); *len is 0 when there is none. */
const void *arch_symbols(uint64_t *len);

/** A stack of `pages` pages with an unmapped page below it. Returns its top, NULL without memory.
 */
void *arch_kstack_alloc(unsigned pages);
void arch_kstack_free(void *top);

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
