/* SPDX-License-Identifier: Apache-2.0 */
/* The registers GICv2's distributor, GICv3's distributor and GICv3's redistributors have in common,
 * and the GICD device.
 *
 * A 32-bit access reaches one word of bits, two-bit fields or bytes; byte fields can also be
 * accessed as bytes and halfwords. Everything else inside the frame, and every interrupt that does
 * not exist, reads as zero and ignores writes. To read pending and active bits of what is in the
 * list registers of a vCPU that runs on another core, that core is asked to look at them, and the
 * access is tried again until it has. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/core/page.h"
#include "hypervisor/drivers/gic_dist.h"
#include "abi/state.h"

static bool is_pending_now(const struct virq *irq)
{
    return vgic_is_pending(irq) || (irq->lr >= 0 && irq->lr_pending);
}

static uint32_t bit_read(const struct virq *irq, uint32_t bank)
{
    switch (bank) {
    case GICD_IGROUPR:   return irq->group1;
    case GICD_ISENABLER:
    case GICD_ICENABLER: return irq->enabled;
    case GICD_ISPENDR:
    case GICD_ICPENDR:   return is_pending_now(irq);
    default:             return irq->active;
    }
}

static void set_enabled(struct virq *irq, bool on, struct vgic_kick *k)
{
    if (irq->enabled == on) return;
    irq->enabled = on;
    if (vgic_drives_hw(irq)) gic_enable(irq->hw_intid, on);
    vgic_irq_update(irq, k);
}

static void bit_write(struct vgic *g, struct virq *irq, uint32_t bank, uint32_t one,
                      struct vgic_kick *k)
{
    switch (bank) {
    case GICD_IGROUPR:
        if (irq->group1 == (one != 0)) return;
        irq->group1 = one != 0;
        vgic_irq_update(irq, k);
        break;
    case GICD_ISENABLER:
        set_enabled(irq, true, k);
        break;
    case GICD_ICENABLER:
        set_enabled(irq, false, k);
        break;
    case GICD_ISPENDR:
        if (g->version == 2 && vgic_is_sgi(irq))
            break; /* only by GICD_SPENDSGIR, which names the source */
        vgic_irq_pend(irq, k);
        break;
    case GICD_ICPENDR:
        if (g->version == 2 && vgic_is_sgi(irq)) break;
        if (vgic_drives_hw(irq)) gic_set_pending(irq->hw_intid, false);
        vgic_irq_want(irq, WANT_UNPEND, k);
        break;
    case GICD_ISACTIVER:
        vgic_irq_want(irq, WANT_ACTIVE, k);
        break;
    default:
        vgic_irq_want(irq, WANT_INACTIVE, k);
    }
}

void vgic_control_write(struct vgic *g, uint32_t value)
{
    vgic_kick_guard(k, g->vm);

    __atomic_store_n(&g->ctlr, value & (VGIC_GROUP0 | VGIC_GROUP1), __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < g->vm->vcpu_count; i++) {
        spin_guard(&g->vm->vcpu[i]->vgic.lock);
        vgic_touch(g->vm->vcpu[i], VGIC_REFILL, &k);
    }
}

void vgic_spi_retarget(struct vgic *g, struct virq *irq)
{
    if (g->version == 2) {
        /* Several targets: the lowest takes it, as an implementation may choose. */
        irq->target = irq->targets == 0 ? NULL : g->vm->vcpu[__builtin_ctz(irq->targets)];
        return;
    }
    irq->target = NULL;
    for (uint32_t i = 0; i < g->vm->vcpu_count; i++) {
        if (g->vm->vcpu[i]->mpidr == irq->route) irq->target = g->vm->vcpu[i];
    }
}

static uint32_t priority_read(const struct virq *irq, uint32_t bank)
{
    return irq->priority;
}

static void priority_write(struct vgic *g, struct virq *irq, uint32_t bank, uint32_t value,
                           struct vgic_kick *k)
{
    irq->priority = (uint8_t)value & VGIC_PRIORITY;
    vgic_irq_push(irq);
    vgic_irq_update(irq, k);
}

static uint32_t config_read(const struct virq *irq, uint32_t bank)
{
    return irq->edge ? 2 : 0;
}

/* Trigger of SPIs; SGIs are edges and PPIs levels for good. */
static void config_write(struct vgic *g, struct virq *irq, uint32_t bank, uint32_t value,
                         struct vgic_kick *k)
{
    bool edge = (value & 2) != 0;

