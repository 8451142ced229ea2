/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 (IHI 0048B) as seen by EL2: the distributor is shared (its first 32 interrupts are banked
 * per CPU), GICC is the calling CPU's interface, GICH its virtual interface control.
 *
 * Groups stay as the firmware left them: without Security Extensions everything is group 0, with
 * them everything non-secure software can see is group 1, and bit 0 of both control registers
 * enables just that one. CPU interfaces have numbers of their own, not derived from MPIDR; each CPU
 * learns its own from the banked target registers.
 *
 * QEMU's model forgets to look at an interrupt line again when a guest ends a hardware-linked
 * interrupt: a line that is still high, as a timer's is that was set to a time already past, is
 * then not delivered until something else happens. On that model the link is made here: the list
 * register asks for a maintenance interrupt at its end, and whoever reads the ended register
 * deactivates the interrupt at the distributor, which does look at the line. */
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/drivers/gic.h"
#include "hypervisor/drivers/gic_dist.h"
#include "lib/mmio.h"

#define GICC_CTLR        0x0000u
#define GICC_PMR         0x0004u
#define GICC_BPR         0x0008u
#define GICC_IAR         0x000cu
#define GICC_EOIR        0x0010u
#define GICC_CTLR_ENABLE BIT64(0)
#define GICC_CTLR_EOIMODE BIT64(9)

#define GICH_HCR         0x000u
#define GICH_VTR         0x004u
#define GICH_VMCR        0x008u
#define GICH_ELRSR0      0x030u
#define GICH_APR         0x0f0u
#define GICH_LR          0x100u
#define GICH_HCR_EN      1u         /* the next three bits are UIE, LRENPIE, NPIE */
#define GICH_HCR_UIE     2u
#define GICH_HCR_LRENPIE 4u
#define GICH_HCR_NPIE    8u

#define LR_EOI     BIT64(19)
#define LR_PENDING BIT64(28)
#define LR_ACTIVE  BIT64(29)
#define LR_GROUP1  BIT64(30)
#define LR_HW      BIT64(31)

#define GICD_IIDR_QEMU 0x43bu       /* Arm, product 0, which no silicon has */

static volatile void *gicd, *gicc, *gich;
static bool links_by_hand;
static uint16_t linked[CPU_MAX][GIC_LR_MAX];    /* by hand: interrupt to deactivate at the list
                                                   register's end, or 0 */
static uint8_t interface_mask[CPU_MAX];         /* GICD_ITARGETSR bit of each CPU */
static uint8_t sgi_source[CPU_MAX][16]; /* who sent the SGI being handled: part of its end */

static int v2_init(const char **why)
{
    *why = "GICv2: no GICC_DIR page or no virtualisation registers (reg of the GIC node needs four "
           "entries)";
    if (platform.gicc.len < 0x2000 || platform.gich.len == 0) return -ENODEV;
    gicd = arch_map_device(PA(platform.gicd.base), 0x1000);
    gicc = arch_map_device(PA(platform.gicc.base), 0x2000);
    gich = arch_map_device(PA(platform.gich.base), 0x1000);
    *why = "GICv2: no room to map its registers";
    if (gicd == NULL || gicc == NULL || gich == NULL) return -ENODEV;
    *why = "GICv2: the distributor's identification register says it is none";
    if (GICD_ARCH_REV(mmio_read32(gicd, GICD_PIDR2_V2)) != 2) return -ENODEV;
    links_by_hand = mmio_read32(gicd, GICD_IIDR) == GICD_IIDR_QEMU;
    mmio_write32(gicd, GICD_CTLR, 0);
    gic_spi_end = gic_typer_spi_end(mmio_read32(gicd, GICD_TYPER));
    gic_lr_count = MIN((mmio_read32(gich, GICH_VTR) & 0x3fu) + 1, GIC_LR_MAX);
    gic_traps_dir = true;       /* GICC_DIR has a page of its own, which guests do not get */
    gic_frame_reset(gicd, 32, (uint32_t)align_up(gic_spi_end, 32), GIC_PRIO_GUEST);
    mmio_write32(gicd, GICD_CTLR, 1);
    return 0;
}

/* On a machine with one CPU the target registers read as zero and there is only interface 0. */
static uint8_t v2_own_mask(void)
{
    for (uint32_t i = 0; i < 32; i += 4) {
        uint32_t v = mmio_read32(gicd, GICD_ITARGETSR + i);

        v |= v >> 16;
        v |= v >> 8;
        if ((v & 0xff) != 0) return (uint8_t)v;
    }
    return 1;
}

static void v2_set_target(uint32_t intid, uint32_t cpu)
{
    mmio_write8(gicd, GICD_ITARGETSR + intid, interface_mask[cpu]);
}

