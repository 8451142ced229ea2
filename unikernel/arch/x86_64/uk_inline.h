/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the ISA port that have to be inline, and the types the kernel embeds. */
#pragma once

#include "lib/compiler.h"
#include "uk_layout.h"
#include "unikernel/kernel/flush.h"

struct thread;

#define ARCH_IPI_IRQ 0xe1U

/** What a vector saves of the interrupted code; the CPU pushes pc to ss. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t pc, cs, flags, sp, ss;
};

/** What a voluntary switch keeps: the callee-saved registers and the FP control words. */
struct arch_context {
    uint64_t rbx, rbp, r12, r13, r14, r15, sp, pc;
    uint32_t mxcsr, x87;
};

/** What preemption keeps besides the trap frame: XSAVE's area for x87, SSE and AVX. */
struct arch_fp {
    uint8_t area[832] aligned_to(64);
};

/** A CPU's own; GS points at it for good. */
struct arch_cpu {
    struct thread *self;
    uint64_t *ist1;                 /* in the TSS: the stack of the next exception */
    uint64_t handler_top, panic_top;
};

static inline struct thread *arch_self(void)
{
    struct thread *t;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(t));
    return t;
}

static inline void arch_set_self(struct thread *t)
{
    __asm__ volatile("mov %0, %%gs:0" :: "r"(t) : "memory");
}

/** Masks interrupts and tells how they were. */
static inline uint64_t arch_irq_save(void)
{
    uint64_t was;

    __asm__ volatile("pushfq; popq %0; cli" : "=r"(was) :: "memory");
    return was;
}

static inline void arch_irq_restore(uint64_t was)
{
    __asm__ volatile("pushq %0; popfq" :: "r"(was) : "memory", "cc");
}
static inline void arch_irq_enable(void) { __asm__ volatile("sti" ::: "memory"); }
static inline bool arch_irq_is_on(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    return flags & BIT64(9);
}
static inline void arch_irq_mask(void)                  { __asm__ volatile("cli" ::: "memory"); }
static inline void arch_relax(void)                     { __asm__ volatile("pause" ::: "memory"); }
/** One round of waiting for another CPU; so many were before. */
/* Unlike __builtin_frame_address, without a frame */
static inline char *arch_sp(void)
{
    char *sp;

    __asm__("mov %%rsp, %0" : "=r"(sp));
    return sp;
}

static inline void arch_spin(unsigned round)
{
    arch_relax();
    flush_serve();
}

static inline void arch_zero_page(void *page)
{
    uint64_t n = PAGE_SIZE / 8;

    __asm__ volatile("rep stosq" : "+D"(page), "+c"(n) : "a"(0) : "memory");
}

static inline void *arch_linear(uint64_t pa)            { return (void *)(LINEAR_BASE + pa); }
