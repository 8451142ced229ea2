/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 by system registers, everything in non-secure group 1 (Arm IHI 0069). A CPU's redistributor
 * is the one whose type register carries its affinity. */
#include "unikernel/drivers/gic.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/kernel/panic.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/mmio.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IGROUPR    0x080
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_IROUTER    0x6000
#define GICD_ON         0x12U           /* affinity routing, group 1 */
#define GICD_RWP        0x80000000U

#define GICR_TYPER      0x008
#define GICR_WAKER      0x014
#define GICR_SGI         0x10000 /* frame of the private lines: registers as in the distributor */
#define GICR_STRIDE     0x20000U
#define GICR_STRIDE_VLPI 0x40000U

#define SPURIOUS        1020U

static struct {
    const struct machine *machine;
    volatile void *dist, *redist[CPUS_MAX];
    uint32_t private_on;                /* private lines that each CPU enables */
} gic;

static volatile void *frame_of(uint32_t irq)
{
    return irq < 32 ? (volatile char *)gic.redist[cpu_self()->index] + GICR_SGI
                    : (volatile char *)gic.dist;
}

static void enable(uint32_t irq)
{
    if (irq >= 32) mmio_write64(gic.dist, GICD_IROUTER + irq * 8, cpu_self()->id);
    else gic.private_on |= 1U << irq;
    mmio_write32(frame_of(irq), GICD_ISENABLER + irq / 32 * 4, 1U << irq % 32);
}

static void disable(uint32_t irq)
{
    if (irq < 32) gic.private_on &= ~(1U << irq);
    mmio_write32(frame_of(irq), GICD_ICENABLER + irq / 32 * 4, 1U << irq % 32);
}

static uint32_t ack(uint64_t cause)
{
    uint32_t irq = (uint32_t)sysreg_read(s3_0_c12_c12_0);       /* ICC_IAR1_EL1 */

    dsb(sy);
    return irq >= SPURIOUS ? UINT32_MAX : irq;
}

static void end(uint32_t irq)
{
    sysreg_write(s3_0_c12_c12_1, irq);                          /* ICC_EOIR1_EL1 */
    isb();
}

static void send(uint32_t irq, const struct cpu *to)
{
    uint64_t aff0 = FIELD(to->id, 7, 0);

    dsb(ishst);                 /* what the other shall see before it is interrupted */
    /* ICC_SGI1R_EL1: one of the sixteen CPUs whose affinity differs in the low four bits only */
    sysreg_write(s3_0_c12_c11_5, FIELD(to->id, 39, 32) << 48 | aff0 / 16 << 44 |
                                     FIELD(to->id, 23, 16) << 32 | (uint64_t)irq << 24 |
                                     FIELD(to->id, 15, 8) << 16 | BIT64(aff0 % 16));
    isb();
}

/* Walk one region of redistributors up to ours. Those before it stay mapped: addresses only. */
static bool find_redist(const struct region *r, uint64_t affinity)
{
    for (uint64_t at = 0; at + GICR_STRIDE <= r->len;) {
        struct region one = { r->pa + at, GICR_STRIDE };
        volatile void *regs = io_map(&one);
        uint64_t type;

        if (regs == NULL) return false;
        type = mmio_read64(regs, GICR_TYPER);
        if (type >> 32 == affinity) {
            gic.redist[cpu_self()->index] = regs;
            return true;
        }
        if (type & BIT64(4)) return false;                      /* the last of this region */
        at += type & BIT64(1) ? GICR_STRIDE_VLPI : GICR_STRIDE;
    }
    return false;
}

static void lines_off(volatile void *frame, uint32_t first, uint32_t end_line)
{
    for (uint32_t i = first; i < end_line; i += 32) {
        mmio_write32(frame, GICD_ICENABLER + i / 8, ~0U);
        mmio_write32(frame, GICD_ICACTIVER + i / 8, ~0U);
        mmio_write32(frame, GICD_IGROUPR + i / 8, ~0U);
    }
    for (uint32_t i = first; i < end_line; i += 4) {
        mmio_write32(frame, GICD_IPRIORITYR + i, 0x80808080);
    }
}

static void init_cpu(void)
{
    uint64_t id = cpu_self()->id, affinity = FIELD(id, 39, 32) << 24 | FIELD(id, 23, 0);
    bool found = false;
    volatile void *redist;

    for (unsigned i = 0; i < gic.machine->arch.gic_redists && !found; i++) {
        found = find_redist(&gic.machine->arch.gic_redist[i], affinity);
    }
    if (!found) panic("no GIC redistributor for CPU 0x%lx", id);
    redist = gic.redist[cpu_self()->index];
    mmio_write32(redist, GICR_WAKER, mmio_read32(redist, GICR_WAKER) & ~2U);
    while (mmio_read32(redist, GICR_WAKER) & 4) { }
    lines_off((volatile char *)redist + GICR_SGI, 0, 32);
    mmio_write32((volatile char *)redist + GICR_SGI, GICD_ISENABLER, gic.private_on);

    sysreg_write(s3_0_c12_c12_5, sysreg_read(s3_0_c12_c12_5) | 1);      /* ICC_SRE_EL1 */
    isb();
    sysreg_write(s3_0_c4_c6_0, 0xff);                                   /* ICC_PMR_EL1 */
    sysreg_write(s3_0_c12_c12_4, 0); /* ICC_CTLR_EL1: one-step end */
    sysreg_write(s3_0_c12_c12_7, 1);                                    /* ICC_IGRPEN1_EL1 */
    isb();
}

static const struct irqchip chip = { enable, disable, ack, end, init_cpu, send };

int gicv3_init(const struct machine *m, const struct irqchip **out)
{
    uint32_t lines;

    gic.machine = m;
    gic.dist = io_map(&m->arch.gic_dist);
    if (gic.dist == NULL) return -ENOMEM;
    mmio_write32(gic.dist, GICD_CTLR, 0);
    while (mmio_read32(gic.dist, GICD_CTLR) & GICD_RWP) { }
    lines = MIN(((mmio_read32(gic.dist, GICD_TYPER) & 31) + 1) * 32, SPURIOUS);
    lines_off(gic.dist, 32, lines);
    mmio_write32(gic.dist, GICD_CTLR, GICD_ON);
    *out = &chip;
    return 0;
}