static void v2_init_cpu(uint32_t cpu)
{
    bool first = true;

    for (uint32_t i = 0; i < CPU_MAX; i++) first = first && interface_mask[i] == 0;
    interface_mask[cpu] = v2_own_mask();
    if (first) {
        for (uint32_t i = 32; i < gic_spi_end; i++) v2_set_target(i, cpu);
    }
    gic_frame_reset(gicd, 0, 32, GIC_PRIO_SGI);
    mmio_write32(gicd, GICD_ISENABLER, 0xffff);         /* SGIs */
    for (uint32_t i = 0; i < gic_lr_count; i++) mmio_write32(gich, GICH_LR + i * 4, 0);
    mmio_write32(gich, GICH_HCR, 0);
    mmio_write32(gicc, GICC_PMR, 0xff);
    mmio_write32(gicc, GICC_BPR, 0);
    mmio_write32(gicc, GICC_CTLR, GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
}

static uint32_t v2_ack(void)
{
    uint32_t iar = mmio_read32(gicc, GICC_IAR), intid = iar & 0x3ff;

    if (intid < 16) sgi_source[this_cpu()->id][intid] = (uint8_t)FIELD(iar, 12, 10);
    if (intid < GIC_SPURIOUS) mmio_write32(gicc, GICC_EOIR, iar);
    return intid;
}

static uint32_t v2_with_source(uint32_t intid)
{
    return intid < 16 ? intid | (uint32_t)sgi_source[this_cpu()->id][intid] << 10 : intid;
}

static void v2_deactivate(uint32_t intid) { mmio_write32(gicc, GICC_DIR, v2_with_source(intid)); }

static volatile void *v2_frame(uint32_t intid) { return gicd; }

static void v2_send_sgi(uint32_t cpu, uint32_t sgi)
{
    /* Orders what the sender wrote to memory before the interrupt; the receiver's acknowledge is
     * the partner. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    mmio_write32(gicd, GICD_SGIR, (uint32_t)interface_mask[cpu] << 16 | sgi);
}

static void v2_lr_write(uint32_t n, const struct gic_lr *lr)
{
    uint64_t v = lr->intid | (uint64_t)(lr->priority >> 3) << 23;

    linked[this_cpu()->id][n] = lr->hw && links_by_hand ? (uint16_t)lr->hw_intid : 0;
    if (lr->hw && links_by_hand) v |= LR_EOI;
    else if (lr->hw) v |= LR_HW | (uint64_t)lr->hw_intid << 10;
    else if (lr->intid < 16) v |= (uint64_t)lr->source << 10;
    if (lr->eoi_maintenance && !lr->hw) v |= LR_EOI;
    if (lr->pending) v |= LR_PENDING;
    if (lr->active) v |= LR_ACTIVE;
    if (lr->group1) v |= LR_GROUP1;
    mmio_write32(gich, GICH_LR + n * 4, (uint32_t)v);
}

static uint64_t v2_lr_empty(void)
{
    return mmio_read32(gich, GICH_ELRSR0);      /* GIC_LR_MAX is less than its 32 */
}

static bool v2_lr_link(uint32_t n, uint32_t intid, uint8_t priority, bool group1)
{
    const struct gic_lr lr = {
        .intid = intid, .hw_intid = intid, .priority = priority,
        .pending = true, .hw = true, .group1 = group1,
    };

    if (!(v2_lr_empty() >> n & 1)) return false;
    v2_lr_write(n, &lr);
    return true;
}

static void v2_lr_read(uint32_t n, struct gic_lr *lr)
{
    uint32_t v = mmio_read32(gich, GICH_LR + n * 4);
    uint16_t *link = &linked[this_cpu()->id][n];

    *lr = (struct gic_lr){
        .intid = v & 0x3ff,
        .priority = (uint8_t)(FIELD(v, 27, 23) << 3),
        .hw = (v & LR_HW) != 0,
        .pending = (v & LR_PENDING) != 0,
        .active = (v & LR_ACTIVE) != 0,
    };
    if (!lr->hw && lr->intid < 16) lr->source = (uint8_t)FIELD(v, 12, 10);
    if (*link == 0) return;
    lr->hw = true;
    if (!lr->pending && !lr->active) {
        v2_deactivate(*link);
        *link = 0;
    }
}

static void v2_maintenance(uint32_t raise)
{
    uint32_t hcr = GICH_HCR_EN;

    if (raise & GIC_MAINT_UNDERFLOW) hcr |= GICH_HCR_UIE;
    if (raise & GIC_MAINT_NO_PENDING) hcr |= GICH_HCR_NPIE;
    if (raise & GIC_MAINT_UNLISTED_EOI) hcr |= GICH_HCR_LRENPIE;
    mmio_write32(gich, GICH_HCR, hcr);
}

static uint32_t v2_eoi_count(void)
{
    return (uint32_t)FIELD(mmio_read32(gich, GICH_HCR), 31, 27);
}

static uint64_t v2_vmcr(void)
{
    return mmio_read32(gich, GICH_VMCR);
}

static void v2_vcpu_load(const struct gic_vcpu_regs *r)
{
    mmio_write32(gich, GICH_VMCR, (uint32_t)r->vmcr);
    mmio_write32(gich, GICH_APR, r->apr[0]);
    mmio_write32(gich, GICH_HCR, GICH_HCR_EN);
}

static void v2_vcpu_save(struct gic_vcpu_regs *r)
{
    r->vmcr = mmio_read32(gich, GICH_VMCR);
    r->apr[0] = mmio_read32(gich, GICH_APR);
    mmio_write32(gich, GICH_HCR, 0);
}

static void v2_vcpu_reset(struct gic_vcpu_regs *r)
{
    *r = (struct gic_vcpu_regs){ 0 };
}

const struct gic_driver gic_driver_v2 = {
    .version = 2,
    .init = v2_init,
    .init_cpu = v2_init_cpu,
    .ack = v2_ack,
    .deactivate = v2_deactivate,
    .frame = v2_frame,
    .set_target = v2_set_target,
    .send_sgi = v2_send_sgi,
    .lr_write = v2_lr_write,
    .lr_link = v2_lr_link,
    .lr_read = v2_lr_read,
    .lr_empty = v2_lr_empty,
    .maintenance = v2_maintenance,
    .eoi_count = v2_eoi_count,
    .vmcr = v2_vmcr,
    .vcpu_load = v2_vcpu_load,
    .vcpu_save = v2_vcpu_save,
    .vcpu_reset = v2_vcpu_reset,
};
