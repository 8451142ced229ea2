/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/vcpu.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/vm.h"

void vcpu_reset(struct vcpu *v)
{
    vgic_vcpu_init(v);
    arch_vcpu_reset(v);
    v->leave = v->pause = false;
}

void vcpu_start(struct vcpu *v, uint64_t entry, uint64_t context)
{
    log_debug(v->vm, "vCPU %u starts at %lx on CPU %u", v->id, entry, v->cpu->id);
    arch_vcpu_set_entry(v, entry, context);
    __atomic_fetch_add(&v->vm->vcpus_live, 1, __ATOMIC_RELAXED);
    sched_start(v);
}
