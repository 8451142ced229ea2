/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 and GICv3 as guests use them: group 1 (v3) or group 0 (v2), one priority, no split EOI. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define GICD ((volatile void *)(uintptr_t)GICD_BASE)
#define GICC ((volatile void *)(uintptr_t)GICC_BASE)
#define PRIORITY 0xa0u

#define GICD_CTLR       0x000u
#define GICD_IGROUPR    0x080u
#define GICD_ISENABLER  0x100u
#define GICD_ISPENDR    0x200u
#define GICD_IPRIORITYR 0x400u
#define GICD_ITARGETSR  0x800u
#define GICD_SGIR       0xf00u
#define GICD_IROUTER    0x6000u
#define GICC_CTLR       0x0u
#define GICC_PMR        0x4u
#define GICC_IAR        0xcu
#define GICC_EOIR       0x10u
#define GICR_WAKER      0x14u
#define GICR_SGI        0x10000u        /* frame of the private interrupts, laid out as the distributor */

uint32_t gic_version;
void (*irq_hook)(uint32_t intid);
static uint32_t taken[CPUS_MAX][64];

void irq_take(void);

static volatile void *gicr(void)
{
    return (volatile void *)(uintptr_t)(GICR_BASE + cpu_id() * 0x20000u);
}

void gic_init(void)
{
    if (gic_version == 2) {
        mmio_write32(GICD, GICD_CTLR, 1);
        mmio_write32(GICC, GICC_PMR, 0xff);
        mmio_write32(GICC, GICC_CTLR, 1);
        return;
    }
    mmio_write32(GICD, GICD_CTLR, 0x12);                /* affinity routing, group 1 */
    mmio_write32(gicr(), GICR_WAKER, 0);
    while ((mmio_read32(gicr(), GICR_WAKER) & 4) != 0) {}
    mmio_write32(gicr(), GICR_SGI + GICD_IGROUPR, 0xffffffff);
    write_sysreg(S3_0_C12_C12_5, 7);                    /* ICC_SRE_EL1 */
    isb();
    write_sysreg(S3_0_C4_C6_0, 0xff);                   /* ICC_PMR_EL1 */
    write_sysreg(S3_0_C12_C12_7, 1);                    /* ICC_IGRPEN1_EL1 */
    isb();
}

void gic_enable(uint32_t intid)
{
    bool is_private = gic_version == 3 && intid < 32;
    volatile void *base = is_private ? gicr() : GICD;
    uint32_t from = is_private ? GICR_SGI : 0;

    mmio_write8(base, from + GICD_IPRIORITYR + intid, PRIORITY);
    if (intid >= 32 && gic_version == 2) mmio_write8(GICD, GICD_ITARGETSR + intid, 1);
    if (intid >= 32 && gic_version == 3) {
        mmio_write64(GICD, GICD_IROUTER + intid * 8, 0);
        mmio_write32(GICD, GICD_IGROUPR + intid / 32 * 4,
                     mmio_read32(GICD, GICD_IGROUPR + intid / 32 * 4) | 1u << intid % 32);
    }
    mmio_write32(base, from + GICD_ISENABLER + intid / 32 * 4, 1u << intid % 32);
    dsb();
}

void gic_send_sgi(uint32_t cpu, uint32_t sgi)
{
    dsb();
    if (gic_version == 2) {
        mmio_write32(GICD, GICD_SGIR, 1u << (16 + cpu) | sgi);
    } else {
        write_sysreg(S3_0_C12_C11_5, (uint64_t)sgi << 24 | 1u << cpu);      /* ICC_SGI1R_EL1 */
        isb();
    }
}

void irq_take(void)
{
    uint32_t iar = gic_version == 2 ? mmio_read32(GICC, GICC_IAR) : (uint32_t)read_sysreg(S3_0_C12_C12_0);
    uint32_t intid = iar & (gic_version == 2 ? 0x3ffu : 0xffffffu);

    if (intid >= 1020) return;
    if (irq_hook != NULL) irq_hook(intid);
    if (intid < ARRAY_LEN(taken[0])) taken[cpu_id()][intid]++;
    dsb();
    if (gic_version == 2) {
        mmio_write32(GICC, GICC_EOIR, iar);
    } else {
        write_sysreg(S3_0_C12_C12_1, intid);                                /* ICC_EOIR1_EL1 */
        isb();
    }
}

bool irq_is_pending(uint32_t intid)
{
    bool is_private = gic_version == 3 && intid < 32;

    return (mmio_read32(is_private ? gicr() : GICD, (is_private ? GICR_SGI : 0) + GICD_ISPENDR + intid / 32 * 4) >>
            intid % 32 & 1) != 0;
}

uint32_t irqs_taken(uint32_t cpu, uint32_t intid)
{
    return *(volatile uint32_t *)&taken[cpu][intid];
}

void irq_poll(void)
{
    __asm__ volatile("msr daifclr, #2; isb; msr daifset, #2" : : : "memory");
}

void irq_wait(void)
{
    __asm__ volatile("dsb sy; wfi" : : : "memory");
    irq_poll();
}
