/* SPDX-License-Identifier: Apache-2.0 */
#include "hypervisor/core/fault.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/vm.h"

static bool keep(struct vcpu *v, enum shyper_fault kind, uint64_t address, ipa_t ipa)
{
    struct shyper_vm_fault *f = &v->vm->fault;
    spin_guard(&v->vm->log_lock);

    if (f->count++ != 0) return false;
    f->size = sizeof(*f);
    f->kind = kind;
    f->vcpu = v->id;
    f->uptime_ns = time_ns();
    f->address = address;
    f->ipa = ipa.v;
    arch_vcpu_fault(v, f);
    return true;
}

void fault_note(struct vcpu *v, enum shyper_fault kind, uint64_t address, ipa_t ipa)
{
    const struct shyper_vm_fault *f = &v->vm->fault;

    if (!keep(v, kind, address, ipa)) return;
    log_vm(v->vm, "vcpu %u: pstate %lx sp %lx x0 %lx x29 %lx x30 %lx", v->id, f->pstate, f->sp, f->x[0],
           f->x[29], f->x[30]);
}

bool fault_first(struct vm *vm, struct shyper_vm_fault *out)
{
    spin_guard(&vm->log_lock);

    *out = vm->fault;
    return out->count != 0;
}

void fault_forget(struct vm *vm)
{
    spin_guard(&vm->log_lock);

    vm->fault = (struct shyper_vm_fault){ 0 };
}
