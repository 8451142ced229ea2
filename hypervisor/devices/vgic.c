/* SPDX-License-Identifier: Apache-2.0 */
/* Records and queues of the virtual GIC, and everything that makes an interrupt pending.
 *
 * Invariant, whenever the lock is free: an interrupt is in a vCPU's queue exactly if it is in one
 * of its list registers, or active, or enabled and pending with a target. An active interrupt stays
 * with the vCPU that took it. A queue is in the order of `order`: priorities, of active interrupts
 * the one they were taken with; first come first among equals. Group enables are looked at on
 * delivery only, so that switching a group needs no walk over all interrupts. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/platform.h"

uint32_t vgic_doorbell_intid(void)
{
    return MIN((uint32_t)align_up(gic_spi_end, 32), VGIC_IRQ_END_MAX - 1);
}

/* A board with 988 SPIs has none to spare: the last one is then never passed on to the MVM. */
static bool is_doorbell(const struct vm *vm, uint32_t intid)
{
    return vm->is_mvm && intid == vgic_doorbell_intid();
}

void vgic_unlock(struct vgic *g, struct vgic_kick *k)
{
    spin_unlock(&g->lock);
    for (uint32_t i = 0; k->vcpus >> i != 0; i++) {
        struct vcpu *v = g->vm->vcpu[i];

        if (!(k->vcpus >> i & 1)) continue;
        if (this_cpu()->vcpu == v && v->state == VCPU_RUNNING)
            cpu_request(v->cpu, WORK_VGIC); /* else it may just sleep */
        else vcpu_kick(v);
    }
    k->vcpus = 0;
}

struct virq *vgic_irq(struct vgic *g, struct vcpu *v, uint32_t intid)
{
    if (intid < VGIC_PRIVATE) return v == NULL ? NULL : &v->vgic.irq[intid];
    return intid < g->irq_end ? &g->spi[intid - VGIC_PRIVATE] : NULL;
}

/* Version 2 starts in group 0, the only one its CPU interface enables by the plain bit 0; version 3
 * in group 1, because group 0 would arrive as FIQ. */
void vgic_irq_reset(struct virq *irq, uint32_t intid, uint32_t version)
{
    *irq = (struct virq){
        .intid = (uint16_t)intid,
        .lr = -1,
        .enabled = intid < 16,
        .edge = intid < 16,
        .group1 = version == 3,
        .targets = 1,
    };
    list_init(&irq->node);
}

void vgic_private_reset(struct vcpu *v)
{
    struct vgic_cpu *c = &v->vgic;

    *c = (struct vgic_cpu){ .waker = 6 };       /* asleep: ProcessorSleep, ChildrenAsleep */
    list_init(&c->queue);
    for (uint32_t i = 0; i < VGIC_PRIVATE; i++) {
        vgic_irq_reset(&c->irq[i], i, gic->version);
        c->irq[i].target = v;
    }
    if (platform.irq_vtimer >= 16 && platform.irq_vtimer < VGIC_PRIVATE) {
        c->irq[platform.irq_vtimer].hw = true;
        c->irq[platform.irq_vtimer].hw_intid = (uint16_t)platform.irq_vtimer;
    }
    gic->vcpu_reset(&c->regs);
}

void vgic_vcpu_init(struct vcpu *v)
{
    struct vgic *g = v->vm->vgic;
    struct vgic_kick k = { 0 };

    if (g == NULL) {
        vgic_private_reset(v);
        return;
    }
    spin_lock(&g->lock);
    gic->vcpu_reset(&v->vgic.regs);
    for (uint32_t i = 0; i < VGIC_PRIVATE; i++) {
        struct virq *irq = &v->vgic.irq[i];

        irq->active = irq->taken = false;       /* nothing is left that could end it */
        if (irq->hw) irq->pending = irq->hw_active = false;
        vgic_irq_update(irq, &k);
    }
    vgic_unlock(g, &k);
}

void vgic_touch(struct vcpu *v, struct vgic_kick *k)
{
    v->vgic.dirty = true;
    k->vcpus |= 1u << v->id;
}

