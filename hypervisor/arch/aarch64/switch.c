/* SPDX-License-Identifier: Apache-2.0 */
/* What of a vCPU lives in this CPU's registers, saved and loaded as a whole when another vCPU gets
 * the core. FP is switched eagerly. Exceptions are injected by writing the EL1 registers as the
 * architecture's exception entry would. */
#include "arch/aarch64/sysreg.h"
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/fault.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/vm.h"
#include "lib/str.h"

/* HCR_EL2 (D17.2.48): stage 2 on, interrupts to EL2, SMC, ID registers, set/way, ACTLR,
 * implementation-defined trapped. */
#define HCR_GUEST                                                                              \
    (BIT64(0) | BIT64(1) | BIT64(2) | BIT64(3) | BIT64(4) | BIT64(5) | BIT64(18) | BIT64(19) | \
     BIT64(20) | BIT64(21) | BIT64(22) | BIT64(31) | BIT64(35) | BIT64(36))
#define HCR_TWI   BIT64(13)
#define ISR_A     BIT64(8)

/* Every register that is only copied, once for both directions; in pairs, as memory is accessed.
 * HCR_EL2 has the virtual SError the guest has not taken yet. A timer is compared with its new
 * value before it is enabled. */
#define CONTEXT(X)                                                                            \
    X(elr, elr_el2, spsr, spsr_el2)                                                           \
    X(sp_el0, sp_el0, sp_el1, sp_el1)                                                         \
    X(elr_el1, elr_el1, spsr_el1, spsr_el1)                                                   \
    X(sctlr, sctlr_el1, cpacr, cpacr_el1)                                                     \
    X(ttbr0, ttbr0_el1, ttbr1, ttbr1_el1)                                                     \
    X(tcr, tcr_el1, contextidr, contextidr_el1)                                               \
    X(mair, mair_el1, amair, amair_el1)                                                       \
    X(vbar, vbar_el1, esr, esr_el1)                                                           \
    X(afsr0, afsr0_el1, afsr1, afsr1_el1)                                                     \
    X(far, far_el1, par, par_el1)                                                             \
    X(tpidr_el0, tpidr_el0, tpidrro_el0, tpidrro_el0)                                         \
    X(tpidr_el1, tpidr_el1, csselr, csselr_el1)                                               \
    X(cntkctl, cntkctl_el1, hcr, hcr_el2)                                                     \
    X(cntv_cval, cntv_cval_el0, cntv_ctl, cntv_ctl_el0)                                       \
    X(fpcr, s3_3_c4_c4_0, fpsr, s3_3_c4_c4_1)

/* 16 of the vector registers, or what they carry: 256 bytes. */
#define Q_LOW(op, at)                                                                         \
    op " q0, q1, [" at ", #0]\n" op " q2, q3, [" at ", #32]\n"                                \
    op " q4, q5, [" at ", #64]\n" op " q6, q7, [" at ", #96]\n"                               \
    op " q8, q9, [" at ", #128]\n" op " q10, q11, [" at ", #160]\n"                           \
    op " q12, q13, [" at ", #192]\n" op " q14, q15, [" at ", #224]\n"
#define Q_HIGH(op, at)                                                                        \
    op " q16, q17, [" at ", #256]\n" op " q18, q19, [" at ", #288]\n"                         \
    op " q20, q21, [" at ", #320]\n" op " q22, q23, [" at ", #352]\n"                         \
    op " q24, q25, [" at ", #384]\n" op " q26, q27, [" at ", #416]\n"                         \
    op " q28, q29, [" at ", #448]\n" op " q30, q31, [" at ", #480]\n"

_Static_assert(sizeof(struct guest_frame) == 256, "the frame is copied as 16 vector registers");

static struct guest_frame *core_frame(void)
{
    return (struct guest_frame *)(void *)(this_cpu()->stack_top - sizeof(struct guest_frame));
}

void arch_vcpu_reset(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    memset(a, 0, sizeof(*a));
    a->sctlr = 0x30d00800;              /* RES1 of Armv8.0: MMU and caches off */
    a->spsr = SPSR_EL1H;
    a->hcr = HCR_GUEST;
}

void arch_vcpu_set_entry(struct vcpu *v, uint64_t entry, uint64_t context)
{
    v->arch.elr = entry;
    v->arch.frame.x[0] = context;
}

void arch_vcpu_restart(struct vcpu *v, uint64_t entry, uint64_t context)
{
    uint64_t ctl = v->arch.cntv_ctl, cval = v->arch.cntv_cval;
    uint64_t pctl = v->arch.cntp_ctl, pcval = v->arch.cntp_cval;

    arch_vcpu_reset(v);
    v->arch.cntp_ctl = pctl;
    v->arch.cntp_cval = pcval;
    v->arch.cntv_ctl = ctl;
    v->arch.cntv_cval = cval;
    arch_vcpu_set_entry(v, entry, context);
}

static void s2_load(struct s2_regs r)
{
    sysreg_write(vtcr_el2, r.vtcr);
    sysreg_write(vttbr_el2, r.vttbr);
    isb();
}

/* EL2 keeps SErrors masked. One that is pending when a vCPU leaves is taken here and is that vCPU's:
 * left to itself it would be taken out of the next one. ELR and SPSR are still the guest's. */
known_outside void serror_take(struct vcpu *v)
{
    uint64_t elr = sysreg_read(elr_el2), spsr = sysreg_read(spsr_el2);

    __asm__ volatile("msr daifclr, #4\n isb\n msr daifset, #4" ::: "memory");
    sysreg_write(elr_el2, elr);
    sysreg_write(spsr_el2, spsr);
    serror_return(v);
}

