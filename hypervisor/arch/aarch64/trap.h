/* SPDX-License-Identifier: Apache-2.0 */
/* From the vectors to the handlers, and what handlers need of the interrupted guest. */
#pragma once

#include "arch/aarch64/sysreg.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/vcpu.h"

static inline bool cpu_has_ras(void)
{
    return FIELD(sysreg_read(id_aa64pfr0_el1), 31, 28) != 0;
}

#define PA_RANGE_MAX 3u             /* ID_AA64MMFR0_EL1.PARange as we use it: 42 bits */
#define HCR_VSE BIT64(8)            /* HCR_EL2: a virtual SError is pending */

/* entry points of vectors.S; trap_irq is in core/irq.h, exit_loop in core/sched.h */
void trap_sync(struct guest_frame *f);
void trap_serror(struct guest_frame *f);
void noreturn_fn panic_fault(uint64_t kind, struct guest_frame *f);
void noreturn_fn arch_enter_guests(void *stack_top);

/** An SError of this vCPU's making, which it gets back. Its registers are on this CPU. */
void serror_return(struct vcpu *v);
void serror_take(struct vcpu *v);       /* a pending one; tests know it by its address */

/* abort.c */
void trap_data_abort(struct vcpu *v, struct guest_frame *f, uint64_t esr);
void trap_fetch_abort(struct vcpu *v, uint64_t esr);
/* sysregs.c: EC 0x18 */
void trap_sysreg(struct vcpu *v, struct guest_frame *f, uint64_t esr);

/** Go on behind the instruction that trapped; AArch32 has short ones. */
static inline void guest_skip(uint64_t esr)
{
    sysreg_write(elr_el2, sysreg_read(elr_el2) + 2 + ((esr & ESR_IL) >> 24));
}
