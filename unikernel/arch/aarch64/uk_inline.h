/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the ISA port that have to be inline, and the types the kernel embeds. */
#pragma once

#include "arch/aarch64/sysreg.h"
#include "uk_layout.h"

struct thread;

#define ARCH_IPI_IRQ 0U             /* a software-generated interrupt */

/** What a handler saves of the interrupted code. sp is SP_EL0 for threads, the old SP_EL1 for
 * handlers. */
struct trap_frame {
    uint64_t x[31], sp, pc, pstate;
};

/** What a voluntary switch keeps: x19-x30, sp, d8-d15 and FPCR. */
struct arch_context {
    uint64_t x19_x30[12], sp, d8_d15[8], fpcr;
};

/** What preemption keeps besides the trap frame. */
struct arch_fp {
    uint8_t q[32][16] aligned_to(16);
    uint64_t fpcr, fpsr;
};

/** The FP registers, of whoever runs: from and to them. */
void arch_fp_save(struct arch_fp *to);
void arch_fp_load(struct arch_fp *from);

static inline struct thread *arch_self(void)
{
    return (struct thread *)sysreg_read(tpidr_el1);
}

static inline void arch_set_self(struct thread *t)      { sysreg_write(tpidr_el1, (uint64_t)t); }

/** Masks interrupts and tells how they were. */
static inline uint64_t arch_irq_save(void)
{
    uint64_t was = sysreg_read(daif);

    __asm__ volatile("msr daifset, #3" ::: "memory");
    return was;
}

static inline void arch_irq_restore(uint64_t was)       { sysreg_write(daif, was); }
static inline void arch_irq_enable(void) { __asm__ volatile("msr daifclr, #15" ::: "memory"); }
static inline bool arch_irq_is_on(void)                 { return !(sysreg_read(daif) & BIT64(7)); }
static inline void arch_relax(void)                     { __asm__ volatile("yield" ::: "memory"); }
/** One round of waiting for another CPU; so many were before. */
/* Unlike __builtin_frame_address, without a frame */
static inline char *arch_sp(void)
{
    char *sp;

    __asm__("mov %0, sp" : "=r"(sp));
    return sp;
}

static inline void arch_spin(unsigned round)            { arch_relax(); }
static inline void arch_irq_mask(void) { __asm__ volatile("msr daifset, #3" ::: "memory"); }
/** One page of normal memory becomes zeros: by cache lines where the CPU allows it. */
static inline void arch_zero_page(void *page)
{
    uint64_t id = sysreg_read(dczid_el0), step = UINT64_C(4) << (id & 15);

    if (id & 16) {
        for (uint64_t *p = page, *end = p + PAGE_SIZE / 8; p < end; p++) {
            *(volatile uint64_t *)p = 0;
    }
        return;
    }
    for (char *p = page, *end = p + PAGE_SIZE; p < end; p += step) {
        __asm__ volatile("dc zva, %0" :: "r"(p) : "memory");
    }
}

static inline void *arch_linear(uint64_t pa)            { return (void *)(LINEAR_BASE + pa); }