void arch_vcpu_save(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    dsb(sy);            /* what the guest's accesses end in is there ... */
    isb();              /* ... before the register is read */
    if (unlikely(sysreg_read(isr_el1) & ISR_A)) serror_take(v);
#define SAVE(field, reg, field2, reg2)                        \
    {                                                         \
        uint64_t x = sysreg_read(reg), y = sysreg_read(reg2); \
        a->field = x;                                         \
        a->field2 = y;                                        \
    }
    CONTEXT(SAVE)
#undef SAVE
    sysreg_write(cntv_ctl_el0, 0);
    __asm__ volatile(".arch_extension fp\n" Q_LOW("stp", "%0") Q_HIGH("stp", "%0")
                         Q_LOW("ldp", "%1") Q_LOW("stp", "%2") ".arch_extension nofp"
                     :
                     : "r"(a->v), "r"(core_frame()), "r"(&a->frame)
                     : "memory");
    s2_load(s2_empty);
}

/* vCPUs of one VM share a VMID, but a CPU's TLB is its own: what another vCPU left there is not
 * this one's. */
static void forget_sibling(struct vcpu *v)
{
    uint32_t *last = &v->vm->last_vcpu[this_cpu()->id];

    if (*last == v->id + 1) return;
    *last = v->id + 1;
    __asm__ volatile("tlbi vmalle1\n dsb nsh\n ic iallu\n dsb nsh\n isb" ::: "memory");
}

void arch_vcpu_load(struct vcpu *v)
{
    const struct arch_vcpu *a = &v->arch;

#define LOAD(field, reg, field2, reg2)           \
    {                                            \
        uint64_t x = a->field, y = a->field2;    \
        sysreg_write(reg, x);                    \
        sysreg_write(reg2, y);                   \
    }
    CONTEXT(LOAD)
#undef LOAD
    __asm__ volatile(".arch_extension fp\n" Q_LOW("ldp", "%2") Q_LOW("stp", "%1")
                         Q_LOW("ldp", "%0") Q_HIGH("ldp", "%0") ".arch_extension nofp"
                     :
                     : "r"(a->v), "r"(core_frame()), "r"(&a->frame)
                     : "memory");
    sysreg_write(vmpidr_el2, BIT64(31) | v->mpidr);
    s2_load(v->vm->s2.regs);
    if (cpu_has_ras()) sysreg_write(s3_4_c12_c1_1, 0);      /* VDISR_EL2: what the last one's ESB left */
    forget_sibling(v);
}

void arch_vcpu_trap_wfi(bool on)
{
    uint64_t hcr = sysreg_read(hcr_el2);

    sysreg_write(hcr_el2, on ? hcr | HCR_TWI : hcr & ~HCR_TWI);
}

void arch_vtimer_mask(void)
{
    sysreg_write(cntv_ctl_el0, sysreg_read(cntv_ctl_el0) | 2);
    isb();
}

bool arch_vtimer_deadline(const struct vcpu *v, uint64_t *count)
{
    const struct arch_vcpu *a = &v->arch;

    if ((a->cntv_ctl & 3) != 1) return false;       /* disabled or masked */
    *count = a->cntv_cval;
    return true;
}

/* Exception entry to EL1 (D1.3.1): from EL0 or EL1, chosen vector, flags kept, DAIF set. */
static void inject(uint64_t esr)
{
    uint64_t spsr = sysreg_read(spsr_el2), offset;

    if ((spsr & 0x1f) == SPSR_MODE_EL1H) offset = 0x200;
    else if ((spsr & 0x1f) == 4) offset = 0;        /* EL1t */
    else offset = spsr & 0x10 ? 0x600 : 0x400;      /* EL0, AArch32 or AArch64 */
    sysreg_write(spsr_el1, spsr);
    sysreg_write(elr_el1, sysreg_read(elr_el2));
    sysreg_write(esr_el1, esr);
    sysreg_write(elr_el2, sysreg_read(vbar_el1) + offset);
    sysreg_write(spsr_el2, (spsr & MASK64(31, 28)) | SPSR_EL1H);
}

void arch_inject_undefined(struct vcpu *v)
{
    v->exits[SHYPER_EXIT_INJECTED]++;
    log_vm(v->vm, "vcpu %u: instruction at pc %lx trapped, syndrome %lx: undefined", v->id,
           sysreg_read(elr_el2), sysreg_read(esr_el2));
    fault_note(v, SHYPER_FAULT_INSTRUCTION, 0, IPA(0));
    inject(ESR_IL);                                 /* EC 0: unknown reason */
}

void arch_inject_abort(struct vcpu *v, uint64_t address, bool fetch)
{
    uint64_t spsr = sysreg_read(spsr_el2), ec = fetch ? ESR_EC_IABT_LOWER : ESR_EC_DABT_LOWER;

    if ((spsr & 0xf) != 0) ec++;                    /* from EL1: the same-level class */
    sysreg_write(far_el1, address);
    inject(ec << 26 | ESR_IL | ESR_FSC_EXTERNAL);
}

void arch_vcpu_fault(struct vcpu *v, struct shyper_vm_fault *f)
{
    const struct guest_frame *frame = core_frame();

    f->syndrome = sysreg_read(esr_el2);
    f->pc = sysreg_read(elr_el2);
    f->pstate = sysreg_read(spsr_el2);
    f->exception_level = (uint32_t)FIELD(f->pstate, 3, 2);
    f->sp = f->pstate & 1 ? sysreg_read(sp_el1) : sysreg_read(sp_el0);
    memcpy(f->x, frame->x, sizeof(f->x));
    f->ttbr0 = sysreg_read(ttbr0_el1);
    f->ttbr1 = sysreg_read(ttbr1_el1);
    f->tcr = sysreg_read(tcr_el1);
    f->sctlr = sysreg_read(sctlr_el1);
    f->vbar = sysreg_read(vbar_el1);
}
