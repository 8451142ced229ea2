/* SPDX-License-Identifier: Apache-2.0 */
/* Exits from guests, decoded by exception class. What a guest does wrong becomes an exception
 * inside the guest, as the architecture would deliver it; nothing here may panic on a guest's
 * account. */
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/hcall.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/vm.h"

static void trap_wfx(struct vcpu *v, uint64_t esr)
{
    v->exits[SHYPER_EXIT_WFI]++;
    guest_skip(esr);
    if ((esr & 3) == 0) sched_wait(v);      /* WFI; WFE and timed forms only let others run */
    else sched_let_others(v);
}

/* SMC instructions trap before they execute: the return address is the instruction itself. Only the
 * immediate 0 is the calling convention's. */
static void trap_smc(struct vcpu *v, struct guest_frame *f, uint64_t esr)
{
    guest_skip(esr);
    if ((esr & 0xffff) == 0) hcall_slow(v, f->x, (uint32_t)f->x[0]);
    else f->x[0] = (uint64_t)SMCCC_NOT_SUPPORTED;
}

static void trap_other(struct vcpu *v, struct guest_frame *f, uint64_t esr)
{
    switch (ESR_EC(esr)) {
    case ESR_EC_WFX:
        trap_wfx(v, esr);
        break;
    case ESR_EC_SMC64:
        trap_smc(v, f, esr);
        break;
    case ESR_EC_HVC64: /* with another immediate than 0 */
        f->x[0] = (uint64_t)SMCCC_NOT_SUPPORTED;
        break;
    case ESR_EC_SYSREG:
        v->exits[SHYPER_EXIT_SYSREG]++;
        trap_sysreg(v, f, esr);
        break;
    case ESR_EC_IABT_LOWER:
        v->exits[SHYPER_EXIT_MEMORY]++;
        trap_fetch_abort(v, esr);
        break;
    default:
        /* Trapped or unknown: not part of the CPU this guest has (SVE, SME, AArch32 coprocessors,
         * ...). */
        v->exits[SHYPER_EXIT_OTHER]++;
        arch_inject_undefined(v);
    }
}

void trap_sync(struct guest_frame *f)
{
    struct cpu *c = this_cpu();
    struct vcpu *v = c->vcpu;
    uint64_t esr = sysreg_read(esr_el2);

    if (unlikely(c->trace_mask != 0))
        trace_record(c, SHYPER_TRACE_EXIT_SYNC, esr, sysreg_read(elr_el2));
    if (likely((uint32_t)esr == (ESR_EC_HVC64 << 26 | ESR_IL))) {
        hcall_dispatch(v, f->x);
    } else if (ESR_EC(esr) == ESR_EC_DABT_LOWER) {
        trap_data_abort(v, f, esr);
    } else {
        trap_other(v, f, esr);
    }
    if (unlikely(c->work != 0)) exit_loop(f);
}

void serror_return(struct vcpu *v)
{
    v->exits[SHYPER_EXIT_OTHER]++;
    log_vm(v->vm, "vcpu %u: SError, syndrome %lx", v->id, sysreg_read(esr_el2));
    sysreg_write(hcr_el2, sysreg_read(hcr_el2) | HCR_VSE);
}

/* From an access the guest was allowed to make. */
void trap_serror(struct guest_frame *f)
{
    struct cpu *c = this_cpu();

    serror_return(c->vcpu);
    if (unlikely(c->work != 0)) exit_loop(f);
}
