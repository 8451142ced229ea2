/* SPDX-License-Identifier: Apache-2.0 */
/* What GICv2 and GICv3 distributors share. Set and clear registers make every operation a single
 * write, so cores need no lock among themselves; only the trigger configuration packs 16 interrupts
 * of possibly different owners into a word. */
#include "hypervisor/drivers/gic_dist.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/drivers/gic.h"
#include "lib/mmio.h"

static struct spinlock edge_lock;   /* GICD_ICFGR and GICR_ICFGR read-modify-write */

/* A bit in the bank that sets, or in the one behind it that clears. */
static void set_bit(uint32_t intid, uint32_t bank, bool on)
{
    mmio_write32(gic->frame(intid), bank + (on ? 0 : 0x80u) + intid / 32 * 4, 1u << (intid % 32));
}

void gic_enable(uint32_t intid, bool on)      { set_bit(intid, GICD_ISENABLER, on); }
void gic_set_active(uint32_t intid, bool on)  { set_bit(intid, GICD_ISACTIVER, on); }
void gic_set_pending(uint32_t intid, bool on) { set_bit(intid, GICD_ISPENDR, on); }

void gic_set_priority(uint32_t intid, uint8_t priority)
{
    mmio_write8(gic->frame(intid), GICD_IPRIORITYR + intid, priority);
}

void gic_set_edge(uint32_t intid, bool edge)
{
    volatile void *frame = gic->frame(intid);
    uint64_t at = GICD_ICFGR + intid / 16 * 4;
    uint32_t bit = 2u << (intid % 16 * 2), v;
    spin_guard(&edge_lock);

    v = mmio_read32(frame, at);
    mmio_write32(frame, at, edge ? v | bit : v & ~bit);
}

void gic_frame_reset(volatile void *frame, uint32_t from, uint32_t to, uint8_t priority)
{
    for (uint32_t i = from; i < to; i += 32) {
        uint32_t at = i / 8;

        mmio_write32(frame, GICD_ICENABLER + at, ~0u);
        mmio_write32(frame, GICD_ICPENDR + at, ~0u);
        mmio_write32(frame, GICD_ICACTIVER + at, ~0u);
    }
    for (uint32_t i = from; i < to; i += 4) {
        mmio_write32(frame, GICD_IPRIORITYR + i, priority * 0x01010101u);
    }
    for (uint32_t i = MAX(from, 32u); i < to; i += 16) mmio_write32(frame, GICD_ICFGR + i / 4, 0);
}

uint32_t gic_typer_spi_end(uint32_t typer)
{
    return MIN(32 * ((uint32_t)FIELD(typer, 4, 0) + 1), 1020u);
}
