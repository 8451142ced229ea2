/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller by what a program can do to it alone: pend, enable, prioritise, mask,
 * activate, configure. */
#include "lib/mmio.h"
#include "tests/guests/lib/guest.h"

#define GICD ((volatile void *)(uintptr_t)GICD_BASE)
#define GICC ((volatile void *)(uintptr_t)GICC_BASE)
#define FIRST 42u                       /* shared interrupts no device drives */
#define COUNT 6u

#define ISENABLER  0x100u
#define ICENABLER  0x180u
#define ISPENDR    0x200u
#define ICPENDR    0x280u
#define ISACTIVER  0x300u
#define ICACTIVER  0x380u
#define IPRIORITYR 0x400u
#define ICFGR      0xc00u

static uint32_t order[64], order_used;
static uint32_t pend_inside;

static void bit(uint32_t bank, uint32_t intid)
{
    mmio_write32(GICD, bank + intid / 32 * 4, 1u << intid % 32);
    dsb();
}

static bool is_set(uint32_t bank, uint32_t intid)
{
    return (mmio_read32(GICD, bank + intid / 32 * 4) >> intid % 32 & 1) != 0;
}

static void priority(uint32_t intid, uint8_t value)
{
    mmio_write8(GICD, IPRIORITYR + intid, value);
    dsb();
}

static void mask(uint8_t value)
{
    if (gic_version == 2) {
        mmio_write32(GICC, 4, value);
    } else {
        write_sysreg(S3_0_C4_C6_0, value);
    }
    dsb();
    isb();
}

static void edge(uint32_t intid)
{
    uint32_t at = ICFGR + intid / 16 * 4;

    mmio_write32(GICD, at, mmio_read32(GICD, at) | 2u << intid % 16 * 2);
}

static void on_irq(uint32_t intid)
{
    if (order_used < ARRAY_LEN(order)) order[order_used++] = intid;
    if (pend_inside != 0) {
        uint32_t again = pend_inside;

        pend_inside = 0;
        bit(ISPENDR, again);
    }
}

/* How many interrupts are taken now. */
static uint32_t take(void)
{
    order_used = 0;
    for (uint32_t i = 0; i < 2 * COUNT; i++) irq_poll();
    return order_used;
}

static void pending_and_enable(void)
{
    bit(ISPENDR, FIRST);
    report(take() == 1 && order[0] == FIRST, "pended by software, taken once");
    report(!is_set(ISPENDR, FIRST) && !is_set(ISACTIVER, FIRST), "and neither pending nor active afterwards");
    bit(ICENABLER, FIRST);
    bit(ISPENDR, FIRST);
    report(take() == 0 && is_set(ISPENDR, FIRST) && !is_set(ISENABLER, FIRST), "disabled: stays pending");
    bit(ISENABLER, FIRST);
    report(take() == 1, "enabled again: taken");
    bit(ISPENDR, FIRST);
    bit(ICPENDR, FIRST);
    report(take() == 0, "pending taken away: not taken");
    bit(ISPENDR, FIRST);
    bit(ISPENDR, FIRST);
    report(take() == 1, "pended twice, taken once");
    pend_inside = FIRST;
    bit(ISPENDR, FIRST);
    report(take() == 2, "pended while active: taken again");
}

static void priorities(void)
{
    bool in_order = true;

    mask(0);
    for (uint32_t i = 0; i < COUNT; i++) {
        priority(FIRST + i, (uint8_t)(0x90 - i * 0x10));
        bit(ISPENDR, FIRST + i);
    }
    report(take() == 0, "all masked: none taken");
    mask(0xff);
    report(take() == COUNT, "%u at once: all taken", COUNT);
    for (uint32_t i = 0; i < COUNT; i++) in_order = in_order && order[i] == FIRST + COUNT - 1 - i;
    report(in_order, "the most urgent first");
    mask(0x60);
    for (uint32_t i = 0; i < COUNT; i++) bit(ISPENDR, FIRST + i);
    report(take() == 2 && order[0] == FIRST + 5 && order[1] == FIRST + 4, "a mask lets through what is above it");
    mask(0xff);
    report(take() == COUNT - 2, "the others come when it is lifted");
    report(mmio_read8(GICD, IPRIORITYR + FIRST) == 0x90, "a priority reads back");
}

static void active(void)
{
    bit(ISACTIVER, FIRST);
    bit(ISPENDR, FIRST);
    report(is_set(ISACTIVER, FIRST) && take() == 0, "active: not taken again");
    bit(ICACTIVER, FIRST);
    report(!is_set(ISACTIVER, FIRST) && take() == 1, "no longer active: taken");
}

static void reserved(void)
{
    uint32_t lines = ((mmio_read32(GICD, 4) & 31) + 1) * 32;

    report(lines >= 64 && lines <= 1024, "TYPER: %u interrupts", lines);
    if (lines < 1024) {
        bit(ISENABLER, lines);
        report(mmio_read32(GICD, ISENABLER + lines / 8) == 0, "one that does not exist cannot be enabled");
    }
    mmio_write32(GICD, 4, 0xffffffff);
    report(((mmio_read32(GICD, 4) & 31) + 1) * 32 == lines, "TYPER cannot be written");
    for (uint32_t i = 0; i < 3; i++) {
        order_used = 0;
        irq_poll();
    }
    report(order_used == 0, "nothing is spurious");
}

void guest_main(void)
{
    gic_init();
    irq_hook = on_irq;
    for (uint32_t i = 0; i < COUNT; i++) {
        edge(FIRST + i);
        gic_enable(FIRST + i);
    }
    pending_and_enable();
    priorities();
    active();
    reserved();
}
