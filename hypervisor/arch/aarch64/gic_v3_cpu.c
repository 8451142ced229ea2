/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 CPU interface by system registers (IHI 0069 12.2 physical, 12.4 virtual control).
 * Everything here concerns the calling CPU only. An isb follows writes whose effect the next
 * instructions rely on; list registers and ICH_HCR_EL2 need none before a return to the guest,
 * which synchronises by itself. */
#include "hypervisor/drivers/gic_v3.h"
#include "arch/aarch64/sysreg.h"

#define SRE_SRE      BIT64(0)
#define SRE_DFB      BIT64(1)
#define SRE_DIB      BIT64(2)
#define SRE_ENABLE   BIT64(3)
#define CTLR_EOIMODE BIT64(1)

#define HCR_EN       BIT64(0)
#define HCR_UIE      BIT64(1)
#define HCR_LRENPIE  BIT64(2)
#define HCR_NPIE     BIT64(3)
#define HCR_TDIR     BIT64(14)
#define VTR_TDS      BIT64(19)

#define LR_EOI       BIT64(41)
#define LR_GROUP1    BIT64(60)
#define LR_HW        BIT64(61)
#define LR_PENDING   BIT64(62)
#define LR_ACTIVE    BIT64(63)

static uint64_t lr_get(uint32_t n)
{
    switch (n) {
    case 0: return sysreg_read(ich_lr0_el2);
    case 1: return sysreg_read(ich_lr1_el2);
    case 2: return sysreg_read(ich_lr2_el2);
    case 3: return sysreg_read(ich_lr3_el2);
    case 4: return sysreg_read(ich_lr4_el2);
    case 5: return sysreg_read(ich_lr5_el2);
    case 6: return sysreg_read(ich_lr6_el2);
    case 7: return sysreg_read(ich_lr7_el2);
    case 8: return sysreg_read(ich_lr8_el2);
    case 9: return sysreg_read(ich_lr9_el2);
    case 10: return sysreg_read(ich_lr10_el2);
    case 11: return sysreg_read(ich_lr11_el2);
    case 12: return sysreg_read(ich_lr12_el2);
    case 13: return sysreg_read(ich_lr13_el2);
    case 14: return sysreg_read(ich_lr14_el2);
    default: return sysreg_read(ich_lr15_el2);
    }
}

static void lr_set(uint32_t n, uint64_t v)
{
    switch (n) {
    case 0: sysreg_write(ich_lr0_el2, v); break;
    case 1: sysreg_write(ich_lr1_el2, v); break;
    case 2: sysreg_write(ich_lr2_el2, v); break;
    case 3: sysreg_write(ich_lr3_el2, v); break;
    case 4: sysreg_write(ich_lr4_el2, v); break;
    case 5: sysreg_write(ich_lr5_el2, v); break;
    case 6: sysreg_write(ich_lr6_el2, v); break;
    case 7: sysreg_write(ich_lr7_el2, v); break;
    case 8: sysreg_write(ich_lr8_el2, v); break;
    case 9: sysreg_write(ich_lr9_el2, v); break;
    case 10: sysreg_write(ich_lr10_el2, v); break;
    case 11: sysreg_write(ich_lr11_el2, v); break;
    case 12: sysreg_write(ich_lr12_el2, v); break;
    case 13: sysreg_write(ich_lr13_el2, v); break;
    case 14: sysreg_write(ich_lr14_el2, v); break;
    default: sysreg_write(ich_lr15_el2, v); break;
    }
}

uint32_t gicv3_lr_count(void)
{
    return (uint32_t)(sysreg_read(ich_vtr_el2) & 0x1f) + 1;
}

/* Whether HCR_TDIR exists. */
bool gicv3_traps_dir(void)
{
    return (sysreg_read(ich_vtr_el2) & VTR_TDS) != 0;
}

/* Active priority registers in each group: 5 bits of preemption need one, 6 two, 7 four. */
static uint32_t apr_count(void)
{
    uint32_t bits = (uint32_t)FIELD(sysreg_read(ich_vtr_el2), 28, 26) + 1;

    return bits <= 5 ? 1 : bits == 6 ? 2 : 4;
}

void gicv3_cpu_init(void)
{
    uint32_t lrs = gicv3_lr_count();

    sysreg_write(icc_sre_el2, SRE_SRE | SRE_DFB | SRE_DIB | SRE_ENABLE);
    isb();
    for (uint32_t i = 0; i < lrs; i++) lr_set(i, 0);
    sysreg_write(ich_hcr_el2, 0);
    sysreg_write(icc_pmr_el1, 0xff);
    sysreg_write(icc_bpr1_el1, 0);
    sysreg_write(icc_ctlr_el1, CTLR_EOIMODE);
    sysreg_write(icc_igrpen1_el1, 1);
    isb();
}

uint32_t gicv3_ack(void)
{
    uint32_t intid = (uint32_t)sysreg_read(icc_iar1_el1) & 0xffffff;

    dsb(sy); /* what a device or core wrote before interrupting is visible to the handler */
    return intid;
}

