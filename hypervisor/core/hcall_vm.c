/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls that make, change and describe VMs. vms_lock is held from the look-up to the end of
 * each, so what was checked stays true; every one does a bounded piece of work. */
#include "hypervisor/core/answer.h"
#include "hypervisor/core/cpu.h"
#include "hypervisor/core/fault.h"
#include "hypervisor/core/hcalls.h"
#include "hypervisor/core/log.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/sched.h"
#include "hypervisor/core/vm_life.h"
#include "lib/str.h"

/* What is left of a call once its VM is found. */
typedef int64_t vm_call(struct vm *vm, struct vcpu *v, const uint64_t *arg, uint64_t *value);

/* Calls that change a VM begin at GUEST: the MVM is not among those that can be changed. */
enum { ANY_VM = SHYPER_MVM_ID, GUEST = SHYPER_MVM_ID + 1 };

static int64_t call_of(vm_call *call, uint32_t first, struct vcpu *v, const uint64_t *arg,
                       uint64_t *value)
{
    uint64_t id = arg[0];
    spin_guard(&vms_lock);

    if (id < first || id >= SHYPER_VM_MAX || vms[id] == NULL) return -ENOENT;
    return call(vms[id], v, arg, value);
}

#define VM_CALL(name, first)                                                                       \
    static vm_call name##_of;                                                                      \
    int64_t hcall_##name(struct vcpu *v, const uint64_t *arg, uint64_t *value)                     \
    {                                                                                              \
        return call_of(name##_of, first, v, arg, value);                                           \
    }                                                                                              \
    static int64_t name##_of(struct vm *vm, struct vcpu *v, const uint64_t *arg, uint64_t *value)

VM_CALL(vm_boot, GUEST)   { return vm_boot(vm); }
VM_CALL(vm_reset, GUEST)  { return vm_reset(vm); }
VM_CALL(vm_pause, GUEST)  { return vm_pause(vm); }
VM_CALL(vm_resume, GUEST) { return vm_resume(vm); }

VM_CALL(vm_stop, GUEST)
{
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    return vm->state == SHYPER_VM_STOPPING ? -EAGAIN : 0;
}

VM_CALL(vm_remove, GUEST)
{
    int err = vm_remove(vm);

    if (err == 0) mvm_notify(SHYPER_EVENT_STATE);
    return err;
}

int64_t hcall_vm_next(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);

    for (uint32_t id = (uint32_t)arg[0] + 1; id < SHYPER_VM_MAX; id++) {
        if (vms[id] == NULL) continue;
        *value = id;
        return 0;
    }
    return -ENOENT;
}

VM_CALL(vm_info, ANY_VM)
{
    struct shyper_vm_info info = {
        .size = sizeof(info),
        .id = vm->id,
        .type = vm->is_mvm ? SHYPER_VM_TYPE_MVM : vm->config.type,
        .state = vm->state,
        .reason = vm->reason,
        .exit_status = vm->exit_status,
        .vcpus = vm->vcpu_count,
        .restarts = vm->restarts,
        .memory_bytes = vm->mem.bytes,
        .boot_time = vm->boot_time,
        .restart = vm->config.restart,
        .restart_delay_ms = vm->config.restart_delay_ms,
        .heartbeat_ms = vm->config.heartbeat_ms,
        .sched_class = vm->config.sched.class,
        .weight = vm->config.sched.weight,
        .priority = vm->config.sched.priority,
        .budget_us = vm->config.sched.budget_us,
        .period_us = vm->config.sched.period_us,
    };

    str_copy(info.name, sizeof(info.name), vm->config.name);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        info.cpu_bitmap |= BIT64(vm->vcpu[i]->cpu->id);
        if (vm->vcpu[i]->state != VCPU_OFF) info.vcpu_on_bitmap |= BIT64(i);
    }
    return answer_struct(v, arg[1], arg[2], &info, sizeof(info), value);
}

VM_CALL(vm_stat, ANY_VM)
{
    struct shyper_vm_stat stat = {
        .size = sizeof(stat),
        .console_lost = vm->console.lost,
        .memory_bytes = vm->mem.touched_bytes,
        .hyp_bytes = page_bytes_of_vm(vm->id),
        .beats = vm->beats,
    };

    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        const struct vcpu *c = vm->vcpu[i];
        uint64_t run, ready;

        for (uint32_t e = 0; e < SHYPER_EXIT_COUNT; e++) stat.exits[e] += c->exits[e];
        stat.refused += c->refused;
        sched_times(vm->vcpu[i], &run, &ready);
        stat.run_ns += time_ns_of_count(run);
        stat.ready_ns += time_ns_of_count(ready);
        stat.switches += c->sched.switches;
    }
    return answer_struct(v, arg[1], arg[2], &stat, sizeof(stat), value);
}

VM_CALL(vm_log, ANY_VM)
{
    struct answer_text t;

    t.head.next = arg[3];
    return answer_text(v, arg[1], arg[2], &t,
                       log_vm_read(vm, &t.head.next, t.text, answer_room(arg[2]), &t.lost), value);
}

VM_CALL(vm_fault, ANY_VM)
{
    struct shyper_vm_fault fault;

    if (!fault_first(vm, &fault)) return -ENOENT;
    return answer_struct(v, arg[1], arg[2], &fault, sizeof(fault), value);
}

VM_CALL(memory_run, GUEST)
{
    struct shyper_run run;

    if (arg[1] >= vm->mem.run_count) return -ENOENT;
    run = (struct shyper_run){ vm->mem.run[arg[1]].ipa, vm->mem.run[arg[1]].pa,
                               vm->mem.run[arg[1]].bytes };
    return answer_struct(v, arg[2], sizeof(run), &run, sizeof(run), value);
}

VM_CALL(memory_open, GUEST)
{
    if (vm->state == SHYPER_VM_REMOVING || vm->mem.opens == UINT32_MAX) return -EBUSY;
    guest_mem_open(vm);
    return 0;
}

/* The last close first takes the mappings away, piece by piece, and only then counts down. */
VM_CALL(memory_close, GUEST)
{
    int err = 0;

    if (vm->mem.opens == 0) return -EINVAL;
    if (vm->mem.opens == 1) err = guest_mem_close_some(vm, v->vm);
    if (err == 0) vm->mem.opens--;
    return err;
}

VM_CALL(console_read, GUEST)
{
    struct answer_text t;

    t.head.next = arg[3];
    return answer_text(v, arg[1], arg[2], &t,
                       console_read(vm, &t.head.next, t.text, answer_room(arg[2]), &t.lost), value);
}

#define INPUT_STEP 256u

VM_CALL(console_write, GUEST)
{
    uint8_t text[INPUT_STEP];
    uint32_t n = (uint32_t)MIN(arg[2], INPUT_STEP);
    int err = guest_read(v->vm, IPA(arg[1]), text, n);

    if (err == 0) *value = console_write(vm, text, n);
    return err;
}
