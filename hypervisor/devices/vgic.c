/* SPDX-License-Identifier: Apache-2.0 */
/* Records and queues of the virtual GIC, and everything that makes an interrupt pending.
 *
 * Invariant, whenever its keeper's lock is free and it is not being moved: an interrupt is in its
 * keeper's queue exactly if it is in one of its list registers, or active, or enabled and pending
 * with a target, which then is the keeper. An active interrupt stays with the vCPU that took it. A
 * queue is in the order of `order`: priorities, of active interrupts the one they were taken with;
 * first come first among equals. Group enables are looked at on delivery only, so that switching a
 * group needs no walk over all interrupts. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/core/platform.h"

uint32_t vgic_doorbell_intid(void)
{
    return MIN((uint32_t)align_up(gic_spi_end, 32), VGIC_IRQ_END_MAX - 1);
}

void vgic_flush(struct vgic_kick *k)
{
    while (unlikely(k->moved != NULL)) {
        struct virq *irq = k->moved;

        k->moved = irq->moved_next;     /* ours until we say that it has arrived */
        vgic_irq_guard(irq);
        irq->moving = false;
        vgic_irq_update(irq, k);
    }
    for (; k->vcpus != 0; k->vcpus &= k->vcpus - 1) {
        struct vcpu *v = k->vm->vcpu[__builtin_ctz(k->vcpus)];

        if (this_cpu()->vcpu == v && v->state == VCPU_RUNNING)
            cpu_request(v->cpu, WORK_VGIC); /* else it may just sleep */
        else vcpu_kick(v);
    }
}

/* Version 2 starts in group 0, the only one its CPU interface enables by the plain bit 0; version 3
 * in group 1, because group 0 would arrive as FIQ. */
