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
#include "hypervisor/core/vm_make.h"
#include "lib/str.h"

/* The MVM is not among the VMs that can be changed. */
static struct vm *guest_of(uint64_t id)
{
    return id == SHYPER_MVM_ID || id >= SHYPER_VM_MAX ? NULL : vms[id];
}

static struct vm *any_of(uint64_t id)
{
    return id >= SHYPER_VM_MAX ? NULL : vms[id];
}

int64_t hcall_vm_boot(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);

    return vm == NULL ? -ENOENT : vm_boot(vm);
}

int64_t hcall_vm_stop(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);

    if (vm == NULL) return -ENOENT;
    vm_end(vm, SHYPER_REASON_REQUEST, 0);
    return vm->state == SHYPER_VM_STOPPING ? -EAGAIN : 0;
}

int64_t hcall_vm_reset(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);

    return vm == NULL ? -ENOENT : vm_reset(vm);
}

int64_t hcall_vm_pause(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);

    return vm == NULL ? -ENOENT : vm_pause(vm);
}

int64_t hcall_vm_resume(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);

    return vm == NULL ? -ENOENT : vm_resume(vm);
}

int64_t hcall_vm_remove(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);
    int err;

    if (vm == NULL) return -ENOENT;
    err = vm_remove(vm);
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

static void describe(struct vm *vm, struct shyper_vm_info *info)
{
    *info = (struct shyper_vm_info){
        .size = sizeof(*info),
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
    str_copy(info->name, sizeof(info->name), vm->config.name);
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        info->cpu_bitmap |= BIT64(vm->vcpu[i]->cpu->id);
        if (vm->vcpu[i]->state != VCPU_OFF) info->vcpu_on_bitmap |= BIT64(i);
    }
}

int64_t hcall_vm_info(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = any_of(arg[0]);
    struct shyper_vm_info info;

    if (vm == NULL) return -ENOENT;
    describe(vm, &info);
    return answer_struct(v, arg[1], arg[2], &info, sizeof(info), value);
}

static void count(struct vm *vm, struct shyper_vm_stat *stat)
{
    *stat = (struct shyper_vm_stat){
        .size = sizeof(*stat),
        .console_lost = vm->console.lost,
        .memory_bytes = vm->mem.touched_bytes,
        .hyp_bytes = page_bytes_of_vm(vm->id),
        .beats = vm->beats,
    };
    for (uint32_t i = 0; i < vm->vcpu_count; i++) {
        const struct vcpu *c = vm->vcpu[i];
        uint64_t run, ready;

        for (uint32_t e = 0; e < SHYPER_EXIT_COUNT; e++) stat->exits[e] += c->exits[e];
        stat->refused += c->refused;
        sched_times(vm->vcpu[i], &run, &ready);
        stat->run_ns += time_ns_of_count(run);
        stat->ready_ns += time_ns_of_count(ready);
        stat->switches += c->sched.switches;
    }
}

int64_t hcall_vm_stat(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = any_of(arg[0]);
    struct shyper_vm_stat stat;

    if (vm == NULL) return -ENOENT;
    count(vm, &stat);
    return answer_struct(v, arg[1], arg[2], &stat, sizeof(stat), value);
}

int64_t hcall_vm_log(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = any_of(arg[0]);
    struct answer_text t;

    if (vm == NULL) return -ENOENT;
    t.head.next = arg[3];
    return answer_text(v, arg[1], arg[2], &t,
                       log_vm_read(vm, &t.head.next, t.text, answer_room(arg[2]), &t.lost), value);
}

int64_t hcall_vm_fault(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = any_of(arg[0]);
    struct shyper_vm_fault fault;

    if (vm == NULL || !fault_first(vm, &fault)) return -ENOENT;
    return answer_struct(v, arg[1], arg[2], &fault, sizeof(fault), value);
}

int64_t hcall_memory_run(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);
    struct shyper_run run;

    if (vm == NULL || arg[1] >= vm->mem.run_count) return -ENOENT;
    run = (struct shyper_run){ vm->mem.run[arg[1]].ipa, vm->mem.run[arg[1]].pa,
                               vm->mem.run[arg[1]].bytes };
    return answer_struct(v, arg[2], sizeof(run), &run, sizeof(run), value);
}

int64_t hcall_memory_open(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);

    if (vm == NULL) return -ENOENT;
    if (vm->state == SHYPER_VM_REMOVING || vm->mem.opens == UINT32_MAX) return -EBUSY;
    guest_mem_open(vm);
    return 0;
}

/* The last close first takes the mappings away, piece by piece, and only then counts down. */
int64_t hcall_memory_close(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);
    int err = 0;

    if (vm == NULL) return -ENOENT;
    if (vm->mem.opens == 0) return -EINVAL;
    if (vm->mem.opens == 1) err = guest_mem_close_some(vm, v->vm);
    if (err == 0) vm->mem.opens--;
    return err;
}

int64_t hcall_console_read(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);
    struct answer_text t;

    if (vm == NULL) return -ENOENT;
    t.head.next = arg[3];
    return answer_text(v, arg[1], arg[2], &t,
                       console_read(vm, &t.head.next, t.text, answer_room(arg[2]), &t.lost), value);
}

#define INPUT_STEP 256u

int64_t hcall_console_write(struct vcpu *v, const uint64_t *arg, uint64_t *value)
{
    spin_guard(&vms_lock);
    struct vm *vm = guest_of(arg[0]);
    uint8_t text[INPUT_STEP];
    uint32_t n = (uint32_t)MIN(arg[2], INPUT_STEP);
    int err;

    if (vm == NULL) return -ENOENT;
    err = guest_read(v->vm, IPA(arg[1]), text, n);
    if (err == 0) *value = console_write(vm, text, n);
    return err;
}
