/* SPDX-License-Identifier: Apache-2.0 */
/* What of a vCPU lives in this CPU's registers, saved and loaded as a whole when another vCPU gets
 * the core. FP is switched eagerly. Exceptions are injected by writing the EL1 registers as the
 * architecture's exception entry would. */
#include "arch/aarch64/sysreg.h"
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
#define HCR_VSE   BIT64(8)

/* Every register that is only copied, once for both directions. */
#define EL1_CONTEXT(X)                                                                            \
    X(sp_el0, sp_el0)                                                                             \
    X(sp_el1, sp_el1) X(elr_el1, elr_el1) X(spsr_el1, spsr_el1) X(sctlr, sctlr_el1)               \
        X(ttbr0, ttbr0_el1) X(ttbr1, ttbr1_el1) X(tcr, tcr_el1) X(mair, mair_el1)                 \
            X(amair, amair_el1) X(vbar, vbar_el1) X(contextidr, contextidr_el1)                   \
                X(cpacr, cpacr_el1) X(esr, esr_el1) X(afsr0, afsr0_el1) X(afsr1, afsr1_el1)       \
                    X(far, far_el1) X(par, par_el1) X(tpidr_el0, tpidr_el0)                       \
                        X(tpidrro_el0, tpidrro_el0) X(tpidr_el1, tpidr_el1) X(csselr, csselr_el1) \
                            X(cntkctl, cntkctl_el1)

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
    a->cntkctl = 0;
}

void arch_vcpu_set_entry(struct vcpu *v, uint64_t entry, uint64_t context)
{
    v->arch.elr = entry;
    v->arch.frame.x[0] = context;
}

void arch_vcpu_restart(struct vcpu *v, uint64_t entry, uint64_t context)
{
    uint64_t ctl = v->arch.cntv_ctl, cval = v->arch.cntv_cval, off = v->arch.cntvoff;
    uint64_t pctl = v->arch.cntp_ctl, pcval = v->arch.cntp_cval;

    arch_vcpu_reset(v);
    v->arch.cntp_ctl = pctl;
    v->arch.cntp_cval = pcval;
    v->arch.cntv_ctl = ctl;
    v->arch.cntv_cval = cval;
    v->arch.cntvoff = off;
    arch_vcpu_set_entry(v, entry, context);
}

static void fp_save(struct arch_vcpu *a)
{
    uint64_t control, status;
    uint8_t *v = a->v;

    __asm__ volatile(".arch_extension fp\n"
                     "stp q0, q1, [%0, #0]\n stp q2, q3, [%0, #32]\n stp q4, q5, [%0, #64]\n stp "
                     "q6, q7, [%0, #96]\n"
                     "stp q8, q9, [%0, #128]\n stp q10, q11, [%0, #160]\n stp q12, q13, [%0, "
                     "#192]\n stp q14, q15, [%0, #224]\n"
                     "stp q16, q17, [%0, #256]\n stp q18, q19, [%0, #288]\n stp q20, q21, [%0, "
                     "#320]\n stp q22, q23, [%0, #352]\n"
                     "stp q24, q25, [%0, #384]\n stp q26, q27, [%0, #416]\n stp q28, q29, [%0, "
                     "#448]\n stp q30, q31, [%0, #480]\n"
                     ".arch_extension nofp" ::"r"(v)
                     : "memory");
    __asm__ volatile("mrs %0, s3_3_c4_c4_0\n mrs %1, s3_3_c4_c4_1"
                     : "=r"(control), "=r"(status)); /* FPCR, FPSR */
    a->fpcr = (uint32_t)control;
    a->fpsr = (uint32_t)status;
}

static void fp_load(const struct arch_vcpu *a)
{
    const uint8_t *v = a->v;

    __asm__ volatile(".arch_extension fp\n"
                     "ldp q0, q1, [%0, #0]\n ldp q2, q3, [%0, #32]\n ldp q4, q5, [%0, #64]\n ldp "
                     "q6, q7, [%0, #96]\n"
                     "ldp q8, q9, [%0, #128]\n ldp q10, q11, [%0, #160]\n ldp q12, q13, [%0, "
                     "#192]\n ldp q14, q15, [%0, #224]\n"
                     "ldp q16, q17, [%0, #256]\n ldp q18, q19, [%0, #288]\n ldp q20, q21, [%0, "
                     "#320]\n ldp q22, q23, [%0, #352]\n"
                     "ldp q24, q25, [%0, #384]\n ldp q26, q27, [%0, #416]\n ldp q28, q29, [%0, "
                     "#448]\n ldp q30, q31, [%0, #480]\n"
                     ".arch_extension nofp" ::"r"(v)
                     : "memory");
    __asm__ volatile("msr s3_3_c4_c4_0, %0\n msr s3_3_c4_c4_1, %1" ::"r"((uint64_t)a->fpcr),
                     "r"((uint64_t)a->fpsr));
}

void arch_vcpu_save(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    a->frame = *core_frame();
    a->elr = sysreg_read(elr_el2);
    a->spsr = sysreg_read(spsr_el2);
#define SAVE(field, reg) a->field = sysreg_read(reg);
    EL1_CONTEXT(SAVE)
#undef SAVE
    a->serror = sysreg_read(hcr_el2) & HCR_VSE;
    a->cntv_ctl = sysreg_read(cntv_ctl_el0) & 3;
    a->cntv_cval = sysreg_read(cntv_cval_el0);
    sysreg_write(cntv_ctl_el0, 0);
    fp_save(a);
    sysreg_write(vtcr_el2, s2_vtcr_empty());
    sysreg_write(vttbr_el2, s2_vttbr_empty());
    isb();
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

    *core_frame() = a->frame;
    sysreg_write(elr_el2, a->elr);
    sysreg_write(spsr_el2, a->spsr);
#define LOAD(field, reg) sysreg_write(reg, a->field);
    EL1_CONTEXT(LOAD)
#undef LOAD
    sysreg_write(cntvoff_el2, a->cntvoff);
    sysreg_write(cntv_cval_el0, a->cntv_cval);
    sysreg_write(cntv_ctl_el0, a->cntv_ctl);
    fp_load(a);
    sysreg_write(vmpidr_el2, BIT64(31) | v->mpidr);
    sysreg_write(vtcr_el2, v->vm->s2.vtcr);
    sysreg_write(vttbr_el2, s2_vttbr(&v->vm->s2));
    sysreg_write(hcr_el2, HCR_GUEST | a->serror);
    isb();
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
    *count = a->cntv_cval + a->cntvoff;
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
