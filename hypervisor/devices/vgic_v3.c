/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 with affinity routing always on and one security state (GICD_CTLR.DS): routing registers,
 * SGIs by system register, and a redistributor of two 64 KiB frames per vCPU. No LPIs, no extended
 * ranges; a redistributor's control registers are memory here and never reach a physical one. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/drivers/gic_dist.h"
#include "abi/state.h"

#define GICD_CTLR_DS     BIT64(6)
#define GICD_TYPER_IDBITS (UINT64_C(9) << 19)   /* INTIDs of 10 bits */
#define GICD_TYPER_A3V   BIT64(24)
#define GICD_TYPER_NO1N  BIT64(25)
#define PIDR2_ARCH3      0x3bu

/* A 64-bit register may be accessed whole or by halves. */
static void read_double(struct mmio_access *a, uint64_t value)
{
    if (a->size == 8) a->value = value;
    else if (a->size == 4) a->value = (uint32_t)(value >> (a->offset % 8 * 8));
}

static void route_write(struct vgic *g, struct virq *irq, const struct mmio_access *a,
                        struct vgic_kick *k)
{
    if (a->size == 8) irq->route = a->value;
    else if (a->size != 4) return;
    else if (a->offset % 8 == 0) irq->route = (irq->route & MASK64(63, 32)) | a->value;
    else irq->route = (irq->route & MASK64(31, 0)) | a->value << 32;
    irq->route &= MPIDR_AFFINITY;
    vgic_spi_retarget(g, irq);
    vgic_irq_push(irq);
    vgic_irq_update(irq, k);
}

static void route_mmio(struct vgic *g, struct virq *irq, struct mmio_access *a)
{
    vgic_kick_guard(k, g->vm);

    if (!a->write) a->value = 0;
    if (irq == NULL) return;
    vgic_irq_guard(irq);
    if (a->write) route_write(g, irq, a, &k);
    else read_double(a, irq->route);
}

/* A write has not reached the list registers of a vCPU that runs elsewhere yet (RWP). */
static bool is_write_pending(const struct vcpu *v, const struct vcpu *to)
{
    return to != v && to->state == VCPU_RUNNING && to->vgic.loaded &&
           __atomic_load_n(&to->vgic.dirty, __ATOMIC_RELAXED) != 0;
}

static void words_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    uint64_t value = 0;

    switch (a->offset) {
    case GICD_CTLR:
        if (a->write && a->size == 4) vgic_control_write(g, (uint32_t)a->value);
        value = g->ctlr | GICD_CTLR_ARE | GICD_CTLR_DS;
        for (uint32_t i = 0; i < g->vm->vcpu_count; i++) {
            if (is_write_pending(v, g->vm->vcpu[i])) value |= GICD_CTLR_RWP;
        }
        break;
    case GICD_TYPER:
        value = (align_up(g->irq_end, 32) / 32 - 1) | (uint64_t)(g->vm->vcpu_count - 1) << 5;
        value |= GICD_TYPER_IDBITS | GICD_TYPER_A3V | GICD_TYPER_NO1N;
        break;
    case GICD_PIDR2_V3:
        value = PIDR2_ARCH3;
        break;
    default:
        break;
    }
    if (!a->write) a->value = a->size == 4 ? value : 0;
}

void vgic_v3_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    /* Private interrupts live in the redistributors: here they do not exist. */
    if (vgic_common_mmio(g, v, NULL, a->offset, a)) return;
    if (a->offset >= GICD_IROUTER && a->offset < GICD_IROUTER + 8 * VGIC_IRQ_END_MAX) {
        route_mmio(g, vgic_irq(g, NULL, (uint32_t)(a->offset - GICD_IROUTER) / 8), a);
    } else {
        words_mmio(g, v, a);
    }
}

static void redistributor_mmio(struct vgic *g, struct vcpu *v, struct vcpu *owner, uint64_t offset,
                               struct mmio_access *a)
{
    uint64_t value = 0;
    uint64_t last = owner->id + 1 == g->vm->vcpu_count ? GICR_TYPER_LAST : 0;

    switch (offset) {
    case GICR_CTLR:
        if (is_write_pending(v, owner)) value = GICR_CTLR_RWP;
        break;
    case GICR_IIDR:
        value = VGIC_IIDR;
        break;
    case GICR_TYPER:
    case GICR_TYPER + 4:
        value = GICR_AFFINITY(owner->mpidr) << 32 | (uint64_t)owner->id << 8 | last;
        if (!a->write) {
            a->value = 0;
            read_double(a, value);
        }
        return;
    case GICR_WAKER:
        if (a->write && a->size == 4)
            owner->vgic.waker = a->value & WAKER_SLEEP ? WAKER_SLEEP | WAKER_ASLEEP : 0;
        value = owner->vgic.waker;
        break;
    case GICD_PIDR2_V3:
        value = PIDR2_ARCH3;
        break;
    default:
        break;                          /* everything of LPIs: not there */
    }
    if (!a->write) a->value = a->size == 4 ? value : 0;
}

