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
    log_vm(v->vm, "vcpu %u: pc %lx pstate %lx sp %lx", v->id, f->pc, f->pstate, f->sp);
    for (unsigned i = 0; i < 28; i += 4)
        log_vm(v->vm, "  x%-2u %016lx %016lx %016lx %016lx", i, f->x[i], f->x[i + 1], f->x[i + 2],
               f->x[i + 3]);
    log_vm(v->vm, "  x28 %016lx x29 %016lx x30 %016lx", f->x[28], f->x[29], f->x[30]);
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
