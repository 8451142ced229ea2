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

/* List registers have numbers in the instruction: a jump to the one of n, below GIC_LR_MAX. */
#define EACH_LR(instruction)                                                                       \
    "adr %[at], 1f\n add %[at], %[at], %w[n], uxtw #3\n br %[at]\n"                                \
    "1: .irp lr, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n" instruction                \
    "\n b 2f\n .endr\n 2:"

static inline uint64_t lr_get(uint32_t n)
{
    uint64_t v, at;

    __asm__ volatile(EACH_LR("mrs %[v], ich_lr\\lr\\()_el2")
                     : [v] "=&r"(v), [at] "=&r"(at)
                     : [n] "r"(n));
    return v;
}

static inline void lr_set(uint32_t n, uint64_t v)
{
    uint64_t at;

    __asm__ volatile(EACH_LR("msr ich_lr\\lr\\()_el2, %[v]")
                     : [at] "=&r"(at)
                     : [v] "r"(v), [n] "r"(n));
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
    uint64_t bits_less_1 = FIELD(sysreg_read(ich_vtr_el2), 28, 26);

    return bits_less_1 < 5 ? 1 : bits_less_1 == 5 ? 2 : 4;
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
    if (likely(intid < GIC_SPURIOUS)) sysreg_write(icc_eoir1_el1, intid);
    isb();
    return intid;
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

bool gicv3_lr_link(uint32_t n, uint32_t intid, uint8_t priority, bool group1)
{
    if (!(sysreg_read(ich_elrsr_el2) >> n & 1)) return false;
    lr_set(n, LR_HW | LR_PENDING | (uint64_t)group1 << 60 | (uint64_t)priority << 48 |
                  (uint64_t)intid << 32 | intid);
    return true;
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
