/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 (IHI 0069) distributor and redistributors. A CPU finds its redistributor by comparing
 * affinities with GICR_TYPER of every frame; only the first page of each of its two frames is
 * mapped, that is where all registers used here lie. LPIs are not used: no ITS is given to anyone.
 */
#include "hypervisor/drivers/gic_v3.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/drivers/gic_dist.h"
#include "lib/mmio.h"

#define GICD_CTLR_GROUP1 \
    3u /* EnableGrp1 in both views of the register: with and without two security states */
#define GICR_TYPER_VLPIS  BIT64(1)      /* two more frames, for virtual LPIs */

#define POLLS_MAX 1000000u /* a register that does not settle within these many reads never will \
                            */

static volatile void *gicd;
static volatile void *gicr_rd[CPU_MAX], *gicr_sgi[CPU_MAX];

static bool settles(volatile void *base, uint64_t at, uint64_t bits)
{
    for (uint32_t i = 0; i < POLLS_MAX; i++) {
        if ((mmio_read32(base, at) & bits) == 0) return true;
    }
    return false;
}

/* Give this frame to the CPU it belongs to; frames of CPUs we do not use are passed over. */
static void redistributor_found(uint64_t typer, volatile void *rd, pa_t at)
{
    for (uint32_t i = 0; i < platform.cpu_count; i++) {
        if (FIELD(typer, 63, 32) != GICR_AFFINITY(platform.cpu[i].mpidr)) continue;
        gicr_rd[i] = rd;
        gicr_sgi[i] = arch_map_device(PA(at.v + GICR_SGI_FRAME), PAGE_SIZE);
        return;
    }
}

static uint32_t redistributors_missing(void)
{
    uint32_t missing = 0;

    for (uint32_t i = 0; i < platform.cpu_count; i++) missing += gicr_sgi[i] == NULL;
    return missing;
}

static void redistributors_find(const struct mmio_range *region)
{
    uint64_t at = 0, typer;

    do {
        volatile void *rd = arch_map_device(PA(region->base + at), PAGE_SIZE);

        if (rd == NULL) return;
        typer = mmio_read64(rd, GICR_TYPER);
        redistributor_found(typer, rd, PA(region->base + at));
        at += (typer & GICR_TYPER_VLPIS) ? 2 * GICR_BYTES : GICR_BYTES;
    } while (!(typer & GICR_TYPER_LAST) && at + GICR_BYTES <= region->len &&
             redistributors_missing() > 0);
}

static void v3_set_target(uint32_t intid, uint32_t cpu)
{
    mmio_write64(gicd, GICD_IROUTER + intid * 8, platform.cpu[cpu].mpidr);
}

static int v3_init(const char **why)
{
    uint32_t end;

    gicd = arch_map_device(PA(platform.gicd.base), 0x10000);
    *why = "GICv3: no room to map its distributor";
    if (gicd == NULL) return -ENODEV;
    *why = "GICv3: the distributor's identification register says it is none";
    if (GICD_ARCH_REV(mmio_read32(gicd, GICD_PIDR2_V3)) < 3) return -ENODEV;
    for (uint32_t i = 0; i < CPU_MAX; i++) gicr_rd[i] = gicr_sgi[i] = NULL;
    for (uint32_t i = 0; i < ARRAY_LEN(platform.gicr); i++) {
        if (platform.gicr[i].len >= GICR_BYTES) redistributors_find(&platform.gicr[i]);
    }
    *why = "GICv3: a CPU has no redistributor in the regions the device tree lists";
    if (redistributors_missing() > 0) return -ENODEV;
    mmio_write32(gicd, GICD_CTLR, 0);
    *why = "GICv3: the distributor does not settle (GICD_CTLR.RWP)";
    if (!settles(gicd, GICD_CTLR, GICD_CTLR_RWP)) return -ENODEV;
    gic_spi_end = gic_typer_spi_end(mmio_read32(gicd, GICD_TYPER));
    gic_lr_count = MIN(gicv3_lr_count(), GIC_LR_MAX);
    gic_traps_dir = gicv3_traps_dir();
    end = (uint32_t)align_up(gic_spi_end, 32);
    gic_frame_reset(gicd, 32, end, GIC_PRIO_GUEST);
    for (uint32_t i = 32; i < end; i += 32) mmio_write32(gicd, GICD_IGROUPR + i / 8, ~0u);
    mmio_write32(gicd, GICD_CTLR, (uint32_t)(GICD_CTLR_ARE | GICD_CTLR_GROUP1));
    for (uint32_t i = 32; i < gic_spi_end; i++)
        v3_set_target(i, 0); /* only with affinity routing on */
    return 0;
}

static void v3_init_cpu(uint32_t cpu)
{
    uint32_t waker = mmio_read32(gicr_rd[cpu], GICR_WAKER);

    mmio_write32(gicr_rd[cpu], GICR_WAKER, waker & ~WAKER_SLEEP);
    if (!settles(gicr_rd[cpu], GICR_WAKER, WAKER_ASLEEP)) {
        panic("GICv3: the redistributor of CPU %u does not wake", cpu);
    }
    gic_frame_reset(gicr_sgi[cpu], 0, 32, GIC_PRIO_SGI);
    mmio_write32(gicr_sgi[cpu], GICD_IGROUPR, ~0u);
    mmio_write32(gicr_sgi[cpu], GICD_ISENABLER, 0xffff);        /* SGIs */
    if (!settles(gicr_rd[cpu], GICR_CTLR, GICR_CTLR_RWP)) {
        panic("GICv3: the redistributor of CPU %u does not settle", cpu);
    }
    gicv3_cpu_init();
}

/* Registers of an interrupt: SGIs and PPIs are the calling CPU's own. */
static volatile void *v3_frame(uint32_t intid)
{
    return intid >= 32 ? gicd : gicr_sgi[this_cpu()->id];
}

static void v3_send_sgi(uint32_t cpu, uint32_t sgi)
{
    gicv3_send_sgi(platform.cpu[cpu].mpidr, sgi);
}

/* VFIQEn reads as one in the system register interface: group 0 is always FIQ. */
static void v3_vcpu_reset(struct gic_vcpu_regs *r)
{
    *r = (struct gic_vcpu_regs){ .vmcr = BIT64(3) };
}

const struct gic_driver gic_driver_v3 = {
    .version = 3,
    .init = v3_init,
    .init_cpu = v3_init_cpu,
    .ack = gicv3_ack,
    .deactivate = gicv3_deactivate,
    .frame = v3_frame,
    .set_target = v3_set_target,
    .send_sgi = v3_send_sgi,
    .lr_write = gicv3_lr_write,
    .lr_link = gicv3_lr_link,
    .lr_read = gicv3_lr_read,
    .lr_empty = gicv3_lr_empty,
    .maintenance = gicv3_maintenance,
    .eoi_count = gicv3_eoi_count,
    .vmcr = gicv3_vmcr,
    .vcpu_load = gicv3_vcpu_load,
    .vcpu_save = gicv3_vcpu_save,
    .vcpu_reset = v3_vcpu_reset,
};
