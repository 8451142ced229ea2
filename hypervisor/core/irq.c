/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/irq.h"
#include "hypervisor/core/arch.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/lock.h"
#include "hypervisor/core/platform.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/trace.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/drivers/gic.h"

#define IRQ_END 1020u

static struct {
    struct spinlock lock;
    irq_handler handler[IRQ_END];       /* EL2's own */
    struct vm *vm[IRQ_END];             /* SPIs only */
} irqs;

int irq_claim(uint32_t intid, irq_handler handler)
{
    spin_guard(&irqs.lock);

    if (intid >= IRQ_END) return -EINVAL;
    if (irqs.vm[intid] != NULL || (irqs.handler[intid] != NULL && irqs.handler[intid] != handler))
        return -EBUSY;
    irqs.handler[intid] = handler;
    gic_set_priority(intid, GIC_PRIO_HYP);
    if (intid >= 32) gic->set_target(intid, 0);
    gic_enable(intid, true);
    return 0;
}

int irq_assign(uint32_t intid, struct vm *vm)
{
    spin_guard(&irqs.lock);

    if (intid < 32 || intid >= gic_spi_end) return -EINVAL;
    if (irqs.handler[intid] != NULL ||
        (vm != NULL && irqs.vm[intid] != NULL && irqs.vm[intid] != vm))
        return -EBUSY;
    irqs.vm[intid] = vm;
    return 0;
}

struct vm *irq_owner(uint32_t intid)
{
    return intid < IRQ_END ? __atomic_load_n(&irqs.vm[intid], __ATOMIC_RELAXED) : NULL;
}

/* EL2's own interrupts end here; a guest's is only priority-dropped, the guest deactivates it. */
static inline bool handle_one(struct cpu *c)
{
    uint32_t intid = gic->ack();
    struct vm *vm;

    if (unlikely(intid >= GIC_SPURIOUS)) return false;
    if (unlikely(c->trace_mask != 0)) trace_record(c, SHYPER_TRACE_EXIT_IRQ, intid, 0);
    if (intid == platform.irq_vtimer && c->loaded != NULL) {
        if (unlikely(c->loaded->vm->vgic == NULL)) arch_vtimer_mask();
        vgic_hw_ppi(c->loaded, intid);
        return true;
    }
    vm = irq_owner(intid);          /* once: it may be given up meanwhile */
    if (vm != NULL) {
        vgic_hw_spi(vm, intid);
        return true;
    }
    if (irqs.handler[intid] != NULL) irqs.handler[intid](intid);
    else if (intid == SGI_HALT) arch_halt();
    gic->deactivate(intid); /* SGI_KICK included: it only makes the CPU look at its work */
    return true;
}

/* Measurements of how long interrupts wait know it by its address. */
known_outside bool irq_handle(void)
{
    return handle_one(this_cpu());
}

void trap_irq(struct guest_frame *f)
{
    struct cpu *c = this_cpu();

    c->vcpu->exits[SHYPER_EXIT_IRQ]++;
    (void)handle_one(c);
    if (unlikely(c->work != 0)) exit_loop(f);
}