static bool gicr_mmio(struct device *d, struct vcpu *v, struct mmio_access *a)
{
    struct vm *vm = d->vm;
    struct vgic *g = vm->vgic;
    uint64_t n = a->offset / GICR_BYTES, offset = a->offset % GICR_BYTES;

    if (!a->write) a->value = 0;
    if (g == NULL || n >= vm->vcpu_count) return true;
    if (offset < GICR_SGI_FRAME) {
        redistributor_mmio(g, v, vm->vcpu[n], offset, a);
        return true;
    }
    offset -= GICR_SGI_FRAME;
    /* Only the private interrupts' part of each register bank; the rest of the frame is empty. */
    if ((offset >= GICD_IPRIORITYR + VGIC_PRIVATE && offset < GICD_ICFGR) ||
        offset >= GICD_ICFGR + 8 || (offset < GICD_IPRIORITYR && (offset & 0x7f) != 0))
        return true;
    (void)vgic_common_mmio(g, v, vm->vcpu[n], offset, a);
    return !v->again;
}

static bool gicr_present(void)
{
    return gic->version == 3;
}

static int gicr_create(struct device *d)
{
    return d->config.len >= (uint64_t)d->vm->vcpu_count * GICR_BYTES ? 0 : -EINVAL;
}

static void gicr_reset(struct device *d)
{
    for (uint32_t i = 0; i < d->vm->vcpu_count; i++)
        d->vm->vcpu[i]->vgic.waker = WAKER_SLEEP | WAKER_ASLEEP;
}

static int gicr_save(struct device *d, struct state_writer *w)
{
    struct shyper_state_vgicr s = { .vcpus = d->vm->vcpu_count };

    for (uint32_t i = 0; i < d->vm->vcpu_count; i++)
        s.waker[i] = (uint8_t)d->vm->vcpu[i]->vgic.waker;
    return state_put(w, SHYPER_STATE_VGICR, 1, &s, sizeof(s));
}

static int gicr_restore(struct device *d, struct state_reader *r)
{
    struct shyper_state_vgicr s;
    int rc = state_get(r, SHYPER_STATE_VGICR, 1, &s, sizeof(s));

    if (rc != 0) return rc;
    if (s.vcpus != d->vm->vcpu_count || s.rsv0 != 0) return -EPROTO;
    for (uint32_t i = 0; i < ARRAY_LEN(s.waker); i++) {
        if ((s.waker[i] & ~(WAKER_SLEEP | WAKER_ASLEEP)) != 0) return -EPROTO;
    }
    for (uint32_t i = 0; i < s.vcpus; i++) d->vm->vcpu[i]->vgic.waker = s.waker[i];
    return 0;
}

static void gicr_destroy(struct device *d)
{
}

DEVICE_MODEL(gicr_model) = {
    .type = SHYPER_DEV_GICR,
    .present = gicr_present,
    .create = gicr_create,
    .mmio = gicr_mmio,
    .reset = gicr_reset,
    .save = gicr_save,
    .restore = gicr_restore,
    .destroy = gicr_destroy,
};

/* ICC_SGI1R_EL1: Aff3 55:48, RS 47:44 (which 16 of Aff0), IRM 40, Aff2 39:32, INTID 27:24, Aff1
 * 23:16, targets 15:0. */
static bool sgi_addresses(uint64_t value, const struct vcpu *from, const struct vcpu *to)
{
    uint64_t aff0 = FIELD(to->mpidr, 7, 0);
    uint64_t cluster =
        FIELD(value, 55, 48) << 32 | FIELD(value, 39, 32) << 16 | FIELD(value, 23, 16) << 8;

    if (value & BIT64(40)) return to != from;
    return (to->mpidr & ~UINT64_C(0xff)) == cluster && FIELD(value, 47, 44) == aff0 / 16 &&
           (value >> (aff0 % 16) & 1);
}

void vgic_sgi(struct vcpu *v, uint64_t value, bool group1)
{
    struct vgic *g = v->vm->vgic;
    vgic_kick_guard(k, v->vm);

    if (g == NULL) return;
    for (uint32_t i = 0; i < v->vm->vcpu_count; i++) {
        struct vcpu *to = v->vm->vcpu[i];
        struct virq *irq = &to->vgic.irq[FIELD(value, 27, 24)];

        if (!sgi_addresses(value, v, to)) continue;
        spin_guard(&to->vgic.lock);
        if (group1 || !irq->group1) vgic_irq_pend(irq, &k);
    }
}
