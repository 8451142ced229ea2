/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery by list registers.
 *
 * What became pending goes into a list register that is free, if there is one and nothing else waits
 * (vgic_slip_in). Everything else works in two steps: all comes back into the records, then the
 * queue is poured into the list registers again, active interrupts first, then pending ones by
 * priority. What is in a list register has left its latch, so an edge that arrives meanwhile sets
 * the latch anew and is not lost. If something had to wait, a maintenance interrupt calls us when it
 * could go in. A level-triggered interrupt asks for one at its end, to be delivered again if its
 * line is still high.
 *
 * An active interrupt normally keeps its list register until the guest ends it, and a record its
 * place in one after that, until the place is needed. Only when all are taken by active ones and
 * something more urgent waits, the least urgent active one gives way ("unlisted"): it will be ended
 * last, and the interface counts ends it cannot find. With split EOI ends come in any order and a
 * count would not say whose, so then they are trapped, and anything that waits may take a place; a
 * CPU that cannot trap them lets it wait until one of the active ones ends. Interrupts that a
 * register write made active come last of all: nobody took them, so the guest is not expected to end
 * them but by another register write. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/platform.h"

static bool on_its_core(const struct vcpu *v)
{
    return v->vgic.loaded && this_cpu() == v->cpu;
}

/* A timer that was set anew after it fired is no longer pending, whatever the list register says.
 * On its own core. */
static bool line_fell(const struct virq *irq, const struct gic_lr *lr)
{
    return irq->hw && vgic_is_private(irq) && lr->pending && !arch_vtimer_line();
}

void vgic_peek(struct vcpu *v)
{
    if (!on_its_core(v)) return;
    for (uint64_t used = v->vgic.lr_used; used != 0; used &= used - 1) {
        uint32_t n = (uint32_t)__builtin_ctzll(used);
        struct virq *irq = v->vgic.in_lr[n];
        struct gic_lr lr;

        gic->lr_read(n, &lr);
        irq->active = lr.active;
        irq->lr_pending = lr.pending;
        if (!line_fell(irq, &lr)) continue;
        irq->lr_pending = false;
        v->vgic.dirty = VGIC_REFILL;    /* it goes */
        cpu_request(this_cpu(), WORK_VGIC);
    }
}

void vgic_fold(struct vcpu *v)
{
    spin_guard(&v->vgic.lock);

    vgic_peek(v);
}

static void take_back(struct virq *irq, const struct gic_lr *lr, struct vgic_kick *k)
{
    irq->active = lr->active;
    irq->taken = lr->active && (irq->taken || !irq->lr_active);
    irq->running = lr->priority;
    irq->lr = -1;
    irq->lr_pending = false;
    if (line_fell(irq, lr)) {
        vgic_link_sync(irq);
    } else if (lr->pending && irq->lr_latch) {
        irq->pending = true;
        if (vgic_is_sgi(irq) && gic->version == 2)
            irq->sgi_sources |= (uint8_t)(1u << irq->lr_source);
    }
    if (!lr->pending && !lr->active && !irq->pending) irq->hw_active = false;
    vgic_irq_apply_want(irq);
    vgic_irq_update(irq, k);
}

/* The guest ended interrupts that were in no list register: without split EOI the most urgent ones
 * it had taken. */
static uint32_t end_unlisted(struct vcpu *v, uint32_t count, bool taken, struct vgic_kick *k)
{
    list_for_each_safe(at, &v->vgic.queue) {
        struct virq *irq = list_item(at, struct virq, node);

        if (count == 0) break;
        if (!irq->active || irq->lr >= 0 || irq->taken != taken) continue;
        irq->want |= WANT_INACTIVE;
        vgic_irq_apply_want(irq);
        vgic_irq_update(irq, k);
        count--;
    }
    return count;
}

/* Something of it is in the hardware that its records do not say. */
static inline bool is_in_use(const struct vgic_cpu *c)
{
    return (c->lr_used | c->unlisted | c->timer->want) != 0;
}

/* Everything out of the list registers, into the records; those that were in use. */
static uint64_t take_back_all(struct vcpu *v, struct vgic_kick *k)
{
    struct vgic_cpu *c = &v->vgic;
    uint64_t was = c->lr_used;

    if (unlikely(c->unlisted) && !(gic->vmcr() & VGIC_VMCR_SPLIT))
        (void)end_unlisted(v, end_unlisted(v, gic->eoi_count(), true, k), false, k);
    for (uint64_t used = was; used != 0; used &= used - 1) {
        uint32_t n = (uint32_t)__builtin_ctzll(used);
        struct gic_lr lr;

        gic->lr_read(n, &lr);
        take_back(c->in_lr[n], &lr, k);
    }
    c->lr_used = 0;
    c->looks++;
    if (c->timer->want != 0) {
        vgic_irq_apply_want(c->timer);
        vgic_irq_update(c->timer, k);
    }
    return was;
}

/* Who wants a list register. */
struct demand {
    uint32_t taken, by_hand, pending;   /* active ones: acknowledged, or by a register write */
    uint8_t least_taken;                /* the least urgent of those taken */
    uint8_t most_pending;
};

