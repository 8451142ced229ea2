/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that GICv2's distributor, GICv3's distributor and a GICv3 redistributor's SGI frame
 * have in common (IHI 0048B 4.3, IHI 0069 12.9 and 12.11): one bit, two bits or one byte per
 * interrupt, at the same offsets. */
#pragma once

#include "hypervisor/core/types.h"

#define GICD_CTLR       0x0000u
#define GICD_TYPER      0x0004u
#define GICD_IIDR       0x0008u
#define GICD_IGROUPR    0x0080u
#define GICD_ISENABLER  0x0100u
#define GICD_ICENABLER  0x0180u
#define GICD_ISPENDR    0x0200u
#define GICD_ICPENDR    0x0280u
#define GICD_ISACTIVER  0x0300u
#define GICD_ICACTIVER  0x0380u
#define GICD_IPRIORITYR 0x0400u
#define GICD_ITARGETSR  0x0800u     /* version 2 */
#define GICD_ICFGR      0x0c00u
#define GICD_SGIR       0x0f00u     /* version 2 */
#define GICD_IROUTER    0x6000u     /* version 3 */
#define GICD_PIDR2_V2   0x0fe8u
#define GICD_PIDR2_V3   0xffe8u

#define GICD_CTLR_ARE   BIT64(4)    /* version 3 */
#define GICD_CTLR_RWP   BIT64(31)

#define GICD_ARCH_REV(pidr2) FIELD((pidr2), 7, 4)

/* Redistributors: one frame of registers, one with those above of private interrupts. */
#define GICR_CTLR        0x0000u
#define GICR_IIDR        0x0004u
#define GICR_TYPER       0x0008u
#define GICR_WAKER       0x0014u
#define GICR_SGI_FRAME   0x10000u
#define GICR_BYTES       0x20000u
#define GICR_CTLR_RWP    BIT64(3)
#define GICR_TYPER_LAST  BIT64(4)
#define WAKER_SLEEP      2u         /* ProcessorSleep */
#define WAKER_ASLEEP     4u         /* ChildrenAsleep */

/* Affinities as GICR_TYPER[63:32] has them. */
#define GICR_AFFINITY(mpidr) (FIELD(mpidr, 39, 32) << 24 | FIELD(mpidr, 23, 0))

/* Version 2's CPU interface. */
#define GICC_DIR         0x1000u

/** Bring [from, to) to the state gic_init promises. from and to are multiples of 32. */
void gic_frame_reset(volatile void *frame, uint32_t from, uint32_t to, uint8_t priority);

/** First INTID beyond the implemented SPIs. */
uint32_t gic_typer_spi_end(uint32_t typer);
