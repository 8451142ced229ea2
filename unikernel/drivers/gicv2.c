/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 (Arm IHI 0048). Every line starts disabled at one priority; a shared line is sent to the
 * CPU that enables it. A CPU's own bit in target registers is read from the banked register of a
 * private line. */
#include "unikernel/drivers/gic.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/kernel/cpu.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"
#include "lib/mmio.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICD_SGIR       0xf00
#define GICC_CTLR       0x00
#define GICC_PMR        0x04
#define GICC_IAR        0x0c
#define GICC_EOIR       0x10

#define SPURIOUS        1020U

static struct {
    volatile void *dist, *cpu;
    uint32_t private_on;            /* private lines that each CPU enables */
    uint8_t bit[CPUS_MAX];          /* of our CPUs in a target register */
    uint32_t acknowledged[CPUS_MAX];
} gic;

static void enable(uint32_t irq)
{
    if (irq >= 32) mmio_write8(gic.dist, GICD_ITARGETSR + irq, gic.bit[cpu_self()->index]);
    else gic.private_on |= 1U << irq;
    mmio_write32(gic.dist, GICD_ISENABLER + irq / 32 * 4, 1U << irq % 32);
}

static void disable(uint32_t irq)
{
    if (irq < 32) gic.private_on &= ~(1U << irq);
    mmio_write32(gic.dist, GICD_ICENABLER + irq / 32 * 4, 1U << irq % 32);
}

/* The whole register goes back at the end: for software interrupts it also names the sender. One at
 * a time is enough, since handlers do not nest. */
static uint32_t ack(uint64_t cause)
{
    uint32_t iar = mmio_read32(gic.cpu, GICC_IAR);

    gic.acknowledged[cpu_self()->index] = iar;
    return (iar & 0x3ff) >= SPURIOUS ? UINT32_MAX : iar & 0x3ff;
}

static void end(uint32_t irq)
{
    mmio_write32(gic.cpu, GICC_EOIR, gic.acknowledged[cpu_self()->index]);
}

static void send(uint32_t irq, const struct cpu *to)
{
    dsb(ishst);                 /* what the other shall see before it is interrupted */
    mmio_write32(gic.dist, GICD_SGIR, (uint32_t)gic.bit[to->index] << 16 | irq);
}

static void lines_off(uint32_t first, uint32_t end_line)
{
    for (uint32_t i = first; i < end_line; i += 32) {
        mmio_write32(gic.dist, GICD_ICENABLER + i / 8, ~0U);
        mmio_write32(gic.dist, GICD_ICACTIVER + i / 8, ~0U);
    }
    for (uint32_t i = first; i < end_line; i += 4) {
        mmio_write32(gic.dist, GICD_IPRIORITYR + i, 0x80808080);
    }
}

static void init_cpu(void)
{
    uint8_t bit = 1;

    for (uint32_t i = 0; i < 32; i += 4) {
        uint32_t mask = mmio_read32(gic.dist, GICD_ITARGETSR + i) & 0xff;

        if (mask != 0) bit = (uint8_t)mask;
    }
    gic.bit[cpu_self()->index] = bit;
    lines_off(0, 32);
    mmio_write32(gic.dist, GICD_ISENABLER, gic.private_on);
    mmio_write32(gic.cpu, GICC_PMR, 0xff);
    mmio_write32(gic.cpu, GICC_CTLR, 1);
}

static const struct irqchip chip = { enable, disable, ack, end, init_cpu, send };

int gicv2_init(const struct machine *m, const struct irqchip **out)
{
    gic.dist = io_map(&m->arch.gic_dist);
    gic.cpu = io_map(&m->arch.gic_cpu);
    if (gic.dist == NULL || gic.cpu == NULL) return -ENOMEM;
    mmio_write32(gic.dist, GICD_CTLR, 0);
    lines_off(32, ((mmio_read32(gic.dist, GICD_TYPER) & 31) + 1) * 32);
    mmio_write32(gic.dist, GICD_CTLR, 1);
    *out = &chip;
    return 0;
}
