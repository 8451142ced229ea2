/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers. The guest's CPU is an allow-list: identification registers show Armv8.0
 * with what of it the hardware has; every field not listed reads as zero and the feature behind it
 * is trapped or off. What is neither listed nor emulated is undefined, as on a CPU without it. */
#include "hypervisor/arch/aarch64/trap.h"
#include "hypervisor/core/vm.h"

/* The syndrome's register fields in one number: op0, op1, CRn, CRm, op2 (Arm ARM D17.2.37, ISS of
 * EC 0x18). */
#define REG(op0, op1, crn, crm, op2) \
    (((op0) << 16) | ((op1) << 12) | ((crn) << 8) | ((crm) << 4) | (op2))

static uint32_t reg_of(uint64_t esr)
{
    return (uint32_t)REG(FIELD(esr, 21, 20), FIELD(esr, 16, 14), FIELD(esr, 13, 10),
                         FIELD(esr, 4, 1), FIELD(esr, 19, 17));
}

/* Reads of CRn 0, CRm 1..7, op0 3, op1 0: the ID space trapped by HCR_EL2.TID3. */
static uint64_t id_register(uint32_t reg)
{
    uint64_t hw;

    switch (reg) {
    case REG(3, 0, 0, 4, 0): /* PFR0: AArch64 only at EL0 and EL1, FP, AdvSIMD, GIC, CSV2, CSV3 */
        return 0x11 | (sysreg_read(id_aa64pfr0_el1) & (MASK64(27, 16) | MASK64(63, 56)));
    case REG(3, 0, 0, 5, 0): /* DFR0: v8 debug, two break- and watchpoints without effect; no PMU */
        return 6 | (1u << 12) | (1u << 20);
    case REG(3, 0, 0, 6, 0):        /* ISAR0: AES, SHA1, SHA2, CRC32 */
        return sysreg_read(id_aa64isar0_el1) & MASK64(19, 4) & ~MASK64(15, 14);
    case REG(3, 0, 0, 7, 0):        /* MMFR0: PARange no larger than stage 2's reach */
        hw = sysreg_read(id_aa64mmfr0_el1);
        return (hw & MASK64(31, 4)) | MIN(FIELD(hw, 3, 0), PA_RANGE_MAX);
    default:
        return 0;
    }
}

static bool ptimer_is_due(const struct arch_vcpu *a)
{
    return arch_counter() >= a->cntp_cval;
}

/* The interrupt line after a write: high, low, or low until the timer fires. */
static void ptimer_set(struct vcpu *v)
{
    bool on = (v->arch.cntp_ctl & 3) == 1, due = on && ptimer_is_due(&v->arch);

    timer_cancel(&v->ptimer);
    vgic_set_ppi(v, VGIC_PTIMER, due);
    if (on && !due) timer_arm(&v->ptimer, v->arch.cntp_cval);
}

/* The guest's EL1 physical timer: a timer of EL2's, on the counter both see. It runs wherever the
 * vCPU is, because it is a record and no register. */
static bool physical_timer(struct vcpu *v, uint32_t reg, bool write, uint64_t *value)
{
    struct arch_vcpu *a = &v->arch;

    switch (reg) {
    case REG(3, 3, 14, 2, 0):       /* CNTP_TVAL_EL0 */
        if (write) a->cntp_cval = arch_counter() + (uint64_t)(int64_t)(int32_t)*value;
        else *value = (uint32_t)(a->cntp_cval - arch_counter());
        break;
    case REG(3, 3, 14, 2, 1):       /* CNTP_CTL_EL0: ISTATUS is computed */
        if (write) a->cntp_ctl = *value & 3;
        else *value = a->cntp_ctl | ((a->cntp_ctl & 1) && ptimer_is_due(a) ? 4 : 0);
        break;
    case REG(3, 3, 14, 2, 2):       /* CNTP_CVAL_EL0 */
        if (write) a->cntp_cval = *value;
        else *value = a->cntp_cval;
        break;
    default:
        return false;
    }
    if (write) ptimer_set(v);
    return true;
}

bool arch_vtimer_line(void)
{
    return (sysreg_read(cntv_ctl_el0) & 7) == 5;    /* enabled, not masked, reached */
}

/* Debug registers exist (the architecture demands them) and do nothing. */
static bool is_debug(uint32_t reg)
{
    return reg >> 16 == 2 && ((reg >> 12) & 7) == 0;
}

static bool emulate(struct vcpu *v, uint32_t reg, bool write, uint64_t *value)
{
    if ((reg & ~0xffu) == REG(3, 0, 0, 0, 0) && !write) {
        *value = id_register(reg);
        return true;
    }
    switch (reg) {
    case REG(3, 0, 1, 0, 1):        /* ACTLR_EL1: no implementation-defined control */
        if (!write) *value = 0;
        return true;
    case REG(3, 0, 12, 11, 5):      /* ICC_SGI1R_EL1 */
    case REG(3, 0, 12, 11, 6):      /* ICC_ASGI1R_EL1 */
    case REG(3, 0, 12, 11, 7):      /* ICC_SGI0R_EL1 */
        if (!write) return false;
        vgic_sgi(v, *value, reg == REG(3, 0, 12, 11, 5));
        return true;
    case REG(3, 0, 12, 11, 1):      /* ICC_DIR_EL1 */
        if (!write) return false;
        vgic_dir(v, (uint32_t)*value);
        return true;
    case REG(
        1, 0, 7, 6,
        2): /* DC ISW, CSW, CISW: set/way reaches other VMs' lines; stage 2 keeps memory coherent */
    case REG(1, 0, 7, 10, 2):
    case REG(1, 0, 7, 14, 2):
        return write;
    default:
        break;
    }
    if (is_debug(reg)) {
        if (!write)
            *value =
                reg == REG(2, 0, 1, 1, 4) ? 8 : 0; /* OSLSR_EL1: OS lock implemented, unlocked */
        return true;
    }
    return physical_timer(v, reg, write, value);
}

void trap_sysreg(struct vcpu *v, struct guest_frame *f, uint64_t esr)
{
    bool write = (esr & 1) == 0;
    unsigned rt = FIELD(esr, 9, 5);
    uint64_t value = write ? f->x[rt] : 0;

    if (!emulate(v, reg_of(esr), write, &value)) {
        arch_inject_undefined(v);
        return;
    }
    if (!write) f->x[rt] = value;
    guest_skip(esr);
}
