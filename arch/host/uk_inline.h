/* SPDX-License-Identifier: Apache-2.0 */
/* The unikernel's ISA port on the host, for unit tests: interrupts are a flag, physical memory is an
 * array. Threads of the host may be threads of the kernel. */
#pragma once

#include "lib/compiler.h"

#define ARCH_IPI_IRQ 0U

struct thread;

struct trap_frame {
    uint64_t pc, sp;
};

struct arch_context {
    uint64_t unused;
};

struct arch_fp {
    uint64_t unused;
};

extern _Thread_local struct thread *host_self;
extern _Thread_local uint64_t host_irq_flag;
void host_irqs_on(void);            /* they have been unmasked: a test may take some */
void host_spin(void);               /* a test lets other CPUs go on; waiting for ever is a failure */
extern char *host_memory;           /* where physical address 0 lies */

static inline struct thread *arch_self(void)            { return host_self; }
static inline void arch_set_self(struct thread *t)      { host_self = t; }
static inline uint64_t arch_irq_save(void)
{
    uint64_t was = host_irq_flag;

    host_irq_flag = 0;
    return was;
}
static inline void arch_irq_enable(void)
{
    host_irq_flag = 1;
    host_irqs_on();
}
static inline void arch_irq_restore(uint64_t was)
{
    if (was) arch_irq_enable();
    else host_irq_flag = 0;
}
static inline bool arch_irq_is_on(void)                 { return host_irq_flag != 0; }
static inline void arch_relax(void)                     { }
static inline void arch_spin(unsigned round)            { host_spin(); }
static inline void arch_irq_mask(void)                  { host_irq_flag = 0; }
static inline void arch_zero_page(void *page)           { __builtin_memset(page, 0, 4096); }
static inline void *arch_linear(uint64_t pa)            { return host_memory + pa; }

/* For drivers of AArch64's interrupt controllers: a test has the registers. */
uint64_t *host_sysreg(const char *name);
#define sysreg_read(name)         (*host_sysreg(#name))
#define sysreg_write(name, value) ((void)(*host_sysreg(#name) = (value)))
#define dsb(scope)                __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define isb()                     __atomic_signal_fence(__ATOMIC_SEQ_CST)