static uint8_t order_of(const struct virq *irq)
{
    return irq->active ? irq->running : irq->priority;
}

static void queue_insert(struct vcpu *v, struct virq *irq)
{
    struct list *at = &v->vgic.queue;

    irq->order = order_of(irq);
    /* From the back: equals keep their order, and what comes last usually goes last. */
    while (at->prev != &v->vgic.queue && list_item(at->prev, struct virq, node)->order > irq->order)
        at = at->prev;
    list_insert_before(at, &irq->node);
    irq->queued = v;
}

void vgic_irq_update(struct virq *irq, struct vgic_kick *k)
{
    struct vcpu *was = irq->queued, *now = NULL;

    if (irq->lr >= 0) {
        vgic_touch(was, k);             /* its core takes it back and calls this again */
        return;
    }
    if (irq->active && was != NULL) now = was;
    else if (irq->active || (irq->enabled && vgic_is_pending(irq))) now = irq->target;

    if (now == NULL || now != was || irq->order != order_of(irq)) {
        list_remove(&irq->node);
        irq->queued = NULL;
        if (now != NULL) queue_insert(now, irq);
    }
    if (now != NULL) vgic_touch(now, k);
}

/* The physical interrupt must be active exactly while the guest has it pending or active, or it
 * would fire again and again, or never. A PPI's state is the core's that vCPU is loaded on; for the
 * others hw_active remembers it. */
static void link_sync(struct virq *irq)
{
    bool held = irq->active || irq->pending;

    if (!irq->hw) return;
    if (!vgic_is_private(irq)) {
        gic->set_active(irq->hw_intid, held);
    } else if (irq->hw_active != held) {
        irq->hw_active = held;
        if (irq->target->vgic.loaded) gic->set_active(irq->hw_intid, held);
    }
}

void vgic_irq_apply_want(struct virq *irq)
{
    if (irq->want == 0) return;
    if (irq->want & WANT_UNPEND) irq->pending = false;
    if (irq->want & WANT_SGI_DROP) {
        irq->sgi_sources &= (uint8_t)~irq->sgi_drop;
        irq->pending = irq->sgi_sources != 0;
        irq->sgi_drop = 0;
    }
    if ((irq->want & WANT_ACTIVE) && !irq->active) {
        irq->active = true;
        irq->running = irq->priority;
    }
    if (irq->want & WANT_INACTIVE) irq->active = irq->taken = false;
    irq->want = 0;
    link_sync(irq);
}

/* A linked PPI's physical half can be changed only on the core it belongs to. */
static bool is_in_hardware(const struct virq *irq)
{
    return irq->lr >= 0 || (irq->hw && vgic_is_private(irq) && irq->target->vgic.loaded);
}

void vgic_irq_want(struct virq *irq, uint8_t want, struct vgic_kick *k)
{
    if (want & (WANT_ACTIVE | WANT_INACTIVE)) irq->want &= (uint8_t)~(WANT_ACTIVE | WANT_INACTIVE);
    irq->want |= want;
    if (is_in_hardware(irq)) {
        vgic_touch(irq->lr >= 0 ? irq->queued : irq->target, k);
        return;
    }
    vgic_irq_apply_want(irq);
    vgic_irq_update(irq, k);
}

void vgic_irq_pend(struct virq *irq, struct vgic_kick *k)
{
    if (irq->hw) {
        /* The board's distributor makes it fire; a linked PPI follows its device alone. */
        if (!vgic_is_private(irq)) gic->set_pending(irq->hw_intid, true);
        return;
    }
    irq->want &= (uint8_t)~WANT_UNPEND;
    irq->pending = true;
    vgic_irq_update(irq, k);
}

/* The guest's priorities are squeezed below EL2's own: no guest can keep EL2's interrupts from its
 * core. */
static uint8_t hw_priority(const struct virq *irq)
{
    return (uint8_t)(GIC_PRIO_GUEST + ((irq->priority >> 2) & 0x38));
}

