/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2: target bytes, SGIs that know their source, and the CPU interface. The first page of the
 * latter is not emulated: it is the physical virtual interface (GICV), so acknowledging and ending
 * interrupts costs no exit. The second has GICC_DIR alone, which has to reach interrupts that are in
 * no list register. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/drivers/gic_dist.h"
#include "abi/state.h"

#define GICD_CPENDSGIR  0x0f10u
#define GICD_SPENDSGIR  0x0f20u

/* A GICv2 has eight CPU interfaces at most, as a VM has vCPUs. */
_Static_assert(SHYPER_VCPU_MAX <= 8, "a byte of targets");

static uint8_t every_vcpu(const struct vgic *g)
{
    return (uint8_t)((1u << g->vm->vcpu_count) - 1);
}

static void sgi_pend(struct vcpu *to, uint32_t sgi, uint8_t sources, struct vgic_kick *k)
{
    struct virq *irq = &to->vgic.irq[sgi];

    if (sources == 0) return;
    irq->sgi_drop &= (uint8_t)~sources;
    irq->sgi_sources |= sources;
    irq->pending = true;
    vgic_irq_raise(irq, k);
}

/* GICD_SGIR: to a list of vCPUs, to all others, or to itself. */
static void sgi_send(struct vgic *g, struct vcpu *v, uint32_t value)
{
    uint32_t self = 1u << v->id;
    const uint32_t filter[] = { (uint32_t)FIELD(value, 23, 16), ~self, self, 0 };
    uint32_t to = filter[FIELD(value, 25, 24)];
    vgic_kick_guard(k, g->vm);

    for (uint32_t i = 0; i < g->vm->vcpu_count; i++) {
        if (!(to >> i & 1)) continue;
        spin_guard(&g->vm->vcpu[i]->vgic.lock);
        sgi_pend(g->vm->vcpu[i], value & 15, (uint8_t)self, &k);
    }
}

/* GICD_CPENDSGIRn, GICD_SPENDSGIRn: a byte of sources for each SGI of the calling vCPU. */
static void sgi_pending_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    bool set = a->offset >= GICD_SPENDSGIR;
    uint32_t first = (uint32_t)a->offset & 15;
    vgic_kick_guard(k, g->vm);
    spin_guard(&v->vgic.lock);

    vgic_peek(v);
    for (uint32_t i = 0; i < a->size; i++) {
        struct virq *irq = &v->vgic.irq[first + i];
        uint8_t sources = (uint8_t)(a->value >> (i * 8)) & every_vcpu(g);

        if (!a->write) {
            a->value |= (uint64_t)irq->sgi_sources << (i * 8);
            if (irq->lr >= 0 && irq->lr_pending)
                a->value |= UINT64_C(1) << (i * 8 + irq->lr_source);
        } else if (set) {
            sgi_pend(v, first + i, sources, &k);
        } else if (sources != 0) {
            irq->sgi_drop |= sources;
            vgic_irq_want(irq, WANT_SGI_DROP, &k);
        }
    }
}

/* Of one's own interrupts: who am I. */
static uint32_t targets_read(const struct virq *irq, uint32_t bank)
{
    return vgic_is_private(irq) ? 1u << irq->keeper->id : irq->targets;
}

static void targets_write(struct vgic *g, struct virq *irq, uint32_t bank, uint32_t value,
                          struct vgic_kick *k)
{
    if (vgic_is_private(irq)) return;
    irq->targets = (uint8_t)value & every_vcpu(g);
    vgic_spi_retarget(g, irq);
    vgic_irq_push(irq);
    vgic_irq_update(irq, k);
}

static const struct vgic_bank targets_bank = { 8, targets_read, targets_write };

/* A VM of one vCPU has no target registers: they are zero (IHI 0048B 4.3.12). */
static void bytes_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    uint32_t first = (uint32_t)a->offset - GICD_ITARGETSR;

    if (!a->write) a->value = 0;
    if (a->size > 4) return;
    if (a->offset >= GICD_CPENDSGIR) sgi_pending_mmio(g, v, a);
    else if (g->vm->vcpu_count > 1) vgic_fields_mmio(g, v, v, &targets_bank, 0, first, a);
}

static void words_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    uint32_t value = 0;

    switch (a->offset) {
    case GICD_CTLR:
        if (a->write && a->size == 4) vgic_control_write(g, (uint32_t)a->value);
        value = g->ctlr;
        break;
    case GICD_TYPER:
        value = (uint32_t)align_up(g->irq_end, 32) / 32 - 1;
        value |= (g->vm->vcpu_count - 1) << 5;
        break;
    case GICD_SGIR:
        if (a->write && a->size == 4) sgi_send(g, v, (uint32_t)a->value);
        break;
    case GICD_PIDR2_V2:
        value = 0x2b;               /* architecture 2 */
        break;
    default:
        break;
    }
    if (!a->write) a->value = a->size == 4 ? value : 0;
}

void vgic_v2_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    if (vgic_common_mmio(g, v, v, a->offset, a)) return;
    if ((a->offset >= GICD_ITARGETSR && a->offset < GICD_ITARGETSR + 0x400) ||
        (a->offset >= GICD_CPENDSGIR && a->offset < GICD_SPENDSGIR + 0x10)) {
        bytes_mmio(g, v, a);
    } else {
        words_mmio(g, v, a);
    }
}

static bool gicc_present(void)
{
    return gic->version == 2;
}

static int gicc_create(struct device *d)
{
    return s2_map(&d->vm->s2, IPA(d->config.ipa), PA(platform.gicv.base), PAGE_SIZE, S2_DEVICE);
}

/* The interface's registers are the vCPU's and are reset and saved with it (struct vgic_cpu). The
 * mapping lives as long as the VM's stage 2. */
static bool gicc_mmio(struct device *d, struct vcpu *v, struct mmio_access *a)
{
    if (!a->write) a->value = 0;
    else if (a->offset == GICC_DIR && a->size == 4) vgic_dir(v, (uint32_t)a->value);
    return true;
}

static void gicc_nothing(struct device *d)
{
}

static int gicc_save(struct device *d, struct state_writer *w)
{
    return 0;
}

static int gicc_restore(struct device *d, struct state_reader *r)
{
    return 0;
}

DEVICE_MODEL(gicc_model) = {
    .type = SHYPER_DEV_GICC,
    .present = gicc_present,
    .create = gicc_create,
    .mmio = gicc_mmio,
    .reset = gicc_nothing,
    .save = gicc_save,
    .restore = gicc_restore,
    .destroy = gicc_nothing,
};
