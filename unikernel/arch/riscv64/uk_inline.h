/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the ISA port that have to be inline, and the types the kernel embeds. */
#pragma once

#include "arch/riscv64/csr.h"
#include "uk_layout.h"

struct thread;

/* Interrupts a hart has to itself follow those of the controller outside, by their cause. */
#define IRQ_LOCAL    0x1000U
#define ARCH_IPI_IRQ (IRQ_LOCAL + IRQ_SOFT)

/** What a handler saves of the interrupted code: x1 to x31 at their number, pc in place of x0. */
struct trap_frame {
    uint64_t pc, ra, sp, gp, tp, t0_t2[3], s0, s1, a[8], s2_s11[10], t3_t6[4], status;
} aligned_to(16);

/** What a voluntary switch keeps; fs0 to fcsr only when kept_fp. trap_sp is for the vectors. */
struct arch_context {
    uint64_t ra, sp, s0_s11[12], fs0_fs11[12], fcsr;
    uint64_t trap_sp;
};

/** What preemption keeps besides the trap frame, when the thread has used it (status). */
struct arch_fp {
    uint64_t f[32], fcsr;
};

/** The FP registers and t->fp, the one from the other. */
void arch_fp_save(struct thread *t);
void arch_fp_load(struct thread *t);

static inline struct thread *arch_self(void)            { return (struct thread *)csr_read(sscratch); }
static inline void arch_set_self(struct thread *t)      { csr_write(sscratch, t); }

/** Masks interrupts and tells how they were. */
static inline uint64_t arch_irq_save(void)
{
    uint64_t was;

    __asm__ volatile("csrrci %0, sstatus, 2" : "=r"(was) :: "memory");
    return was & SSTATUS_SIE;
}

static inline void arch_irq_restore(uint64_t was)       { csr_set(sstatus, was); }
static inline void arch_irq_mask(void)                  { csr_clear(sstatus, SSTATUS_SIE); }
static inline void arch_irq_enable(void)                { csr_set(sstatus, SSTATUS_SIE); }
static inline bool arch_irq_is_on(void)                 { return csr_read(sstatus) & SSTATUS_SIE; }
static inline void arch_relax(void)
{
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");     /* pause, a hint */
}

static inline void arch_zero_page(void *page)
{
    for (uint64_t *p = page, *end = p + PAGE_SIZE / 8; p < end; p += 8) {
        p[0] = p[1] = p[2] = p[3] = p[4] = p[5] = p[6] = p[7] = 0;
    }
}

/** One round of waiting for another CPU; so many were before. QEMU may run the harts in turns of
 * 100 ms, which `pause` does not end: a lock would change hands ten times a second. wfi ends them;
 * the hart's own software interrupt, then for no reason, keeps it from waiting. */
/* Unlike __builtin_frame_address, without a frame */
static inline char *arch_sp(void)
{
    char *sp;

    __asm__("mv %0, sp" : "=r"(sp));
    return sp;
}

static inline void arch_spin(unsigned round)
{
    uint64_t was;

    arch_relax();
    if (round < 100) return;
    was = arch_irq_save();
    csr_set(sie, BIT64(IRQ_SOFT));
    csr_set(sip, BIT64(IRQ_SOFT));
    __asm__ volatile("wfi" ::: "memory");
    arch_irq_restore(was);
}

static inline void *arch_linear(uint64_t pa)            { return (void *)(LINEAR_BASE + pa); }