void vgic_irq_push(const struct virq *irq)
{
    if (!vgic_drives_hw(irq)) return;
    gic->set_priority(irq->hw_intid, hw_priority(irq));
    if (irq->target != NULL) gic->set_target(irq->hw_intid, irq->target->cpu->id);
    gic->enable(irq->hw_intid, irq->enabled);
}

static void set_line(struct virq *irq, bool level, struct vgic_kick *k)
{
    if (irq->edge) {
        if (!level) return;
        irq->pending = true;
    } else if (irq->hw) {
        /* A linked interrupt raised by EL2 itself, such as the timer of a vCPU that is not on its
         * core. */
        if (!level || irq->pending || irq->active || irq->lr >= 0) return;
        irq->pending = true;
        link_sync(irq);
    } else {
        if (irq->line == level) return;
        irq->line = level;
        /* In a list register already: a rising line is seen when the guest ends it; a falling one
         * withdraws it now. */
        if (irq->lr >= 0 && level) return;
    }
    vgic_irq_update(irq, k);
}

void vgic_set_spi(struct vm *vm, uint32_t intid, bool level)
{
    struct vgic *g = vm->vgic;
    struct vgic_kick k = { 0 };
    struct virq *irq;

    if (g == NULL) return;
    spin_lock(&g->lock);
    irq = vgic_irq(g, NULL, intid);
    if (irq != NULL) set_line(irq, level, &k);
    vgic_unlock(g, &k);
}

void vgic_set_ppi(struct vcpu *v, uint32_t intid, bool level)
{
    struct vgic *g = v->vm->vgic;
    struct vgic_kick k = { 0 };

    if (g == NULL || intid >= VGIC_PRIVATE) return;
    spin_lock(&g->lock);
    set_line(&v->vgic.irq[intid], level, &k);
    vgic_unlock(g, &k);
}

void vgic_hw_spi(struct vm *vm, uint32_t intid)
{
    struct vgic *g = vm->vgic;
    struct vgic_kick k = { 0 };
    struct virq *irq;

    if (g == NULL) {
        gic->deactivate(intid);
        return;
    }
    spin_lock(&g->lock);
    irq = vgic_irq(g, NULL, intid);
    if (irq != NULL && irq->hw) {
        irq->pending = true;
        vgic_irq_update(irq, &k);
    } else {
        gic->deactivate(intid);
    }
    vgic_unlock(g, &k);
}

void vgic_hw_ppi(struct vcpu *v, uint32_t intid)
{
    struct vgic *g = v->vm->vgic;
    struct vgic_kick k = { 0 };

    if (g == NULL || intid >= VGIC_PRIVATE || !v->vgic.irq[intid].hw) {
        gic->deactivate(intid);
        return;
    }
    spin_lock(&g->lock);
    v->vgic.irq[intid].pending = true;
    v->vgic.irq[intid].hw_active = true;
    vgic_irq_update(&v->vgic.irq[intid], &k);
    vgic_unlock(g, &k);
}

int vgic_own_spi(struct vm *vm, uint32_t intid)
{
    struct vgic *g = vm->vgic;
    struct virq *irq = g == NULL || intid >= gic_spi_end ? NULL : vgic_irq(g, NULL, intid);
    int rc;

    if (irq == NULL || is_doorbell(vm, intid)) return -EINVAL;
    rc = irq_assign(intid, vm);
    if (rc != 0) return rc;
    spin_lock(&g->lock);
    irq->hw = true;
    irq->hw_intid = (uint16_t)intid;
    gic->set_edge(intid, irq->edge);
    vgic_irq_push(irq);
    spin_unlock(&g->lock);
    return 0;
}

void vgic_disown_all(struct vm *vm)
{
    struct vgic *g = vm->vgic;

    if (g == NULL) return;
    for (uint32_t i = VGIC_PRIVATE; i < g->irq_end; i++) {
        struct virq *irq = &g->spi[i - VGIC_PRIVATE];

        if (!irq->hw) continue;
        gic->enable(i, false);
        gic->set_active(i, false);
        gic->set_pending(i, false);
        irq->hw = false;
        /* It is ours, so giving it back cannot fail. */
        BUG_ON(irq_assign(i, NULL) != 0);
    }
}