static struct demand demand_of(struct vgic *g, struct vcpu *v)
{
    struct demand d = { 0 };

    list_for_each(at, &v->vgic.queue) {
        const struct virq *irq = list_item(at, struct virq, node);

        if (irq->taken) {
            d.taken++;
            d.least_taken = irq->order;
        } else if (irq->active) {
            d.by_hand++;
        } else if (vgic_may_go_in(g, irq)) {
            if (d.pending++ == 0) d.most_pending = irq->priority;
        }
    }
    return d;
}

/* How many of those taken may have a list register. */
static uint32_t room_for_taken(const struct demand *d)
{
    if (d->taken < gic_lr_count || d->pending == 0) return gic_lr_count;
    if (gic->vmcr() & VGIC_VMCR_SPLIT) return gic_traps_dir ? gic_lr_count - 1 : gic_lr_count;
    return d->most_pending < d->least_taken ? gic_lr_count - 1 : gic_lr_count;
}

/* May an interrupt that is active be pending as well in the list register? Linked: the board's
 * distributor keeps its next occurrence. Level: the line is looked at again at its end. An SGI of
 * version 2 while that of another source is active: a register holds one source. Routed to another
 * vCPU by now: the next one goes there. Of another priority by now: a register holds one. And if
 * not everything fits, its end would leave it pending before others that are more urgent and wait
 * outside. */
static bool may_pend_again(const struct vcpu *v, const struct virq *irq, bool crowded)
{
    bool one_source = (irq->sgi_sources & ~(1u << irq->lr_source)) == 0;

    return !irq->hw && irq->edge && one_source && irq->target == v &&
           irq->running == irq->priority && !crowded;
}

/* Into list register n. What stays behind in the record because it may not be pending again yet,
 * comes at the end of the active one, which is therefore to be told. */
static void place(struct vgic *g, struct vcpu *v, struct virq *irq, uint32_t n, bool crowded)
{
    bool again = may_pend_again(v, irq, crowded);
    struct gic_lr lr = {
        .intid = irq->intid,
        .hw_intid = irq->hw_intid,
        .hw = irq->hw,
        .priority = irq->active ? irq->running : irq->priority,
        .active = irq->active,
        .group1 = irq->group1,
    };

    lr.pending = vgic_may_go_in(g, irq) && (!irq->active || again);
    irq->lr_latch = lr.pending && irq->pending;
    if (irq->lr_latch) {
        irq->pending = false;
        if (irq->sgi_sources != 0) {
            irq->lr_source = (uint8_t)__builtin_ctz(irq->sgi_sources);
            irq->sgi_sources &= (uint8_t)(irq->sgi_sources - 1);
            irq->pending = irq->sgi_sources != 0;
        }
    }
    lr.source = irq->lr_source;
    lr.eoi_maintenance =
        !irq->hw && (!irq->edge || irq->sgi_sources != 0 || (irq->active && !again));
    irq->lr = (int8_t)n;
    irq->lr_pending = lr.pending;
    irq->lr_active = lr.active;
    v->vgic.in_lr[n] = irq;
    v->vgic.lr_used |= BIT64(n);
    gic->lr_write(n, &lr);
}

/* The active ones of a kind, as far as there is room; true: not all of them found a place. */
static bool place_active(struct vgic *g, struct vcpu *v, bool taken, uint32_t room, bool crowded,
                         uint32_t *n)
{
    list_for_each(at, &v->vgic.queue) {
        struct virq *irq = list_item(at, struct virq, node);

        if (!irq->active || irq->taken != taken) continue;
        if (*n >= room) return true;
        place(g, v, irq, (*n)++, crowded);
    }
    return false;
}

/* The pending ones; true: not all of them found a place. */
static bool place_pending(struct vgic *g, struct vcpu *v, uint32_t *n)
{
    list_for_each(at, &v->vgic.queue) {
        struct virq *irq = list_item(at, struct virq, node);

        if (irq->active || !vgic_may_go_in(g, irq)) continue;
        if (*n == gic_lr_count) return true;
        place(g, v, irq, (*n)++, false);
    }
    return false;
}

/* was: list registers that hold something. */
static void fill(struct vgic *g, struct vcpu *v, uint64_t was)
{
    static const struct gic_lr empty;
    struct demand d = demand_of(g, v);
    bool crowded = d.taken + d.by_hand + d.pending > gic_lr_count;
    uint32_t n = 0, taken, raise = 0;

    v->vgic.unlisted = place_active(g, v, true, room_for_taken(&d), crowded, &n);
    taken = n;
    if (place_pending(g, v, &n)) raise |= n > taken ? GIC_MAINT_NO_PENDING : GIC_MAINT_UNDERFLOW;
    if (place_active(g, v, false, gic_lr_count, crowded, &n)) v->vgic.unlisted = true;
    if (v->vgic.unlisted) raise |= GIC_MAINT_UNLISTED_EOI;
    for (was = was >> n << n; was != 0; was &= was - 1)
        gic->lr_write((uint32_t)__builtin_ctzll(was), &empty);
    gic->maintenance(raise);
    v->vgic.crowded = raise != 0;
    v->vgic.dirty = 0;
}

