/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's registers. While it is on a core x0..x30 of its last exit lie in the frame on that
 * core's stack and everything else in the hardware; `arch_vcpu_save` gathers them here. */
#pragma once

#include <stdint.h>

struct guest_frame {
    uint64_t x[32]; /* x[31] stands for the zero register: 0 at every exit, written in vain */
};

struct arch_vcpu {
    /* copied from and to the registers in pairs, by the list in switch.c; first, so that pairs are
     * within reach */
    uint64_t elr, spsr, sp_el0, sp_el1, elr_el1, spsr_el1, sctlr, cpacr, ttbr0, ttbr1, tcr,
        contextidr, mair, amair, vbar, esr, afsr0, afsr1, far, par, tpidr_el0, tpidrro_el0,
        tpidr_el1, csselr, cntkctl, hcr, cntv_cval, cntv_ctl, fpcr, fpsr;
    struct guest_frame frame;
    uint8_t v[32 * 16];
    /* trapped registers the guest believes in */
    uint64_t cntp_ctl, cntp_cval;
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
