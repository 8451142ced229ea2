/* SPDX-License-Identifier: Apache-2.0 */
/* What GICv2 and GICv3 distributors share. Set and clear registers make every operation a single
 * write, so cores need no lock among themselves; only the trigger configuration packs 16 interrupts
 * of possibly different owners into a word. */
#include "hypervisor/drivers/gic_dist.h"
#include "hypervisor/core/lock.h"
#include "lib/mmio.h"

static struct spinlock edge_lock;   /* GICD_ICFGR and GICR_ICFGR read-modify-write */

void gic_frame_set_bit(volatile void *frame, uint32_t bank, uint32_t intid)
{
    mmio_write32(frame, bank + intid / 32 * 4, 1u << (intid % 32));
}

void gic_frame_enable(volatile void *frame, uint32_t intid, bool on)
{
    gic_frame_set_bit(frame, on ? GICD_ISENABLER : GICD_ICENABLER, intid);
}

void gic_frame_set_active(volatile void *frame, uint32_t intid, bool on)
{
    gic_frame_set_bit(frame, on ? GICD_ISACTIVER : GICD_ICACTIVER, intid);
}

void gic_frame_set_pending(volatile void *frame, uint32_t intid, bool on)
{
    gic_frame_set_bit(frame, on ? GICD_ISPENDR : GICD_ICPENDR, intid);
}

void gic_frame_set_priority(volatile void *frame, uint32_t intid, uint8_t priority)
{
    mmio_write8(frame, GICD_IPRIORITYR + intid, priority);
}

void gic_frame_set_edge(volatile void *frame, uint32_t intid, bool edge)
{
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