void gicv3_eoi(uint32_t intid)
{
    sysreg_write(icc_eoir1_el1, intid);
    isb();
}

void gicv3_deactivate(uint32_t intid)
{
    sysreg_write(icc_dir_el1, intid);
    isb();
}

void gicv3_send_sgi(uint64_t mpidr, uint32_t sgi)
{
    uint64_t aff0 = FIELD(mpidr, 7, 0);

    dsb(ishst); /* the sender's writes before the interrupt; partner: gicv3_ack */
    sysreg_write(icc_sgi1r_el1, FIELD(mpidr, 39, 32) << 48 | (aff0 >> 4) << 44 |
                                    FIELD(mpidr, 23, 16) << 32 | (uint64_t)sgi << 24 |
                                    FIELD(mpidr, 15, 8) << 16 | BIT64(aff0 & 15));
    isb();
}

void gicv3_lr_write(uint32_t n, const struct gic_lr *lr)
{
    uint64_t v = lr->intid | (uint64_t)lr->priority << 48;

    if (lr->hw) v |= LR_HW | (uint64_t)lr->hw_intid << 32;
    else if (lr->eoi_maintenance) v |= LR_EOI;
    if (lr->pending) v |= LR_PENDING;
    if (lr->active) v |= LR_ACTIVE;
    if (lr->group1) v |= LR_GROUP1;
    lr_set(n, v);
}

void gicv3_lr_clear(uint32_t n)
{
    lr_set(n, 0);
}

void gicv3_lr_read(uint32_t n, struct gic_lr *lr)
{
    uint64_t v = lr_get(n);

    *lr = (struct gic_lr){
        .intid = (uint32_t)v,
        .priority = (uint8_t)FIELD(v, 55, 48),
        .hw = (v & LR_HW) != 0,
        .pending = (v & LR_PENDING) != 0,
        .active = (v & LR_ACTIVE) != 0,
    };
}

uint64_t gicv3_lr_empty(void)
{
    return sysreg_read(ich_elrsr_el2);
}

void gicv3_maintenance(uint32_t raise)
{
    uint64_t hcr = HCR_EN;

    if (raise & GIC_MAINT_UNDERFLOW) hcr |= HCR_UIE;
    if (raise & GIC_MAINT_NO_PENDING) hcr |= HCR_NPIE;
    if (raise & GIC_MAINT_UNLISTED_EOI) hcr |= HCR_LRENPIE | (gic_traps_dir ? HCR_TDIR : 0);
    sysreg_write(ich_hcr_el2, hcr);
}

uint32_t gicv3_eoi_count(void)
{
    return (uint32_t)FIELD(sysreg_read(ich_hcr_el2), 31, 27);
}

uint64_t gicv3_vmcr(void)
{
    return sysreg_read(ich_vmcr_el2);
}

void gicv3_vcpu_load(const struct gic_vcpu_regs *r)
{
    switch (apr_count()) {
    case 4:
        sysreg_write(ich_ap0r3_el2, r->apr[3]);
        sysreg_write(ich_ap0r2_el2, r->apr[2]);
        sysreg_write(ich_ap1r3_el2, r->apr1[3]);
        sysreg_write(ich_ap1r2_el2, r->apr1[2]);
        /* fall through */
    case 2:
        sysreg_write(ich_ap0r1_el2, r->apr[1]);
        sysreg_write(ich_ap1r1_el2, r->apr1[1]);
        /* fall through */
    default:
        sysreg_write(ich_ap0r0_el2, r->apr[0]);
        sysreg_write(ich_ap1r0_el2, r->apr1[0]);
    }
    sysreg_write(ich_vmcr_el2, r->vmcr);
    sysreg_write(icc_sre_el1,
                 SRE_SRE | SRE_DFB |
                     SRE_DIB); /* each guest starts with it, whatever the last one wrote */
    sysreg_write(ich_hcr_el2, HCR_EN);
}

void gicv3_vcpu_save(struct gic_vcpu_regs *r)
{
    switch (apr_count()) {
    case 4:
        r->apr[3] = (uint32_t)sysreg_read(ich_ap0r3_el2);
        r->apr[2] = (uint32_t)sysreg_read(ich_ap0r2_el2);
        r->apr1[3] = (uint32_t)sysreg_read(ich_ap1r3_el2);
        r->apr1[2] = (uint32_t)sysreg_read(ich_ap1r2_el2);
        /* fall through */
    case 2:
        r->apr[1] = (uint32_t)sysreg_read(ich_ap0r1_el2);
        r->apr1[1] = (uint32_t)sysreg_read(ich_ap1r1_el2);
        /* fall through */
    default:
        r->apr[0] = (uint32_t)sysreg_read(ich_ap0r0_el2);
        r->apr1[0] = (uint32_t)sysreg_read(ich_ap1r0_el2);
    }
    r->vmcr = sysreg_read(ich_vmcr_el2);
    sysreg_write(ich_hcr_el2, 0);
}
