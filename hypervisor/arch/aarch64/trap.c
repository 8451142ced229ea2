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
    guest_skip();
    if ((esr & 3) == 0) sched_wait(v);      /* WFI; WFE and timed forms only let others run */
    else sched_let_others(v);
}

/* SMC instructions trap before they execute: the return address is the instruction itself. */
static void trap_smc(struct vcpu *v, struct guest_frame *f)
{
    guest_skip();
    hcall_slow(v, f->x, (uint32_t)f->x[0]);
}

static void trap_other(struct vcpu *v, struct guest_frame *f, uint64_t esr)
{
    switch (ESR_EC(esr)) {
    case ESR_EC_WFX:
        trap_wfx(v, esr);
        break;
    case ESR_EC_SMC64:
        trap_smc(v, f);
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

    if (unlikely(c->trace_mask != 0)) trace_exit_sync(c, esr, sysreg_read(elr_el2));
    if (likely(ESR_EC(esr) == ESR_EC_HVC64)) {
        hcall_dispatch(v, f->x);
    } else if (ESR_EC(esr) == ESR_EC_DABT_LOWER) {
        trap_data_abort(v, f, esr);
    } else {
        trap_other(v, f, esr);
    }
    if (unlikely(c->work != 0)) exit_loop(f);
}

/* An SError of the guest's own making (an access it was allowed to make) is its own: it gets it
 * back. */
void trap_serror(struct guest_frame *f)
{
    struct cpu *c = this_cpu();

    c->vcpu->exits[SHYPER_EXIT_OTHER]++;
    log_vm(c->vcpu->vm, "vcpu %u: SError, syndrome %lx", c->vcpu->id, sysreg_read(esr_el2));
    sysreg_write(hcr_el2, sysreg_read(hcr_el2) | BIT64(8));     /* VSE: pend a virtual SError */
    if (unlikely(c->work != 0)) exit_loop(f);
}
