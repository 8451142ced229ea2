/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's registers. While it is on a core x0..x30 of its last exit lie in the frame on that
 * core's stack and everything else in the hardware; `arch_vcpu_save` gathers them here. */
#pragma once

#include <stdint.h>

struct guest_frame {
    uint64_t x[32]; /* x[31] stands for the zero register: 0 at every exit, written in vain */
};

struct arch_vcpu {
    struct guest_frame frame;
    uint64_t elr, spsr;
    uint64_t serror;                /* HCR_EL2.VSE: a virtual SError it has not taken yet */
    /* EL1 context, in the order switch.c lists it */
    uint64_t sp_el0, sp_el1, elr_el1, spsr_el1, sctlr, ttbr0, ttbr1, tcr, mair, amair, vbar,
        contextidr, cpacr, esr, afsr0, afsr1, far, par, tpidr_el0, tpidrro_el0, tpidr_el1, csselr,
        mdscr, cntkctl, cntv_ctl, cntv_cval, cntvoff;
    uint32_t fpcr, fpsr;
    __attribute__((aligned(16))) uint8_t v[32 * 16];
    /* trapped registers the guest believes in */
    uint64_t actlr, cntp_ctl, cntp_cval;
};

/* In a loop that waits for another core. */
static inline void arch_spin_hint(void)
{
    __asm__ volatile("yield" ::: "memory");
}

struct cpu;

/* The calling CPU's record (core/cpu.h). */
static inline struct cpu *this_cpu(void)
{
    struct cpu *c;

    __asm__("mrs %0, tpidr_el2" : "=r"(c)); /* never changes once set: the compiler may keep it */
    return c;
}