bool vgic_slip_in(struct vgic *g, struct vcpu *v, struct virq *irq)
{
    struct vgic_cpu *c = &v->vgic;
    uint64_t empty = gic->lr_empty(), unused;
    uint32_t n = (uint32_t)irq->lr;

    if (c->crowded || !vgic_may_go_in(g, irq)) return false;
    if (irq->lr >= 0) {
        if (!(empty >> n & 1)) return false;    /* as it was the last time: still there */
        irq->active = irq->taken = false;
    } else {
        if (irq->target != v || irq->active || empty == 0) return false;
        unused = empty & ~c->lr_used;
        n = (uint32_t)__builtin_ctzll(unused != 0 ? unused : empty);
        if (unused == 0) {
            struct virq *last = c->in_lr[n];

            if (vgic_is_pending(last)) return false;
            last->lr = -1;
            last->active = last->taken = last->hw_active = false;
            list_remove(&last->node);
        }
        if (!list_is_linked(&irq->node)) vgic_queue_insert(irq);
    }
    place(g, v, irq, n, false);
    return true;
}

/* All that may go in does; false: they have to be filled anew. */
static bool add(struct vgic *g, struct vcpu *v)
{
    list_for_each(at, &v->vgic.queue) {
        struct virq *irq = list_item(at, struct virq, node);

        if (irq->lr >= 0 ? irq->pending : vgic_may_go_in(g, irq)) {
            if (!vgic_slip_in(g, v, irq)) return false;
        }
    }
    v->vgic.dirty = 0;
    return true;
}

static void look(struct vcpu *v, bool all)
{
    struct vgic *g = v->vm->vgic;
    vgic_kick_guard(k, v->vm);

    if (g == NULL || !v->vgic.loaded) return;
    spin_guard(&v->vgic.lock);
    if (all || v->vgic.dirty != VGIC_ADD || !add(g, v)) fill(g, v, take_back_all(v, &k));
    k.vcpus &= ~(1u << v->id);
}

void vgic_enter(struct vcpu *v)
{
    look(v, false);
}

void vgic_load(struct vcpu *v)
{
    struct vgic_cpu *c = &v->vgic;
    uint64_t left = this_cpu()->lrs_left;

    if (v->vm->vgic == NULL) return;
    spin_lock(&c->lock);
    gic->vcpu_load(&c->regs);
    c->loaded = true;
    c->unlisted = c->crowded = false;
    c->dirty = 0;
    if (unlikely(c->timer->hw_active)) gic_set_active(c->timer->hw_intid, true);
    if (unlikely(left != 0 || !list_is_empty(&c->queue))) fill(v->vm->vgic, v, left);
    spin_unlock(&c->lock);
}

/* left: list registers that were in use. Unlocks. */
static inline void leave(struct vgic_cpu *c, uint64_t left)
{
    this_cpu()->lrs_left = left;
    gic->vcpu_save(&c->regs);
    c->loaded = false;
    c->dirty = 0;
    /* The next vCPU of this core has a timer of its own on the same line. */
    if (unlikely(c->timer->hw_active)) gic_set_active(c->timer->hw_intid, false);
    spin_unlock(&c->lock);
}

static cold_fn void leave_in_use(struct vcpu *v)
{
    vgic_kick_guard(k, v->vm);

    leave(&v->vgic, take_back_all(v, &k));
    k.vcpus &= ~(1u << v->id);
}

void vgic_save(struct vcpu *v)
{
    struct vgic_cpu *c = &v->vgic;

    if (!c->loaded) return;
    spin_lock(&c->lock);
    if (likely(!is_in_use(c))) leave(c, 0);
    else leave_in_use(v);
}

void vgic_maintenance(struct vcpu *v)
{
    /* Its cause goes away when the list registers are filled anew. Now, because it is a level: it
     * would be taken again and again by the loop that empties the board's controller, before the
     * exit loop is ever reached. */
    look(v, true);
}

bool vgic_has_pending(struct vcpu *v)
{
    struct vgic *g = v->vm->vgic;
    uint64_t vmcr;

    if (g == NULL) return false;
    spin_guard(&v->vgic.lock);
    vgic_peek(v);
    vmcr = on_its_core(v) ? gic->vmcr() : v->vgic.regs.vmcr;
    if (v->vgic.loaded && !on_its_core(v))
        vmcr = ~UINT64_C(0); /* not to be seen from here: assume all is let through */
    list_for_each(at, &v->vgic.queue) {
        const struct virq *irq = list_item(at, struct virq, node);

        /* The mask lets through what is more urgent, that is numerically lower. */
        if (irq->priority >= FIELD(vmcr, 31, 24) || !(vmcr & (irq->group1 ? 2 : 1))) continue;
        if (irq->active || !irq->enabled || !vgic_group_is_on(g, irq)) continue;
        if ((irq->lr >= 0 && irq->lr_pending) || vgic_is_pending(irq)) return true;
    }
    return false;
}
