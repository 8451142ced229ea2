/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/vcpu.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/vm.h"

void vcpu_reset(struct vcpu *v)
{
    vgic_vcpu_init(v);
    arch_vcpu_reset(v);
    v->leave = false;
}

void vcpu_start(struct vcpu *v, uint64_t entry, uint64_t context)
{
    struct cpu *c = v->cpu;

    arch_vcpu_set_entry(v, entry, context);
    __atomic_fetch_add(&v->vm->vcpus_live, 1, __ATOMIC_RELAXED);
    spin_lock(&c->lock);
    v->state = VCPU_READY;
    list_push_back(&c->run_queue, &v->run_node);
    spin_unlock(&c->lock);
    cpu_request(c, WORK_RESCHEDULE);
}
