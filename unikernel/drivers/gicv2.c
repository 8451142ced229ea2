/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 for one CPU (Arm IHI 0048). Every line starts disabled at one priority; a shared line is
 * sent to the CPU that enables it, whose mask is read from the banked target register of a private
 * line. */
#include "unikernel/drivers/gic.h"
#include "unikernel/drivers/mmio.h"
#include "unikernel/kernel/arch.h"
#include "unikernel/mm/map.h"
#include "lib/err.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICC_CTLR       0x00
#define GICC_PMR        0x04
#define GICC_IAR        0x0c
#define GICC_EOIR       0x10

#define SPURIOUS        1020U

static struct {
    volatile void *dist, *cpu;
    uint8_t self;                   /* this CPU in a target register */
} gic;

static void enable(uint32_t irq)
{
    if (irq >= 32) mmio_write8(gic.dist, GICD_ITARGETSR + irq, gic.self);
    mmio_write32(gic.dist, GICD_ISENABLER + irq / 32 * 4, 1U << irq % 32);
}

static void disable(uint32_t irq)
{
    mmio_write32(gic.dist, GICD_ICENABLER + irq / 32 * 4, 1U << irq % 32);
}

/* The whole register goes back at the end: for software interrupts it also names the sender. One at
 * a time is enough, since handlers do not nest. */
static uint32_t acknowledged;

static uint32_t ack(void)
{
    acknowledged = mmio_read32(gic.cpu, GICC_IAR);
    return (acknowledged & 0x3ff) >= SPURIOUS ? UINT32_MAX : acknowledged & 0x3ff;
}

static void end(uint32_t irq) { mmio_write32(gic.cpu, GICC_EOIR, acknowledged); }

static const struct irqchip chip = { enable, disable, ack, end };

int gicv2_init(const struct machine *m, const struct irqchip **out)
{
    uint32_t lines;

    gic.dist = io_map(&m->arch.gic_dist);
    gic.cpu = io_map(&m->arch.gic_cpu);
    if (gic.dist == NULL || gic.cpu == NULL) return -ENOMEM;
    mmio_write32(gic.dist, GICD_CTLR, 0);
    lines = ((mmio_read32(gic.dist, GICD_TYPER) & 31) + 1) * 32;
    for (uint32_t i = 0; i < lines; i += 32) {
        mmio_write32(gic.dist, GICD_ICENABLER + i / 8, ~0U);
        mmio_write32(gic.dist, GICD_ICACTIVER + i / 8, ~0U);
    }
    for (uint32_t i = 0; i < lines; i += 4) {
        mmio_write32(gic.dist, GICD_IPRIORITYR + i, 0x80808080);
    }
    gic.self = 1;
    for (uint32_t i = 0; i < 32; i += 4) {
        uint32_t mask = mmio_read32(gic.dist, GICD_ITARGETSR + i) & 0xff;

        if (mask != 0) gic.self = (uint8_t)mask;
    }
    mmio_write32(gic.dist, GICD_CTLR, 1);
    mmio_write32(gic.cpu, GICC_PMR, 0xff);
    mmio_write32(gic.cpu, GICC_CTLR, 1);
    *out = &chip;
    return 0;
}
