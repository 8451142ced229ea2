/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of the board that belong to a VM. They are passed on hardware-linked: priority-dropped
 * and left active when they fire, deactivated by the guest's own end of interrupt.
 *
 * The path from the physical interrupt to the guest's vector is the shortest there is: the owner's
 * record, a list register that is free, back to the guest. Whatever does not fit that way takes the
 * ordinary one, by the queue and a look at all list registers. */
#include "hypervisor/devices/vgic_internal.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/irq.h"
#include "hypervisor/core/log.h"

/* A board with 988 SPIs has none to spare: the last one is then never passed on to the MVM. */
static bool is_doorbell(const struct vm *vm, uint32_t intid)
{
    return vm->is_mvm && intid == vgic_doorbell_intid();
}

/* The physical interrupt must be active exactly while the guest has it pending or active, or it
 * would fire again and again, or never. A PPI's state is the core's that vCPU is loaded on; for the
 * others hw_active remembers it. */
void vgic_link_sync(struct virq *irq)
{
    bool held = irq->active || irq->pending;

    if (!irq->hw) return;
    if (!vgic_is_private(irq)) {
        gic_set_active(irq->hw_intid, held);
    } else if (irq->hw_active != held) {
        irq->hw_active = held;
        if (irq->keeper->vgic.loaded) gic_set_active(irq->hw_intid, held);
    }
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
    gic_set_priority(irq->hw_intid, hw_priority(irq));
    if (irq->target != NULL) gic->set_target(irq->hw_intid, irq->target->cpu->id);
    gic_enable(irq->hw_intid, irq->enabled);
}

/* Not to the list register it was in the last time: to another one, or it waits. Unlocks. */
static cold_fn void fired_slow(struct vgic *g, struct vcpu *v, struct virq *irq)
{
    vgic_kick_guard(k, g->vm);
    bool here = this_cpu()->vcpu == v && v->vgic.loaded && v->vgic.dirty == 0;

    irq->pending = true;
    if (!here || !vgic_slip_in(g, v, irq)) vgic_irq_raise(irq, &k);
    spin_unlock(&v->vgic.lock);
}

/* It fired, and its keeper is locked. Unlocks. */
static inline void fired(struct vgic *g, struct vcpu *v, struct virq *irq)
{
    /* A vCPU that an interrupt took the core from is loaded. */
    bool as_before = this_cpu()->vcpu == v && irq->lr >= 0 &&
                     (v->vgic.crowded | v->vgic.dirty) == 0 && irq->enabled &&
                     vgic_group_is_on(g, irq) &&
                     gic->lr_link((uint32_t)irq->lr, irq->hw_intid, irq->priority, irq->group1);

    if (unlikely(!as_before)) {
        fired_slow(g, v, irq);
        return;
    }
    irq->pending = irq->active = irq->taken = irq->lr_active = false;
    irq->lr_pending = irq->lr_latch = true;
    spin_unlock(&v->vgic.lock);
}

void vgic_hw_spi(struct vm *vm, uint32_t intid)
{
    struct vgic *g = vm->vgic;
    struct virq *irq = g == NULL ? NULL : vgic_irq(g, NULL, intid);

    if (unlikely(irq == NULL || !irq->hw)) gic->deactivate(intid);
    else fired(g, vgic_irq_lock(irq), irq);
}

void vgic_hw_ppi(struct vcpu *v, uint32_t intid)
{
    struct vgic *g = v->vm->vgic;

    /* The line is looked at because what was acknowledged may be from the timer of the vCPU that was
     * here before. */
    if (unlikely(g == NULL || intid >= VGIC_PRIVATE || !v->vgic.irq[intid].hw ||
                 !arch_vtimer_line())) {
        gic->deactivate(intid);
        return;
    }
    spin_lock(&v->vgic.lock);
    v->vgic.irq[intid].hw_active = true;
    fired(g, v, &v->vgic.irq[intid]);
}

int vgic_own_spi(struct vm *vm, uint32_t intid)
{
    struct vgic *g = vm->vgic;
    struct virq *irq = g == NULL || intid >= gic_spi_end ? NULL : vgic_irq(g, NULL, intid);
    int rc;

    if (irq == NULL || is_doorbell(vm, intid)) return -EINVAL;
    rc = irq_assign(intid, vm);
    if (rc != 0) return rc;
    vgic_irq_guard(irq);
    irq->hw = true;
    irq->hw_intid = (uint16_t)intid;
    gic_set_edge(intid, irq->edge);
    vgic_irq_push(irq);
    return 0;
}

void vgic_disown_all(struct vm *vm)
{
    struct vgic *g = vm->vgic;

    if (g == NULL) return;
    for (uint32_t i = VGIC_PRIVATE; i < g->irq_end; i++) {
        struct virq *irq = &g->spi[i - VGIC_PRIVATE];

        if (!irq->hw) continue;
        gic_enable(i, false);
        gic_set_active(i, false);
        gic_set_pending(i, false);
        irq->hw = false;
        /* It is ours, so giving it back cannot fail. */
        BUG_ON(irq_assign(i, NULL) != 0);
    }
}