void vgic_irq_reset(struct virq *irq, uint32_t intid, uint32_t version)
{
    *irq = (struct virq){
        .keeper = irq->keeper,
        .moved_next = irq->moved_next,
        .moving = irq->moving,
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

    list_init(&c->queue);
    c->lr_used = 0;
    c->waker = 6;               /* asleep: ProcessorSleep, ChildrenAsleep */
    c->loaded = c->unlisted = c->crowded = false;
    c->dirty = 0;
    for (uint32_t i = 0; i < VGIC_PRIVATE; i++) {
        vgic_irq_reset(&c->irq[i], i, gic->version);
        c->irq[i].target = c->irq[i].keeper = v;
    }
    c->timer = &c->irq[platform.irq_vtimer];
    c->timer->hw = true;
    c->timer->hw_intid = (uint16_t)platform.irq_vtimer;
    gic->vcpu_reset(&c->regs);
}

void vgic_vcpu_init(struct vcpu *v)
{
    vgic_kick_guard(k, v->vm);
    spin_guard(&v->vgic.lock);

    if (v->vm->vgic == NULL) {
        vgic_private_reset(v);
        return;
    }
    gic->vcpu_reset(&v->vgic.regs);
    for (uint32_t i = 0; i < VGIC_PRIVATE; i++) {
        struct virq *irq = &v->vgic.irq[i];

        irq->active = irq->taken = false;       /* nothing is left that could end it */
        irq->line = false;                      /* its timers are off */
        if (irq->hw) irq->pending = irq->hw_active = false;
        vgic_irq_update(irq, &k);
    }
}

void vgic_touch(struct vcpu *v, uint8_t dirty, struct vgic_kick *k)
{
    /* Its core looks at this without the lock. */
    __atomic_store_n(&v->vgic.dirty, v->vgic.dirty | dirty, __ATOMIC_RELAXED);
    k->vcpus |= 1u << v->id;
}

static uint8_t order_of(const struct virq *irq)
{
    return irq->active ? irq->running : irq->priority;
}

void vgic_queue_insert(struct virq *irq)
{
    struct list *queue = &irq->keeper->vgic.queue, *at = queue;

    irq->order = order_of(irq);
    /* From the back: equals keep their order, and what comes last usually goes last. */
    while (at->prev != queue && list_item(at->prev, struct virq, node)->order > irq->order)
        at = at->prev;
    list_insert_before(at, &irq->node);
}

/* In whose queue it should be. */
static struct vcpu *belongs_to(const struct virq *irq)
{
    if (irq->active && list_is_linked(&irq->node)) return irq->keeper;
    return irq->active || (irq->enabled && vgic_is_pending(irq)) ? irq->target : NULL;
}

static void move(struct virq *irq, struct vcpu *to, struct vgic_kick *k)
{
    if (!irq->moving) {         /* else whoever moves it looks again at where it belongs */
        irq->moving = true;
        irq->moved_next = k->moved;
        k->moved = irq;
    }
    __atomic_store_n(&irq->keeper, to, __ATOMIC_RELAXED);       /* the lock orders the rest */
}

void vgic_irq_update(struct virq *irq, struct vgic_kick *k)
{
    struct vcpu *v = irq->keeper, *now;

    if (irq->lr >= 0) {
        vgic_touch(v, VGIC_REFILL, k); /* its core takes it back and calls this again */
        return;
    }
    now = belongs_to(irq);
    if (now != v || irq->order != order_of(irq)) list_remove(&irq->node);
    if (now == v) {
        if (!list_is_linked(&irq->node)) vgic_queue_insert(irq);
        vgic_touch(v, irq->active ? VGIC_REFILL : VGIC_ADD, k);
    } else if (now != NULL) {
        move(irq, now, k);
    }
}

void vgic_irq_raise(struct virq *irq, struct vgic_kick *k)
{
    if (irq->lr >= 0) vgic_touch(irq->keeper, VGIC_ADD, k);
    else vgic_irq_update(irq, k);
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
    vgic_link_sync(irq);
}

/* A linked PPI's physical half can be changed only on the core it belongs to. */
static bool is_in_hardware(const struct virq *irq)
{
    return irq->lr >= 0 || (irq->hw && vgic_is_private(irq) && irq->keeper->vgic.loaded);
}

void vgic_irq_want(struct virq *irq, uint8_t want, struct vgic_kick *k)
{
    if (want & (WANT_ACTIVE | WANT_INACTIVE)) irq->want &= (uint8_t)~(WANT_ACTIVE | WANT_INACTIVE);
    irq->want |= want;
    if (is_in_hardware(irq)) {
        vgic_touch(irq->keeper, VGIC_REFILL, k);
        return;
    }
    /* A vCPU that is away may sleep over a timer that expired long ago, and now is its own again. */
    if (irq->hw_active) k->vcpus |= 1u << irq->keeper->id;
    vgic_irq_apply_want(irq);
    vgic_irq_update(irq, k);
}

void vgic_irq_pend(struct virq *irq, struct vgic_kick *k)
{
    if (irq->hw) {
        /* The board's distributor makes it fire; a linked PPI follows its device alone. */
        if (!vgic_is_private(irq)) gic_set_pending(irq->hw_intid, true);
        return;
    }
    irq->want &= (uint8_t)~WANT_UNPEND;
    irq->pending = true;
    vgic_irq_raise(irq, k);
}

void vgic_dir(struct vcpu *v, uint32_t value)
{
    struct vgic *g = v->vm->vgic;
    bool with_source = gic->version == 2 && (value & 0x3ff) < 16;
    struct virq *irq = g == NULL ? NULL : vgic_irq(g, v, with_source ? value & 0x3ff : value);
    vgic_kick_guard(k, v->vm);

    if (irq == NULL || !(gic->vmcr() & VGIC_VMCR_SPLIT)) return;
    vgic_irq_guard(irq);
    if (!with_source || irq->lr_source == FIELD(value, 12, 10)) vgic_irq_want(irq, WANT_INACTIVE, &k);
}

static void set_line(struct virq *irq, bool level, struct vgic_kick *k)
{
    if (irq->edge) {
        if (!level) return;
        irq->pending = true;
        vgic_irq_raise(irq, k);
        return;
    }
    if (irq->hw) {
        /* A linked interrupt raised by EL2 itself, such as the timer of a vCPU that is not on its
         * core. */
        if (!level || irq->pending || irq->active || irq->lr >= 0) return;
        irq->pending = true;
        vgic_link_sync(irq);
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
    struct virq *irq = vm->vgic == NULL ? NULL : vgic_irq(vm->vgic, NULL, intid);
    vgic_kick_guard(k, vm);

    if (irq == NULL) return;
    vgic_irq_guard(irq);
    set_line(irq, level, &k);
}

void vgic_set_ppi(struct vcpu *v, uint32_t intid, bool level)
{
    vgic_kick_guard(k, v->vm);

    if (v->vm->vgic == NULL || intid >= VGIC_PRIVATE) return;
    spin_guard(&v->vgic.lock);
    set_line(&v->vgic.irq[intid], level, &k);
}