    if (vgic_is_private(irq) || irq->edge == edge) return;
    irq->edge = edge;
    if (vgic_drives_hw(irq)) gic_set_edge(irq->hw_intid, edge);
    vgic_irq_update(irq, k);
}

static const struct vgic_bank bit_bank = { 1, bit_read, bit_write };
static const struct vgic_bank priority_bank = { 8, priority_read, priority_write };
static const struct vgic_bank config_bank = { 2, config_read, config_write };

/* What the record says is what the hardware has: it is not in list registers of another core, or that
 * core has looked since v asked it to, which v does here. */
static bool is_known(struct vcpu *v, const struct virq *irq, struct vgic_kick *k)
{
    struct vcpu *keeper = irq->keeper;
    uint32_t bit = 1u << keeper->id;

    if (keeper == v || (irq->lr < 0 && irq->want == 0)) return true;
    if (!keeper->vgic.loaded || keeper->state != VCPU_RUNNING) return true;
    if (!(v->vgic.asked & bit)) {
        v->vgic.asked |= bit;
        v->vgic.asked_looks[keeper->id] = keeper->vgic.looks;
        vgic_touch(keeper, VGIC_REFILL, k);
    }
    return keeper->vgic.looks != v->vgic.asked_looks[keeper->id];
}

/* An access that was to be tried again may have been given up, for an interrupt: what was asked then
 * says nothing about another register. */
static void ask_anew(struct vgic_cpu *c, uint32_t bank, uint32_t first, const struct vcpu *owner)
{
    uint32_t which = bank << 16 | first << 4 | (owner == NULL ? 0 : owner->id);

    if (c->asked_for != which) c->asked = 0;
    c->asked_for = which;
}

/* Fields of the interrupts from `first` on, each under its own keeper's lock. */
void vgic_fields_mmio(struct vgic *g, struct vcpu *v, struct vcpu *owner, const struct vgic_bank *b,
                      uint32_t bank, uint32_t first, struct mmio_access *a)
{
    vgic_kick_guard(k, g->vm);
    uint32_t mask = (1u << b->bits) - 1;
    bool states = !a->write && bank >= GICD_ISPENDR, known = true;

    if (states) ask_anew(&v->vgic, bank, first, owner);
    for (uint32_t i = 0; i < a->size * 8u / b->bits; i++) {
        struct virq *irq = vgic_irq(g, owner, first + i);
        uint32_t at = i * b->bits, value = (uint32_t)(a->value >> at) & mask;

        if (irq == NULL || (a->write && value == 0 && bank > GICD_IGROUPR)) continue;
        vgic_irq_guard(irq);
        if (states) known = is_known(v, irq, &k) && known;
        if (a->write) b->write(g, irq, bank, value, &k);
        else a->value |= (uint64_t)b->read(irq, bank) << at;
    }
    if (states && known) v->vgic.asked = 0;
    v->again = !known;
}

bool vgic_common_mmio(struct vgic *g, struct vcpu *v, struct vcpu *owner, uint64_t offset,
                      struct mmio_access *a)
{
    uint32_t at = (uint32_t)offset;
    bool bytes = offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 0x400;
    bool config = offset >= GICD_ICFGR && offset < GICD_ICFGR + 0x100;

    if (offset < GICD_IGROUPR || (offset >= GICD_ITARGETSR && !config) || offset > 0xfff)
        return false;
    if (!a->write) a->value = 0;
    if (a->size > 4 || (a->size < 4 && !bytes)) return true;
    if (!a->write && at >= GICD_ISPENDR && at < GICD_IPRIORITYR) vgic_fold(v);
    if (bytes) vgic_fields_mmio(g, v, owner, &priority_bank, 0, at - GICD_IPRIORITYR, a);
    else if (config) vgic_fields_mmio(g, v, owner, &config_bank, 0, (at - GICD_ICFGR) * 4, a);
    else vgic_fields_mmio(g, v, owner, &bit_bank, at & ~0x7fu, (at & 0x7f) * 8, a);
    return true;
}

static cold_fn bool registers_mmio(struct vgic *g, struct vcpu *v, struct mmio_access *a)
{
    if (g->version == 2) vgic_v2_mmio(g, v, a);
    else vgic_v3_mmio(g, v, a);
    return !v->again;
}

/* The constant that instruction counts are taken with, first. */
static bool gicd_mmio(struct device *d, struct vcpu *v, struct mmio_access *a)
{
    if (a->offset == GICD_IIDR && !a->write && a->size == 4) {
        a->value = VGIC_IIDR;
        return true;
    }
    return registers_mmio(d->state, v, a);
}

/* How many interrupts: the MVM sees the board's and a line for the doorbell; guests what their
 * devices need. */
static uint32_t irq_end_of(const struct vm *vm)
{
    uint32_t end = 2 * VGIC_PRIVATE;

    if (vm->is_mvm) end = (uint32_t)align_up(gic_spi_end, 32) + 32;
    for (uint32_t i = 0; i < vm->config.device_count; i++) {
        if (vm->config.device[i].irq < VGIC_IRQ_END_MAX)
            end = MAX(end, vm->config.device[i].irq + 1);
    }
    return MIN((uint32_t)align_up(end, 32), VGIC_IRQ_END_MAX);
}

/* An interrupt takes some 150 instructions, one of the board several times that. */
#define RESET_STEP 80u
#define RESET_HW   8u

static uint32_t spi_reset(struct vgic *g, uint32_t i)
{
    struct virq *irq = &g->spi[i - VGIC_PRIVATE];
    bool hw = irq->hw;
    vgic_irq_guard(irq);

    list_remove(&irq->node);
    vgic_irq_reset(irq, i, g->version);
    vgic_spi_retarget(g, irq);
    if (hw) {
        irq->hw = true;
        irq->hw_intid = (uint16_t)i;
        vgic_irq_push(irq);
        gic_set_active(i, false);
        gic_set_pending(i, false);
        gic_set_edge(i, false);
    }
    return hw ? RESET_HW : 1;
}

static uint32_t vcpu_reset_irqs(struct vcpu *v)
{
    spin_guard(&v->vgic.lock);

    vgic_private_reset(v);
    return VGIC_PRIVATE;
}

/* The shared interrupts first: who resets his own has none of them in his queue. */
bool vgic_reset_some(struct vm *vm)
{
    struct vgic *g = vm->vgic;

    if (g == NULL) return true;
    for (uint32_t spent = 0, i; spent < RESET_STEP; g->reset_to++) {
        i = g->reset_to;
        if (i == g->irq_end + vm->vcpu_count) {
            g->reset_to = VGIC_PRIVATE;
            return true;
        }
        spent += i < g->irq_end ? spi_reset(g, i) : vcpu_reset_irqs(vm->vcpu[i - g->irq_end]);
    }
    return false;
}

static int gicd_create(struct device *d)
{
    struct vm *vm = d->vm;
    uint32_t irq_end = irq_end_of(vm);
    uint64_t bytes = sizeof(struct vgic) + (irq_end - VGIC_PRIVATE) * sizeof(struct virq);
    uint32_t pages = (uint32_t)(align_up(bytes, PAGE_SIZE) / PAGE_SIZE);
    struct vgic *g;

    if (vm->vgic != NULL) return -EEXIST;
    g = page_alloc(PAGE_DEVICE, vm->id, pages);
    if (g == NULL) return -ENOMEM;
    g->vm = vm;
    g->version = gic->version;
    g->irq_end = irq_end;
    g->pages = pages;
    for (uint32_t i = 0; i < irq_end - VGIC_PRIVATE; i++) {
        list_init(&g->spi[i].node);
        g->spi[i].keeper = vm->vcpu[0];
    }
    g->reset_to = VGIC_PRIVATE;
    d->state = g;
    vm->vgic = g;
    return 0;
}

static void gicd_reset(struct device *d)
{
    struct vgic *g = d->state;

    g->ctlr = 0;
}

static void gicd_destroy(struct device *d)
{
    struct vgic *g = d->state;

    vgic_disown_all(d->vm);
    d->vm->vgic = NULL;
    d->state = NULL;
    page_free(g, g->pages);
}

DEVICE_MODEL(gicd_model) = {
    .type = SHYPER_DEV_GICD,
    .create = gicd_create,
    .mmio = gicd_mmio,
    .reset = gicd_reset,
    .save = vgic_save_state,
    .restore = vgic_restore_state,
    .destroy = gicd_destroy,
};
